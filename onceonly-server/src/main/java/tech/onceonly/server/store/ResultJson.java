package tech.onceonly.server.store;

import java.security.MessageDigest;
import java.util.HexFormat;

/** The result of a completed lease: compact JSON in UTF-8, kept and given back as it is. */
public final class ResultJson {
  private final byte[] utf8;

  /** Takes the array over: the caller changes it no more. */
  public ResultJson(byte[] utf8) {
    this.utf8 = utf8;
  }

  public int length() {
    return utf8.length;
  }

  /** Not a copy: the caller does not change it. */
  byte[] utf8() {
    return utf8;
  }

  public void copyTo(byte[] target, int offset) {
    System.arraycopy(utf8, 0, target, offset, utf8.length);
  }

  /** The hash for a result that came without one: SHA-256 in hex. */
  public String hash(MessageDigest sha256) {
    return HexFormat.of().formatHex(sha256.digest(utf8));
  }
}
