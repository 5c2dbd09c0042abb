package tech.onceonly.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is wrong in a tenants file is told with its place, in our words, and without its secrets.
 */
class TenantsFileFaultsTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // Of another kind.
        "{'tenants': [~{'name': 'a',~'limit_per_month': 'SECRET'}]}"
            + "| line 3, column 20: tenants[0].limit_per_month is not a whole number",
        "{'tenants': [{'name': 'a', 'requests_per_second': 1.5}]}"
            + "| tenants[0].requests_per_second is not a whole number",
        "{'tenants': [{'name': 'a', 'requests_per_second': 99999999999}]}"
            + "| tenants[0].requests_per_second has a number that is too large",
        "{'tenants': [{'name': ['SECRET']}]} | tenants[0].name is not a text in quotes",
        "{'tenants': [{'name': 'a'},~{'keys': 'SECRET'}]}"
            + "| line 2, column 10: tenants[1].keys is not a list",
        "{'tenants': [{'keys': {'SECRET': 'admin'}}]} | tenants[0].keys is not a list",
        "{'tenants': [{'keys': ['SECRET']}]} | tenants[0].keys[0] is not an object",
        "{'tenants': {'name': 'SECRET'}} | tenants is not a list",
        "{'tenants': ['SECRET']} | tenants[0] is not an object",
        "[] | line 1, column 1: it is not one object alone",
        "'SECRET' | it is not one object alone",
        "{'tenants': []} {'SECRET': 1} | it is not one object alone",
        // Of another name.
        "{'tenants': [{'name': 'a',~~ 'palns': 1}]}"
            + "| line 3, column 13: tenants[0] has a field 'palns' that is none of"
            + " keys, limit_per_month, name, plan, requests_per_second",
        "{'tenant': []} | it has a field 'tenant' that is none of tenants",
        "{'tenants': [{'keys': [{'SECRET': 'admin'}]}]}"
            + "| tenants[0].keys[0] has a field that is none of role, sha256",
        // No JSON.
        "{'tenants': [{'name': SECRET}]} | line 1, column 23: in tenants[0] it is no JSON",
        "{'tenants': [{'name': 'a' 'keys': []}]} | line 1, column 27: in tenants[0] it is no JSON",
        "SECRET | it is no JSON",
        "{'tenants': [{'name': 'a',~'keys': [{'sha256': 'SECRET"
            + "| line 2, column 28: in tenants[0].keys[0].sha256 it ends too early",
        "{'tenants': [{'name': 'a', | line 1, column 27: in tenants[0] it is no JSON",
        // As it is read.
        "{'tenants': [{'name': 'a', 'keys': [{'sha256': 'SECRET'}]}]}"
            + "| in tenant 'a': keys[0].sha256 is not 64 hexadecimal digits",
        "{'tenants': [{'name': 'a', 'keys': [{'role': 'SECRET'}]}]}"
            + "| in tenant 'a': keys[0].role is neither use nor admin",
      })
  void itIsToldWhereAndWhat(String content, String told) throws IOException {
    Path file = directory.resolve("tenants.json");
    Files.writeString(file, content.replace('\'', '"').replace('~', '\n').strip());
    assertThatThrownBy(() -> ServerOptions.builder().tenants(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tenants file " + file)
        .hasMessageContaining(told)
        .satisfies(TenantsFileFaultsTest::assertShowsNothing);
  }

  @Test
  void aFileThatIsNotThereIsToldInWords() {
    Path none = directory.resolve("none");
    assertThatThrownBy(() -> ServerOptions.builder().tenants(none))
        .hasMessage("tenants file " + none + " can't be read: there is no such file");
    assertThatThrownBy(() -> ServerOptions.builder().tenants(directory))
        .hasMessage("tenants file " + directory + " can't be read: Is a directory");
  }

  private static void assertShowsNothing(Throwable fault) {
    for (Throwable one = fault; one != null; one = one.getCause()) {
      assertThat(one.getMessage())
          .doesNotContain("SECRET", "java.", "tech.onceonly", "REDACTED", "Source");
    }
  }
}
