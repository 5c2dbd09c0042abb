package tech.onceonly.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a private key and its certificates out of one file in PEM. */
final class PemKeyStore {

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private PemKeyStore() {}

  static KeyStore read(Path path, @Nullable String password)
      throws IOException, GeneralSecurityException {
    if (password != null) {
      throw new GeneralSecurityException("a key in PEM is read without a password: leave it out");
    }
    List<Certificate> chain = new ArrayList<>();
    byte[] key = null;
    Matcher block = BLOCK.matcher(Files.readString(path, ISO_8859_1));
    while (block.find()) {
      byte[] bytes = bytesOf(block.group(2));
      if (block.group(1).equals("CERTIFICATE")) {
        chain.add(
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(bytes)));
      } else if (block.group(1).equals("PRIVATE KEY")) {
        key = bytes;
      } else if (block.group(1).endsWith("PRIVATE KEY")) {
        throw new GeneralSecurityException(
            "its key is a \"" + block.group(1) + "\": give it as PKCS #8, \"PRIVATE KEY\"");
      }
    }
    if (key == null || chain.isEmpty()) {
      throw new GeneralSecurityException(
          "it holds no " + (key == null ? "\"PRIVATE KEY\"" : "\"CERTIFICATE\""));
    }
    PublicKey known = chain.get(0).getPublicKey();
    PrivateKey secret =
        KeyFactory.getInstance(known.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(key));
    checkPair(known, secret);
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("client", secret, new char[0], chain.toArray(Certificate[]::new));
    return store;
  }

  private static byte[] bytesOf(String base64) throws GeneralSecurityException {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      // Without the cause, which may tell a part of the key.
      throw new GeneralSecurityException("a part of it is no Base64");
    }
  }

  /** A pair that is none would be found out by the server, one handshake after the other. */
  private static void checkPair(PublicKey known, PrivateKey secret)
      throws GeneralSecurityException {
    byte[] any = known.getEncoded();
    Signature signature =
        Signature.getInstance(
            switch (known.getAlgorithm()) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> known.getAlgorithm();
            });
    signature.initSign(secret);
    signature.update(any);
    byte[] signed = signature.sign();
    signature.initVerify(known);
    signature.update(any);
    if (!signature.verify(signed)) {
      throw new GeneralSecurityException("its key is not that of its first certificate");
    }
  }
}
