package tech.onceonly.client;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One Vert.x for all clients of the JVM: made with the first, closed with the last. */
final class SharedVertx {

  static final SharedVertx OF_THE_JVM = new SharedVertx(SharedVertx::daemonVertx);

  private final Supplier<Vertx> factory;
  private @Nullable Vertx vertx;
  private int users;

  SharedVertx(Supplier<Vertx> factory) {
    this.factory = factory;
  }

  synchronized Vertx acquire() {
    Vertx shared = vertx;
    if (shared == null) {
      shared = factory.get();
      vertx = shared;
    }
    users++;
    return shared;
  }

  synchronized void release() {
    users--;
    Vertx shared = vertx;
    if (users == 0 && shared != null) {
      vertx = null;
      shared.close();
    }
  }

  private static Vertx daemonVertx() {
    return Vertx.vertx(
        new VertxOptions()
            .setUseDaemonThread(true)
            // The client reads no files through Vert.x: no cache folder is left behind.
            .setFileSystemOptions(
                new FileSystemOptions()
                    .setFileCachingEnabled(false)
                    .setClassPathResolvingEnabled(false)));
  }
}
