package tech.onceonly.server.junit;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import tech.onceonly.server.OnceOnlyServer;
import tech.onceonly.server.ServerOptions;
import tech.onceonly.server.ServerProbe.Decided;
import tech.onceonly.server.ServerProbe.Fault;

/**
 * The OnceOnly API for the tests of an application: the project's own server in this JVM, on a free
 * port, with faults on demand and assertions on what it saw.
 *
 * <p>As a static {@code @RegisterExtension} field it is started once for the class and forgets
 * everything before each test; as an instance field, once for each test. With
 * {@code @ExtendWith(OnceOnlyServerExtension.class)} a test method takes it as a parameter.
 *
 * <p>Faults befall every call, the check of the API key at a client's start included, from the
 * moment they are asked for until {@link #answerNormally} or the next test. A refused, silent or
 * broken call never reaches the store; a late one does, though its caller may have gone.
 *
 * <p>Assertions take a key as the server saw it, or the end of it after a colon, which is what the
 * key's source found: {@code assertClaimedOnce("p-1")} means {@code …:header.Idempotency-Key:p-1}.
 * Characters that keys escape (all but letters, digits and {@code -._@/+=,}) are then escaped too;
 * a predicate sees the whole key. They judge what the server has decided by now: what a client
 * tells in the background may come later.
 *
 * <p>It does not promise anything for tests that run concurrently on one instance: they share
 * faults and record. Otherwise thread-safe.
 */
