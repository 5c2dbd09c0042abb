package tech.onceonly.server.store;

import io.vertx.core.Future;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/**
 * An operation on one key, and its answer in words: a store's, and what {@link StoreModel} says.
 *
 * @param told what it is, for whoever reads a history
 */
record StoreStep(
    String key, String told, Function<ClaimStore, Future<String>> asked, Modelled modelled) {
  private static final List<String> OWNERS = List.of("o1", "o2", "o3");
  private static final List<String> FINGERPRINTS = List.of("f1", "f2", "");

  interface Modelled {
    String answer(StoreModel model, long now);
  }

  /** One of all the operations; owners are so few that each comes again, as request ids do. */
  static StoreStep random(List<String> keys, Random random) {
    String key = keys.get(random.nextInt(keys.size()));
    String owner = OWNERS.get(random.nextInt(OWNERS.size()));
    long ttl = random.nextBoolean() ? 1 : 10;
    String any = FINGERPRINTS.get(random.nextInt(FINGERPRINTS.size()));
    String print = any.isEmpty() ? null : any;
    return switch (random.nextInt(9)) {
      case 0, 1 -> checkLock(key, owner, print, ttl);
      case 2 -> release(key, owner);
      case 3, 4 -> lease(key, owner, print, ttl);
      case 5 -> extend(key, owner, ttl);
      case 6 -> complete(key, owner);
      case 7 -> random.nextBoolean() ? fail(key, owner) : cancel(key, owner);
      default -> find(key);
    };
  }

  static StoreStep checkLock(String key, String owner, String print, long ttl) {
    return new StoreStep(
        key,
        "check-lock %s by %s of %s for %d s".formatted(key, owner, print, ttl),
        store ->
            store.checkLock(key, ttl, owner, StoreFixture.fingerprint(print)).map(StoreStep::told),
        (model, now) -> model.checkLock(key, owner, print, ttl, now));
  }

  static StoreStep release(String key, String owner) {
    return new StoreStep(
        key,
        "release %s by %s".formatted(key, owner),
        store -> store.release(key, owner).map(String::valueOf),
        (model, now) -> model.release(key, owner, now));
  }

  static StoreStep lease(String key, String owner, String print, long ttl) {
    return new StoreStep(
        key,
        "lease %s by %s of %s for %d s".formatted(key, owner, print, ttl),
        store -> store.lease(key, ttl, owner, StoreFixture.fingerprint(print)).map(StoreStep::told),
        (model, now) -> model.lease(key, owner, print, ttl, now));
  }

  static StoreStep extend(String key, String owner, long ttl) {
    return settling("extend", key, owner, "held", ttl, store -> store.extend(key, owner, ttl));
  }

  static StoreStep complete(String key, String owner) {
    return settling(
        "complete", key, owner, "completed", 0, store -> store.complete(key, owner, null, "h"));
  }

  static StoreStep fail(String key, String owner) {
    return settling("fail", key, owner, "failed", 0, store -> store.fail(key, owner, "e"));
  }

  static StoreStep cancel(String key, String owner) {
    return settling("cancel", key, owner, "cancelled", 0, store -> store.cancel(key, owner));
  }

  static StoreStep find(String key) {
    return new StoreStep(
        key,
        "find " + key,
        store -> store.find(key).map(view -> view.status().name()),
        (model, now) -> model.status(key, now));
  }

  static StoreStep free(String key, KeyStore keys) {
    return new StoreStep(
        key,
        "free " + key,
        store -> keys.free(key).map(StoreStep::told),
        (model, now) -> model.free(key, now));
  }

  private static StoreStep settling(
      String verb,
      String key,
      String owner,
      String becomes,
      long ttl,
      Function<ClaimStore, Future<SettleAnswer>> asked) {
    return new StoreStep(
        key,
        "%s %s by %s".formatted(verb, key, owner),
        store -> asked.apply(store).map(StoreStep::told),
        (model, now) -> model.settle(key, owner, becomes, ttl, now));
  }

  private static String told(KeyView view) {
    return (view.claim() == null ? "unclaimed " : "claimed ")
        + (view.lease() == null ? "FREE" : view.lease().status().name());
  }

  private static String told(boolean fingerprintMismatch) {
    return fingerprintMismatch ? " MISMATCH" : "";
  }

  private static String told(CheckLockAnswer answer) {
    return answer.verdict().name() + told(answer.fingerprintMismatch());
  }

  private static String told(LeaseAnswer answer) {
    if (answer instanceof LeaseAnswer.Acquired acquired) {
      return "acquired v" + acquired.view().version();
    }
    LeaseAnswer.Taken taken = (LeaseAnswer.Taken) answer;
    LeaseView view = taken.view();
    return "taken " + view.status() + " v" + view.version() + told(taken.fingerprintMismatch());
  }

  private static String told(SettleAnswer answer) {
    if (answer instanceof SettleAnswer.Settled settled) {
      return "settled " + settled.view().status() + " v" + settled.view().version();
    }
    return "lost " + ((SettleAnswer.Lost) answer).present().status();
  }
}
