package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** Certificates for 127.0.0.1, each its own authority, by name, as files in a folder. */
public final class TestCertificates {
  static final char[] PASSWORD = "test-password".toCharArray();

  private final Path folder;

  public TestCertificates(Path folder) {
    this.folder = folder;
  }

  public void make(String name) throws Exception {
    keytool(
        "-genkeypair -alias %s -keyalg EC -groupname secp256r1 -validity 30 -dname CN=%s"
                .formatted(name, name)
            + " -ext san=ip:127.0.0.1 -storetype PKCS12 -keystore "
            + keyStore(name));
    keytool(
        "-exportcert -rfc -alias %s -keystore %s -file %s"
            .formatted(name, keyStore(name), certificate(name)));
    byte[] pkcs8 = load(name).getKey(name, PASSWORD).getEncoded();
    Files.writeString(
        key(name),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(pkcs8)
            + "\n-----END PRIVATE KEY-----\n");
  }

  /** In PEM. */
  public Path certificate(String name) {
    return folder.resolve(name + ".pem");
  }

  /** In PEM, PKCS #8. */
  public Path key(String name) {
    return folder.resolve(name + ".key");
  }

  KeyStore load(String name) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keyStore(name))) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private Path keyStore(String name) {
    return folder.resolve(name + ".p12");
  }

  private static void keytool(String arguments) throws Exception {
    String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process process =
        new ProcessBuilder(
                (tool + " " + arguments + " -storepass " + new String(PASSWORD)).split(" "))
            .redirectErrorStream(true)
            .start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(told).isZero();
  }
}
