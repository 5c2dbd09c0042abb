package tech.onceonly.server;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
  private final String fileName;
  private final Properties file;
  private final List<String> arguments;

  private Configuration(
      Map<String, String> environment, String fileName, Properties file, String... arguments) {
    this.environment = environment;
    this.fileName = fileName;
    this.file = file;
    this.arguments = List.of(arguments);
  }

  /**
   * Reads the file that the arguments or the environment name, if any.
   *
   * @throws SettingException where it can't be read, or holds what is no option
   */
  static Configuration of(
      CommandSpec command, Map<String, String> environment, String... arguments) {
    String named = namedIn(arguments);
    String namedBy = OPTION;
    if (named == null) {
      namedBy = variable(OPTION);
      named = environment.getOrDefault(namedBy, "").strip();
    }
    Properties file = new Properties();
    if (!named.isEmpty()) {
      try (Reader in = Files.newBufferedReader(Path.of(named), StandardCharsets.UTF_8)) {
        file.load(in);
      } catch (IOException | IllegalArgumentException e) {
        throw new SettingException(
            e, "%s %s can't be read: %s", namedBy, named, FileFaults.told(e));
      }
      checkNames(command, namedBy, named, file);
    }
    return new Configuration(environment, named, file, arguments);
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option) || isGiven(option.longestName())) {
      return null;
    }
    String name = option.longestName();
    if (option.isMultiValue()) {
      // API keys, which have variables of their own: the client's is ONCEONLY_API_KEY.
      return inFileAs(name);
    }
    String value = isInEnvironment(name) ? environment.get(variable(name)) : inFileAs(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  /** What a setting is called where its value was given: the option, the variable, the line. */
  String nameOf(Setting setting) {
    return switch (setting) {
      case API_KEY -> nameOfKeys(setting, CommandOptions.API_KEYS_VARIABLE);
      case ADMIN_KEY -> nameOfKeys(setting, CommandOptions.ADMIN_KEYS_VARIABLE);
      default -> nameOf(setting.option());
    };
  }

  /** As {@link #nameOf(Setting)}. */
  String nameOf(ArgSpec argument) {
    return argument instanceof OptionSpec option
        ? nameOf(option.longestName())
        : argument.paramLabel();
  }

  private String nameOf(String option) {
    if (!isGiven(option)) {
      if (isInEnvironment(option)) {
        return variable(option);
      }
      if (inFileAs(option) != null) {
        return lineOf(option);
      }
    }
    return option;
  }

  /** They add up, and may come from two places. */
  private String nameOfKeys(Setting setting, String variable) {
    String option = setting.option();
    List<String> names = new ArrayList<>();
    if (isGiven(option)) {
      names.add(option);
    } else if (inFileAs(option) != null) {
      names.add(lineOf(option));
    }
    if (!environment.getOrDefault(variable, "").isBlank()) {
      names.add(variable);
    }
    return names.isEmpty() ? option : String.join(" or ", names);
  }

  private boolean isGiven(String option) {
    return arguments.stream().anyMatch(one -> one.equals(option) || one.startsWith(option + "="));
  }

  private boolean isInEnvironment(String option) {
    return !environment.getOrDefault(variable(option), "").isBlank();
  }

  private @Nullable String inFileAs(String option) {
    return file.getProperty(inFile(option));
  }

  private String lineOf(String option) {
    return inFile(option) + " (" + fileName + ")";
  }

  private static void checkNames(
      CommandSpec command, String namedBy, String named, Properties file) {
    for (String name : new TreeSet<>(file.stringPropertyNames())) {
      SettingException.check(
          command.findOption("--" + name) != null,
          "%s %s sets '%s', which is no option",
          namedBy,
          named,
          name);
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
