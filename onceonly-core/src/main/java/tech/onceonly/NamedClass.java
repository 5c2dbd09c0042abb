package tech.onceonly;

import java.lang.reflect.InvocationTargetException;

/** A class of the user's that a setting names. */
final class NamedClass {

  private NamedClass() {}

  /**
   * @param role what it is for, in messages
   * @throws IllegalArgumentException saying what is wrong with it
   */
  static <T> T newInstance(String className, Class<T> type, String role) {
    try {
      ClassLoader context = Thread.currentThread().getContextClassLoader();
      ClassLoader loader = context != null ? context : NamedClass.class.getClassLoader();
      return Class.forName(className, true, loader).asSubclass(type).getConstructor().newInstance();
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(role + " class not found: " + className, e);
    } catch (ClassCastException e) {
      throw new IllegalArgumentException(className + " must implement " + type.getName(), e);
    } catch (NoSuchMethodException | InstantiationException | IllegalAccessException e) {
      throw new IllegalArgumentException(
          className + " must be a public class with a public constructor without arguments", e);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException("the constructor of " + className + " failed", e);
    }
  }
}
