package tech.onceonly.demo;

import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;

/** Tells what is wrong with a command's options in two lines: all of them would bury it. */
public final class UsageErrors implements IParameterExceptionHandler {
  @Override
  public int handleParseException(ParameterException fault, String[] arguments) {
    CommandLine command = fault.getCommandLine();
    command.getErr().println("error: " + fault.getMessage());
    command
        .getErr()
        .println(command.getCommandSpec().qualifiedName() + " --help tells the options");
    command.getErr().flush();
    return CommandLine.ExitCode.USAGE;
  }
}
