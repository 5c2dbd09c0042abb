package tech.onceonly.spring.boot;

import org.jspecify.annotations.Nullable;
import tech.onceonly.jms.JmsOptions;

/** What may be set for all JMS listeners, and for one. Not for use in code. */
public class JmsListenerProperties extends ListenerProperties {

  /**
   * Whose effects these are: a name of the application that all its instances share. Required, as
   * onceonly.jms.scope, where there are JMS listeners.
   */
  private @Nullable String scope;

  /**
   * Where the key comes from: a list, tried in order. Without it,
   * property:Idempotency_Key,message-id.
   */
  private @Nullable String keys;

  public @Nullable String getScope() {
    return scope;
  }

  public void setScope(@Nullable String value) {
    scope = value;
  }

  public @Nullable String getKeys() {
    return keys;
  }

  public void setKeys(@Nullable String value) {
    keys = value;
  }

  JmsOptions.Builder applyTo(JmsOptions.Builder options) {
    given(scope, options::scope);
    given(getMode(), options::mode);
    given(getTtl(), options::ttl);
    given(getLeaseTtl(), options::leaseTtl);
    given(getMaxRenewal(), options::maxRenewal);
    given(keys, options::keys);
    given(getGeneration(), options::generation);
    given(getFailOpen(), options::failOpen);
    given(getNoKey(), options::noKey);
    given(getFingerprint(), options::fingerprint);
    given(getDryRun(), options::dryRun);
    return options;
  }
}
