package tech.onceonly.server;

import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/**
 * Tells why the command can't run, in two lines at most: all options after it would have the error
 * scroll away.
 */
final class CommandErrors implements IParameterExceptionHandler, IExecutionExceptionHandler {
  private final Configuration configuration;

  CommandErrors(Configuration configuration) {
    this.configuration = configuration;
  }

  /** What was wrong with the command's settings, and where they are explained. */
  static int tell(CommandLine command, String message) {
    command.getErr().println("error: " + message);
    command
        .getErr()
        .println(command.getCommandSpec().qualifiedName() + " --help tells the options");
    command.getErr().flush();
    return CommandLine.ExitCode.USAGE;
  }

  @Override
  public int handleParseException(ParameterException fault, String[] arguments) {
    ArgSpec argument = fault.getArgSpec();
    // Picocli names the option, wherever its value came from.
    String message =
        argument != null && fault.getCause() instanceof TypeConversionException unfit
            ? configuration.nameOf(argument) + " " + unfit.getMessage()
            : String.valueOf(fault.getMessage());
    return tell(fault.getCommandLine(), message);
  }

  @Override
  public int handleExecutionException(Exception fault, CommandLine command, ParseResult parsed)
      throws Exception {
    // That the address can't be had is found out by the server as it starts.
    Throwable cause = fault instanceof ServerException ? fault.getCause() : fault;
    if (cause instanceof SettingException wrong) {
      return tell(command, wrong.told(configuration::nameOf));
    }
    if (!(fault instanceof ServerException)) {
      throw fault;
    }
    command.getErr().println("error: " + fault.getMessage());
    return CommandLine.ExitCode.SOFTWARE;
  }
}
