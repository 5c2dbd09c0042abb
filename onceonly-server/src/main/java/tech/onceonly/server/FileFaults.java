package tech.onceonly.server;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Why a file that a setting names can't be read, as people say it. */
final class FileFaults {
  private FileFaults() {}

  static String told(Exception fault) {
    if (fault instanceof NoSuchFileException) {
      return "there is no such file";
    }
    if (fault instanceof AccessDeniedException) {
      return "this user may not read it";
    }
    if (fault instanceof CharacterCodingException) {
      return "it is not in UTF-8";
    }
    return fault instanceof IOException && fault.getMessage() != null
        ? fault.getMessage()
        : fault.toString();
  }
}
