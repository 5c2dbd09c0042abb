package tech.onceonly.spring.boot;

import org.jspecify.annotations.Nullable;
import tech.onceonly.kafka.KafkaOptions;

/** What may be set for all Kafka listeners, and for one. Not for use in code. */
public class KafkaListenerProperties extends ListenerProperties {

  /**
   * Where the key comes from: a list, tried in order. Without it, header:Idempotency-Key,offset.
   */
  private @Nullable String keys;

  /** Whose effects these are. Without it, the consumer group. */
  private @Nullable String namespace;

  public @Nullable String getKeys() {
    return keys;
  }

  public void setKeys(@Nullable String value) {
    keys = value;
  }

  public @Nullable String getNamespace() {
    return namespace;
  }

  public void setNamespace(@Nullable String value) {
    namespace = value;
  }

  KafkaOptions.Builder applyTo(KafkaOptions.Builder options) {
    given(getMode(), options::mode);
    given(getTtl(), options::ttl);
    given(getLeaseTtl(), options::leaseTtl);
    given(getMaxRenewal(), options::maxRenewal);
    given(keys, options::keys);
    given(namespace, options::namespace);
    given(getGeneration(), options::generation);
    given(getFailOpen(), options::failOpen);
    given(getNoKey(), options::noKey);
    given(getFingerprint(), options::fingerprint);
    given(getDryRun(), options::dryRun);
    return options;
  }
}
