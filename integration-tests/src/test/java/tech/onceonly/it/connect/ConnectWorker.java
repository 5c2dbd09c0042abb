package tech.onceonly.it.connect;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import org.apache.kafka.connect.sink.SinkConnector;
import tech.onceonly.it.SelfContained;
import tech.onceonly.testing.EffectLog;
import tech.onceonly.testing.Effects;
import tech.onceonly.testing.JavaProcess;

/** Kafka Connect, standalone, in a process of its own, with the test's connector as a plug-in. */
final class ConnectWorker {

  private static final String MAIN = "org.apache.kafka.connect.cli.ConnectStandalone";
  private static final List<Class<?>> PLUGIN =
      List.of(
          EffectSinkConnector.class,
          EffectSinkTask.class,
          EffectLog.class,
          EffectLog.Effect.class,
          Effects.class);

  private final Path home;
  private final boolean jarIsPlugin;

  /**
   * @param jarIsPlugin whether our jar lies in the connector's directory, or on the class path
   */
  ConnectWorker(Path home, boolean jarIsPlugin) {
    this.home = home;
    this.jarIsPlugin = jarIsPlugin;
  }

  JavaProcess start(String brokers, Map<String, String> connector) throws IOException {
    Path plugin = Files.createDirectories(home.resolve("plugins").resolve("effects"));
    writePlugin(plugin.resolve("effects.jar"));
    List<Path> classPath = new ArrayList<>(SelfContained.kafka());
    if (jarIsPlugin) {
      Files.copy(
          SelfContained.jar(),
          plugin.resolve("onceonly-all.jar"),
          StandardCopyOption.REPLACE_EXISTING);
    } else {
      classPath.add(0, SelfContained.jar());
    }
    Path workerFile = write("worker.properties", worker(brokers));
    Path connectorFile = write("connector.properties", connector);
    return JavaProcess.of(MAIN)
        .classPath(classPath)
        .systemProperty("org.slf4j.simpleLogger.defaultLogLevel", "info")
        .arguments(workerFile.toString(), connectorFile.toString())
        .start();
  }

  private Map<String, String> worker(String brokers) {
    return Map.of(
        "bootstrap.servers", brokers,
        "plugin.path", home.resolve("plugins").toString(),
        "plugin.discovery", "service_load",
        "listeners", "http://127.0.0.1:0",
        "offset.storage.file.filename", home.resolve("offsets").toString(),
        "offset.flush.interval.ms", "300",
        "connector.client.config.override.policy", "All",
        "key.converter", "org.apache.kafka.connect.storage.StringConverter",
        "value.converter", "org.apache.kafka.connect.storage.StringConverter");
  }

  private Path write(String name, Map<String, String> properties) throws IOException {
    return Files.writeString(
        home.resolve(name),
        new TreeMap<>(properties)
            .entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining("\n")));
  }

  /** Connect takes a plug-in's classes from jars, once there is one beside them. */
  private static void writePlugin(Path jar) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Class<?> each : PLUGIN) {
        String name = each.getName().replace('.', '/') + ".class";
        out.putNextEntry(new JarEntry(name));
        try (InputStream in = each.getResourceAsStream("/" + name)) {
          in.transferTo(out);
        }
        out.closeEntry();
      }
      out.putNextEntry(new JarEntry("META-INF/services/" + SinkConnector.class.getName()));
      out.write(EffectSinkConnector.class.getName().getBytes(StandardCharsets.UTF_8));
      out.closeEntry();
    }
  }
}
