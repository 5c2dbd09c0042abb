package tech.onceonly.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One kept connection, with the bytes on it that the official Python SDK sends: the headers that it
 * and httpx below it set, on GETs the body's type too.
 */
final class PythonWire implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final String host;
  private final String apiKey;

  PythonWire(int port, String apiKey) throws IOException {
    this.socket = new Socket(InetAddress.getLoopbackAddress(), port);
    this.socket.setSoTimeout(20_000);
    this.in = new BufferedInputStream(socket.getInputStream());
    this.host = "127.0.0.1:" + port;
    this.apiKey = apiKey;
  }

  record Answer(int status, Map<String, String> headers, JsonNode json) {
    String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }

    String text(String field) {
      return json.path(field).asText(null);
    }
  }

  Answer get(String path) throws IOException {
    return send("GET " + path, "", new byte[0]);
  }

  /**
   * @param moreHeaders whole lines
   */
  Answer post(String path, String json, String... moreHeaders) throws IOException {
    byte[] body = json.getBytes(UTF_8);
    StringBuilder more = new StringBuilder("Content-Length: " + body.length + "\r\n");
    for (String header : moreHeaders) {
      more.append(header).append("\r\n");
    }
    return send("POST " + path, more.toString(), body);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private Answer send(String methodAndPath, String moreHeaders, byte[] body) throws IOException {
    ByteArrayOutputStream request = new ByteArrayOutputStream();
    request.writeBytes(
        (methodAndPath
                + " HTTP/1.1\r\n"
                + "Host: %s\r\n".formatted(host)
                + "Accept: */*\r\n"
                + "Accept-Encoding: gzip, deflate, br\r\n"
                + "Connection: keep-alive\r\n"
                + "Authorization: Bearer %s\r\n".formatted(apiKey)
                + "Content-Type: application/json\r\n"
                + "User-Agent: onceonly-python-sdk/3.0.3\r\n"
                + moreHeaders
                + "\r\n")
            .getBytes(US_ASCII));
    request.writeBytes(body);
    socket.getOutputStream().write(request.toByteArray());
    return read();
  }

  private Answer read() throws IOException {
    int status = Integer.parseInt(line().split(" ", 3)[1]);
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      String[] nameAndValue = line.split(": ", 2);
      headers.put(nameAndValue[0].toLowerCase(Locale.ROOT), nameAndValue[1]);
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.get("content-length")));
    return new Answer(status, headers, Api.JSON.readTree(body));
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("closed after " + line);
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }
}
