package tech.onceonly.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/** Applications of the tests, with what each line of Boot configures by itself. */
final class Contexts {

  private Contexts() {}

  static ApplicationContextRunner at(OnceOnlyServerExtension server) {
    return new ApplicationContextRunner()
        .withUserConfiguration(Application.class)
        .withPropertyValues(
            "spring.application.name=shop",
            "onceonly.api-key=" + server.apiKey(),
            "onceonly.base-url=" + server.baseUrl());
  }

  /** What an application that can't start tells. */
  static String refusal(Throwable startupFailure) {
    FailureAnalysis analysis = new StartRefusedAnalyzer().analyze(startupFailure);
    assertThat(analysis).as("analysis of %s", startupFailure).isNotNull();
    return analysis.getDescription() + " " + analysis.getAction();
  }

  @EnableAutoConfiguration
  static class Application {}
}
