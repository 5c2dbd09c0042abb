package tech.onceonly.client;

/**
 * The server does not show keys to this API key: the hosted API to none, the project's own to those
 * of the admin role. Nothing was asked of the key.
 */
public final class KeysNotOfferedException extends OnceOnlyException {

  private static final long serialVersionUID = 1L;

  KeysNotOfferedException() {
    super(
        "this server does not let this API key see or release keys: that takes the project's own"
            + " server and an API key that it was given as --admin-key");
  }
}