public final class OnceOnlyServerExtension
    implements BeforeAllCallback,
        AfterAllCallback,
        BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver {

  private static final String API_KEY = "once_test_key";

  private final Seen seen = new Seen();
  private final Faults faults = new Faults(seen);
  private final AtomicLong aheadMillis = new AtomicLong();
  private final InstantSource clock;
  private final ServerOptions options;

  /** Classes, one in the other, whose tests use this instance. */
  private int classes;

  private volatile @Nullable OnceOnlyServer server;

  /** With the server's defaults. */
  public OnceOnlyServerExtension() {
    this(options -> {});
  }

  /**
   * With options of one's own: the plan, the status of a duplicate's answer. Host, port, clock and
   * event loops are this extension's.
   */
  public OnceOnlyServerExtension(Consumer<ServerOptions.Builder> options) {
    InstantSource real = InstantSource.system();
    clock = () -> real.instant().plusMillis(aheadMillis.get());
    ServerOptions.Builder builder = ServerOptions.builder().apiKey(API_KEY);
    options.accept(builder);
    this.options =
        builder
            .host(ServerOptions.DEFAULT_HOST)
            .port(0)
            .eventLoops(1)
            .drainTimeout(Duration.ofSeconds(1))
            .clock(clock)
            .build();
  }

  /** Where the API is: a client's base URL. The same for all tests of a class. */
  public URI baseUrl() {
    return running().baseUrl();
  }

  /** An API key that the server takes. */
  public String apiKey() {
    return API_KEY;
  }

  /** Ends every fault. What is held back stays so until its time or the next test. */
  public void answerNormally() {
    faults.none();
  }

  /** 429 to every call, until told otherwise. */
  public void rateLimit(Duration retryAfter) {
    faults.always(new Fault.Refused(429, checked("retryAfter", retryAfter)));
  }

  /** 429 to every call for so long, with a {@code Retry-After} that tells what is left of it. */
  public void rateLimitFor(Duration time) {
    faults.rateLimitFor(checked("time", time), clock);
  }

  /**
   * This status to every call, until told otherwise: 401, 402, 403 and 422 are refusals, 500 to 599
   * an outage.
   */
  public void answer(int status) {
    if (status < 400 || status > 599) {
      throw new IllegalArgumentException("status must be within 400 to 599, was " + status);
    }
    faults.always(new Fault.Refused(status, null));
  }

  /** Closes the connection of every call, until told otherwise: an outage. */
  public void closeConnections() {
    faults.always(new Fault.Broken());
  }

  /** Handles every call so much later, until told otherwise. */
  public void delay(Duration by) {
    faults.always(new Fault.Late(checked("by", by)));
  }

  /** Answers no call, until told otherwise: an outage that costs a timeout. */
  public void hang() {
    faults.always(new Fault.Silent());
  }

  /** Moves the server's clock: claims and leases run out without waiting. */
  public void advance(Duration by) {
    aheadMillis.addAndGet(checked("by", by).toMillis());
  }

  /** What the server has decided since the test began, in order; calls it refused are not here. */
  public List<Decided> seen() {
    return seen.decisions();
  }

  /** By check-lock or lease, in all exactly once; a call that was repeated under its id is one. */
  public void assertClaimedOnce(String key) {
    seen.assertClaimedOnce(key, named(key));
  }

  /** As {@link #assertClaimedOnce(String)}, over all keys that fit. */
  public void assertClaimedOnce(Predicate<? super String> key) {
    seen.assertClaimedOnce("a key that fits", key);
  }

  /** A lease was completed. Check-locks have no completion. */
  public void assertCompleted(String key) {
    seen.assertCompleted(key, named(key));
  }

  /** As {@link #assertCompleted(String)}, of any key that fits. */
  public void assertCompleted(Predicate<? super String> key) {
    seen.assertCompleted("a key that fits", key);
  }

  /** A call was told that the key is held: a duplicate, in progress, completed or failed. */
  public void assertDuplicate(String key) {
    seen.assertDuplicate(key, named(key));
  }

  /** As {@link #assertDuplicate(String)}, of any key that fits. */
  public void assertDuplicate(Predicate<? super String> key) {
    seen.assertDuplicate("a key that fits", key);
  }

  /**
   * A claim was told that its key had been claimed with another fingerprint: one key, two effects.
   * What a consumer knows by itself to be a duplicate it does not ask about.
   */
  public void assertFingerprintMismatch(String key) {
    seen.assertFingerprintMismatch(key, named(key));
  }

  /** As {@link #assertFingerprintMismatch(String)}, of any key that fits. */
  public void assertFingerprintMismatch(Predicate<? super String> key) {
    seen.assertFingerprintMismatch("a key that fits", key);
  }

  /** No claim was told that its key had been claimed with another fingerprint. */
  public void assertNoFingerprintMismatch() {
    seen.assertNoFingerprintMismatch("any key", key -> true);
  }

  /** No claim of this was told so. */
  public void assertNoFingerprintMismatch(String key) {
    seen.assertNoFingerprintMismatch(key, named(key));
  }

  /** Nothing was claimed. */
  public void assertNoClaim() {
    seen.assertNoClaim("any key", key -> true);
  }

  /** This was not claimed. */
  public void assertNoClaim(String key) {
    seen.assertNoClaim(key, named(key));
  }

  /** No key that fits was claimed. */
  public void assertNoClaim(Predicate<? super String> key) {
    seen.assertNoClaim("a key that fits", key);
  }

  @Override
  public synchronized void beforeAll(ExtensionContext context) {
    classes++;
    start();
  }

  @Override
  public synchronized void beforeEach(ExtensionContext context) {
    if (server == null) {
      start();
    }
    answerNormally();
    aheadMillis.set(0);
    running().clear();
    seen.clear();
  }

  @Override
  public synchronized void afterEach(ExtensionContext context) {
    if (classes == 0) {
      stop();
    }
  }

  @Override
  public synchronized void afterAll(ExtensionContext context) {
    classes--;
    if (classes == 0) {
      stop();
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == OnceOnlyServerExtension.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return this;
  }

  private void start() {
    if (server == null) {
      server = OnceOnlyServer.start(options, faults);
    }
  }

  private void stop() {
    OnceOnlyServer running = server;
    server = null;
    if (running != null) {
      running.close();
    }
  }

  private OnceOnlyServer running() {
    OnceOnlyServer running = server;
    if (running == null) {
      throw new IllegalStateException(
          "the server is not running: register this as @RegisterExtension static, and ask it from"
              + " @BeforeAll on");
    }
    return running;
  }

  private static Predicate<String> named(String key) {
    return seenKey -> seenKey.equals(key) || seenKey.endsWith(":" + key);
  }

  private static Duration checked(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " must be more than 0, was " + value);
    }
    return value;
  }
}
