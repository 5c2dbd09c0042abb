package tech.onceonly.server;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What the command's options are where the command line does not say: from the environment, where
 * {@code --max-keys} is {@code ONCEONLY_MAX_KEYS}, else from a file of properties, where it is
 * {@code max-keys}.
 */
final class Configuration implements IDefaultValueProvider {
  static final String OPTION = "--config";
  private static final String PREFIX = "ONCEONLY_";

  private final Map<String, String> environment;
  private final Properties file;

  private Configuration(Map<String, String> environment, Properties file) {
    this.environment = environment;
    this.file = file;
  }

  /**
   * Reads the file that the arguments or the environment name, if any.
   *
   * @throws IllegalArgumentException where it can't be read, or holds what is no option
   */
  static Configuration of(
      CommandSpec command, Map<String, String> environment, String... arguments) {
    String named = namedIn(arguments);
    if (named == null) {
      named = environment.getOrDefault(variable(OPTION), "").strip();
    }
    Properties file = new Properties();
    if (!named.isEmpty()) {
      try (Reader in = Files.newBufferedReader(Path.of(named), StandardCharsets.UTF_8)) {
        file.load(in);
      } catch (IOException | IllegalArgumentException e) {
        throw new IllegalArgumentException(OPTION + " " + named + " can't be read: " + e, e);
      }
      checkNames(command, named, file);
    }
    return new Configuration(environment, file);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option)) {
      return null;
    }
    String name = option.longestName();
    if (option.isMultiValue()) {
      // API keys, which have variables of their own: the client's is ONCEONLY_API_KEY.
      return file.getProperty(inFile(name));
    }
    String byEnvironment = environment.getOrDefault(variable(name), "").strip();
    String value = byEnvironment.isEmpty() ? file.getProperty(inFile(name), "") : byEnvironment;
    return value.isBlank() ? null : value.strip();
  }

  private static void checkNames(CommandSpec command, String named, Properties file) {
    for (String name : new TreeSet<>(file.stringPropertyNames())) {
      if (command.findOption("--" + name) == null) {
        throw new IllegalArgumentException(
            OPTION + " " + named + " sets '" + name + "', which is no option: see --help");
      }
    }
  }

  /** As picocli would find it; the rest of the line is for later. */
  private static @Nullable String namedIn(String... arguments) {
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith(OPTION + "=")) {
        return arguments[i].substring(OPTION.length() + 1);
      }
      if (arguments[i].equals(OPTION) && i + 1 < arguments.length) {
        return arguments[i + 1];
      }
    }
    return null;
  }

  private static String variable(String option) {
    return PREFIX + inFile(option).replace('-', '_').toUpperCase(Locale.ROOT);
  }

  private static String inFile(String option) {
    return option.substring("--".length());
  }
}
