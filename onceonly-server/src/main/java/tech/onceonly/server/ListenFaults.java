package tech.onceonly.server;

import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** Why a server could not listen, by the setting that is at fault where one is. */
final class ListenFaults {
  private ListenFaults() {}

  /** What is told in its place; its cause is a {@link SettingException} where one is at fault. */
  static ServerException explained(ServerOptions options, ServerException fault) {
    SettingException wrong = settingAtFault(options, fault.getCause());
    if (wrong != null) {
      return new ServerException(String.valueOf(wrong.getMessage()), wrong);
    }
    return options.tls() == null
        ? fault
        : new ServerException(
            "Cannot start with TLS: "
                + fault.getMessage()
                + ". Check that the key is in PKCS #8 and without a password",
            fault);
  }

  private static @Nullable SettingException settingAtFault(
      ServerOptions options, @Nullable Throwable cause) {
    if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
      return new SettingException(
          cause,
          "%s '%s' is no address, and no name of one: give one of this machine's, such as %s, or"
              + " 0.0.0.0 for all",
          Setting.HOST,
          options.host(),
          ServerOptions.DEFAULT_HOST);
    }
    // In use, not this machine's, or one that only root may have.
    return cause instanceof SocketException
        ? new SettingException(
            cause,
            "%s %d of %s %s can't be listened on (%s): choose another port, 0 for any free one, or"
                + " another address of this machine's",
            Setting.PORT,
            options.port(),
            Setting.HOST,
            options.host(),
            cause.getMessage())
        : null;
  }
}
