package tech.onceonly.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Directories that live as long as what works in them. */
final class TemporaryDirectory {

  private static final int ATTEMPTS = 5;

  private TemporaryDirectory() {}

  static Path create(String prefix) {
    try {
      return Files.createTempDirectory(prefix);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes with all content; what is gone already is no fault. */
  static void delete(Path directory) {
    for (int attempt = 1; ; attempt++) {
      try {
        deleteOnce(directory);
        return;
      } catch (UncheckedIOException | IOException e) {
        // Someone else may be deleting the same tree, or still be writing its last file.
        if (attempt == ATTEMPTS) {
          throw new IllegalStateException("Cannot delete " + directory, e);
        }
      }
    }
  }

  private static void deleteOnce(Path directory) throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> tree = Files.walk(directory)) {
      deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException e) {
      // Gone already, which is what was asked for.
      return;
    }
    for (Path path : deepestFirst) {
      Files.deleteIfExists(path);
    }
  }
}
