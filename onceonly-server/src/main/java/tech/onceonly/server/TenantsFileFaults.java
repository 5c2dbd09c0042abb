package tech.onceonly.server;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What of a tenants file is not as it should be, where, and the mend. Jackson's own words stay out,
 * for they show what stands there, which may be an API key in clear.
 */
final class TenantsFileFaults {
  private TenantsFileFaults() {}

  /** Without its cause, whose message a stack trace would show. */
  static SettingException explained(Path file, JsonProcessingException fault) {
    return new SettingException(
        "%s file %s%s: %s", Setting.TENANTS, file, placeOf(fault.getLocation()), told(fault));
  }

  private static String placeOf(@Nullable JsonLocation place) {
    return place == null || place.getLineNr() < 1
        ? ""
        : ", line %d, column %d".formatted(place.getLineNr(), place.getColumnNr());
  }

  private static String told(JsonProcessingException fault) {
    if (fault instanceof UnrecognizedPropertyException unknown) {
      return told(unknown);
    }
    List<Reference> path =
        fault instanceof JsonMappingException known ? known.getPath() : List.of();
    if (fault instanceof MismatchedInputException unfit) {
      return path.isEmpty()
          ? "it is not one object alone: give it {\"tenants\": […]}, and nothing after that"
          : textOf(path) + " is not " + kindOf(unfit.getTargetType());
    }
    // The parser's, with what was being read.
    Throwable raw = fault instanceof JsonMappingException ? fault.getCause() : fault;
    if (raw instanceof InputCoercionException) {
      return textOf(path) + " has a number that is too large";
    }
    String within = path.isEmpty() ? "it " : "in " + textOf(path) + " it ";
    return raw instanceof JsonEOFException
        ? within + "ends too early: close what is open, with ], } or \""
        : within + "is no JSON: look there for a comma, quote or bracket that lacks or is too many";
  }

  private static String told(UnrecognizedPropertyException unknown) {
    List<Reference> path = unknown.getPath();
    String known =
        unknown.getKnownPropertyIds().stream()
            .map(String::valueOf)
            .sorted()
            .collect(Collectors.joining(", "));
    boolean isOfKey = path.stream().anyMatch(part -> "keys".equals(part.getFieldName()));
    // Whoever takes "keys" for a map has an API key there.
    return "%s has a field%s that is none of %s"
        .formatted(
            textOf(path.subList(0, path.size() - 1)),
            isOfKey ? "" : " '" + unknown.getPropertyName() + "'",
            known);
  }

  private static String textOf(List<Reference> path) {
    StringBuilder text = new StringBuilder();
    for (Reference part : path) {
      if (part.getFieldName() == null) {
        text.append('[').append(part.getIndex()).append(']');
      } else {
        text.append(text.isEmpty() ? "" : ".").append(part.getFieldName());
      }
    }
    return text.isEmpty() ? "it" : text.toString();
  }

  private static String kindOf(@Nullable Class<?> type) {
    if (type == null) {
      return "what it should be";
    }
    if (Number.class.isAssignableFrom(type)) {
      return "a whole number";
    }
    if (type == String.class) {
      return "a text in quotes";
    }
    return Collection.class.isAssignableFrom(type) ? "a list, […]" : "an object, {…}";
  }
}
