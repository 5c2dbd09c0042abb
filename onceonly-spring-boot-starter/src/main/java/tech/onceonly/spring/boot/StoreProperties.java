package tech.onceonly.spring.boot;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file with certificates. Not for use in code. */
public class StoreProperties {

  /** The file. Without it, the platform's certificates are trusted, and none is shown. */
  private @Nullable Path location;

  /** Its password, and that of the key in it; never shown. */
  private @Nullable String password;

  /**
   * Its form. In PEM a key, PKCS #8 without a password, stands in one file with its certificate.
   */
  private Type type = Type.PKCS12;

  /** The form of the file. */
  public enum Type {
    PKCS12,
    JKS,
    PEM
  }

  public @Nullable Path getLocation() {
    return location;
  }

  public void setLocation(@Nullable Path value) {
    location = value;
  }

  public @Nullable String getPassword() {
    return password;
  }

  public void setPassword(@Nullable String value) {
    password = value;
  }

  public Type getType() {
    return type;
  }

  public void setType(Type value) {
    type = value;
  }
}
