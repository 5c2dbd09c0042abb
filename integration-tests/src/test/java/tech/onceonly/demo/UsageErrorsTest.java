package tech.onceonly.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class UsageErrorsTest {

  @ParameterizedTest
  @CsvSource({
    "--payments=many, --payments",
    "--payments=1, --payments is at least 100",
    "--nonsense, --nonsense",
    "'--jms --bootstrap-servers=x:1', leave it out"
  })
  void anErrorIsTwoLinesOfWhichTheSecondNamesTheHelp(String arguments, String told) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        DemoMain.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

    assertThat(command.execute(arguments.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(2).first().asString().contains(told);
    assertThat(err.toString()).endsWith("onceonly demo --help tells the options\n");
    assertThat(out.toString()).isEmpty();
  }
}
