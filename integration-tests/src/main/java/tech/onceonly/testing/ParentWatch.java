package tech.onceonly.testing;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Runs a main class for as long as the process that started this one lives.
 *
 * <p>The parent holds the other end of standard input and never writes: the end of the stream means
 * that the parent is gone, be it by {@code kill -9}, and then this process halts. So no test leaves
 * an orphan behind.
 *
 * <p>Stands alone, without any other class of the project: {@link JavaProcess} lends this one class
 * to processes whose class path holds nothing of ours.
 */
public final class ParentWatch {

  /** None that a signal or an exception gives. */
  private static final int ORPHANED = 99;

  private ParentWatch() {}

  /** Takes the name of the main class and its arguments. */
  public static void main(String[] arguments) throws Throwable {
    Thread watch = new Thread(ParentWatch::haltAtEndOfInput, "parent-watch");
    watch.setDaemon(true);
    watch.start();
    Method main = Class.forName(arguments[0]).getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    try {
      main.invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void haltAtEndOfInput() {
    try {
      drain(System.in);
    } catch (IOException e) {
      // As good as the end of the stream: nobody holds the other end any more.
    }
    Runtime.getRuntime().halt(ORPHANED);
  }

  private static void drain(InputStream in) throws IOException {
    byte[] unused = new byte[64];
    while (in.read(unused) >= 0) {
      // Nobody writes here; what arrives means nothing.
    }
  }
}
