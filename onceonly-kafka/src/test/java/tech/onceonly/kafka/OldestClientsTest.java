package tech.onceonly.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same classes in a class loader that has the oldest supported clients and no newer ones. */
class OldestClientsTest {

  private URLClassLoader oldest;
  private ClassLoader before;

  @BeforeEach
  void load() throws Exception {
    List<URL> urls = new ArrayList<>();
    try (Stream<Path> jars = Files.list(Path.of("target", "oldest"))) {
      for (Path jar : jars.toList()) {
        urls.add(jar.toUri().toURL());
      }
    }
    assertThat(urls).hasSize(1);
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    for (String entry : classPath.split(File.pathSeparator)) {
      if (!entry.contains("kafka-clients")) {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    before = Thread.currentThread().getContextClassLoader();
    oldest = new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    Thread.currentThread().setContextClassLoader(oldest);
  }

  @AfterEach
  void unload() throws Exception {
    Thread.currentThread().setContextClassLoader(before);
    oldest.close();
  }

  @Test
  void aConsumerIsMadeAndItsPollsAreFiltered() throws Exception {
    Object seen =
        ((Callable<?>)
                oldest
                    .loadClass(OldestClientsProbe.class.getName())
                    .getDeclaredConstructor()
                    .newInstance())
            .call();
    assertThat(seen).isEqualTo("3.9.1 made, [0/0, 0/2]");
  }

  /** Kafka had the classes before it had the feature: they load, and are refused. */
  @Test
  void shareGroupsAreRefusedAndTheFacadeIsWholeAllTheSame() throws Exception {
    Class<?> probe = oldest.loadClass(OldestClientsProbe.class.getName());
    assertThat(probe.getMethod("shareGroup").invoke(null))
        .asString()
        .contains("kafka-clients 4.2 or later");
    // As a container does that looks for annotated methods.
    assertThat(oldest.loadClass(OnceOnlyKafka.class.getName()).getDeclaredMethods()).isNotEmpty();
  }

  @Test
  void theMonitoredOneNeedsWhatIsNotThere() {
    assertThatThrownBy(() -> oldest.loadClass(OnceOnlyMonitoredInterceptor.class.getName()))
        .isInstanceOf(NoClassDefFoundError.class)
        .hasMessageContaining("Monitorable");
  }
}
