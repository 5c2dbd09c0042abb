package tech.onceonly.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;
import picocli.CommandLine.Option;

/** No build runs them; what can be told by reading is told here. */
class ContainerFilesTest {
  private static final Path TOP = Objects.requireNonNull(Path.of("").toAbsolutePath().getParent());

  /** A name, a tag that begins with a number, and nothing that moves. */
  private static final String PINNED = "[a-z0-9./-]+:\\d+(\\.\\d+)+[\\w.-]*";

  private static final Pattern DEFAULTED = Pattern.compile("\\$\\{[A-Z_]+:-(.+)}");

  private final String dockerfile = read("Dockerfile");
  private final Map<String, Map<String, Object>> services = compose("services");

  @Test
  void everyImageIsPinnedAndMayBeReplaced() {
    assertThat(services.keySet()).contains("kafka", "artemis", "redis", "server", "demo");
    services.forEach(
        (name, service) -> assertThat(defaultOf(service.get("image"))).as(name).matches(PINNED));
    assertThat(all("(?m)^FROM (\\S+)", dockerfile))
        .allMatch(
            base ->
                base.matches("\\$\\{(JDK|JRE)_IMAGE}")
                    || all("(?m)^FROM \\S+ AS (\\S+)", dockerfile).contains(base));
    assertThat(all("(?m)^ARG \\w+_IMAGE=(\\S+)", dockerfile))
        .hasSize(2)
        .allMatch(image -> image.matches(PINNED));
  }

  @Test
  void brokersAreThoseOfTheTests() {
    String pom = read("pom.xml");
    assertThat(defaultOf(services.get("kafka").get("image")))
        .isEqualTo(BrokerChoice.DEFAULT_IMAGE)
        .endsWith(":" + one("<kafka.version>(.+)</kafka.version>", pom));
    assertThat(defaultOf(services.get("artemis").get("image")))
        .endsWith(":" + one("<artemis.version>(.+)</artemis.version>", pom));
  }

  @Test
  void everyServiceTellsItsHealth() {
    services.forEach(
        (name, service) -> {
          Map<String, Object> check = map(service.get("healthcheck"));
          assertThat(list(check.get("test"))).as(name).hasSizeGreaterThan(1).startsWith("CMD");
          assertThat(check).as(name).containsKeys("interval", "timeout", "retries");
          assertThat(check).as(name).doesNotContainKey("disable");
        });
    assertThat(dockerfile).containsPattern("(?s)AS server\n.*HEALTHCHECK .*/health/ready");
  }

  @Test
  void whoIsWaitedForIsThereAndTellsItsHealth() {
    for (Map<String, Object> service : services.values()) {
      Map<String, Object> awaited = map(service.getOrDefault("depends_on", Map.of()));
      assertThat(services.keySet()).containsAll(awaited.keySet());
      assertThat(awaited.values()).allMatch(Map.of("condition", "service_healthy")::equals);
    }
  }

  @Test
  void mainClassesModulesAndStagesExist() throws ClassNotFoundException {
    List<String> mains = all("(?m)^ENTRYPOINT .*\"([\\w.]+)\"]$", dockerfile);
    assertThat(mains)
        .containsExactly("tech.onceonly.demo.DemoMain", "tech.onceonly.server.ServerMain");
    for (String main : mains) {
      assertThat(Class.forName(main).getDeclaredMethods())
          .as(main)
          .anyMatch(method -> method.getName().equals("main"));
    }
    assertThat(all("-pl (\\S+)", dockerfile))
        .isNotEmpty()
        .allMatch(module -> Files.exists(TOP.resolve(module).resolve("pom.xml")));
    List<String> stages = all("(?m)^FROM \\S+ AS (\\S+)", dockerfile);
    for (String name : List.of("server", "demo")) {
      Map<String, Object> build = map(services.get(name).get("build"));
      assertThat(stages).contains(String.valueOf(build.get("target")));
      map(build.get("args"))
          .forEach(
              (argument, image) ->
                  assertThat(dockerfile).contains("ARG " + argument + "=" + defaultOf(image)));
    }
  }

  @Test
  void theServerIsNotRootAndKeepsItsDataInAVolume() {
    String server = dockerfile.substring(dockerfile.indexOf(" AS server\n"));
    assertThat(all("(?m)^USER (\\d+):\\d+$", server)).containsExactly("10001");
    assertThat(one("ONCEONLY_STORE=rocksdb:(\\S+)", server))
        .isEqualTo(one("(?m)^VOLUME (\\S+)$", server));
    String volume = list(services.get("server").get("volumes")).get(0);
    assertThat(volume).endsWith(":" + one("(?m)^VOLUME (\\S+)$", server));
    for (Map<String, Object> service : services.values()) {
      for (String mounted : list(service.getOrDefault("volumes", List.of()))) {
        assertThat(compose("volumes")).containsKey(mounted.split(":", 2)[0]);
      }
    }
  }

  @Test
  void portsAreOpenToThisMachineAlone() {
    services.forEach(
        (name, service) ->
            assertThat(list(service.getOrDefault("ports", List.of())))
                .as(name)
                .allMatch(port -> port.startsWith("127.0.0.1:")));
  }

  @Test
  void theDemoTakesTheOptionsThatItIsGiven() throws ClassNotFoundException {
    List<String> known =
        Arrays.stream(Class.forName("tech.onceonly.demo.DemoMain").getDeclaredFields())
            .map(field -> field.getAnnotation(Option.class))
            .filter(Objects::nonNull)
            .flatMap(option -> Arrays.stream(option.names()))
            .toList();
    assertThat(list(services.get("demo").get("command")))
        .filteredOn(word -> word.startsWith("--"))
        .isNotEmpty()
        .allMatch(known::contains);
  }

  private static Map<String, Map<String, Object>> compose(String section) {
    Map<String, Map<String, Map<String, Object>>> file =
        new Yaml().load(read("docker-compose.yml"));
    return file.get(section);
  }

  private static String defaultOf(Object image) {
    Matcher matcher = DEFAULTED.matcher(String.valueOf(image));
    assertThat(matcher.matches()).as("%s is a variable with a default", image).isTrue();
    return matcher.group(1);
  }

  private static String one(String pattern, String text) {
    List<String> found = all(pattern, text);
    assertThat(found).as(pattern).hasSize(1);
    return found.get(0);
  }

  private static List<String> all(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(result -> result.group(1)).toList();
  }

  @SuppressWarnings("unchecked") // What compose files are made of.
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static List<String> list(Object value) {
    return (List<String>) value;
  }

  private static String read(String file) {
    try {
      return Files.readString(TOP.resolve(file));
    } catch (IOException e) {
      throw new AssertionError(TOP.resolve(file) + " can't be read", e);
    }
  }
}
