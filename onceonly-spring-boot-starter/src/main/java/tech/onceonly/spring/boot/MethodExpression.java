package tech.onceonly.spring.boot;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.expression.EvaluationContext;
import org.springframework.expression.EvaluationException;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.CompoundExpression;
import org.springframework.expression.spel.ast.FunctionReference;
import org.springframework.expression.spel.ast.Indexer;
import org.springframework.expression.spel.ast.Projection;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.Selection;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/**
 * An expression of a method's annotation. What can be seen to be wrong in it without a call is
 * refused when it is parsed. Immutable and thread-safe.
 */
final class MethodExpression {

  private static final SpelExpressionParser PARSER = new SpelExpressionParser();
  private static final DefaultParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

  private final String what;
  private final SpelExpression expression;

  private MethodExpression(String what, SpelExpression expression) {
    this.what = what;
    this.expression = expression;
  }

  /**
   * Parses what an attribute says.
   *
   * @throws StartRefusedException naming the method and the mend
   */
  static MethodExpression parse(String attribute, String text, Method method, String shown) {
    String what = "the " + attribute + " of " + shown + ", \"" + text + "\",";
    try {
      SpelExpression expression = PARSER.parseRaw(text);
      new Check(what, method).node(expression.getAST(), true);
      return new MethodExpression(what, expression);
    } catch (ParseException e) {
      throw new StartRefusedException(
          what + " is no SpEL expression: " + e.getMessage(),
          "Mend the expression. A text that stands for itself is quoted: 'nightly'.",
          e);
    }
  }

  /** What it comes to for this call. */
  @Nullable Object value(EvaluationContext call) {
    try {
      return expression.getValue(call);
    } catch (EvaluationException e) {
      throw new IllegalArgumentException(what + " can't be evaluated: " + e.getMessage(), e);
    }
  }

  /** Why this value will not do; the method must not run. */
  IllegalArgumentException refused(String why) {
    return new IllegalArgumentException(what + " " + why + "; the method was not run");
  }

  /** Which names an expression may use. */
  private record Check(String what, Method method) {

    private static final Set<String> OF_THE_CALL =
        Set.of("target", "targetClass", "method", "args");

    /**
     * @param onCall whether a bare name means what belongs to the call
     */
    void node(SpelNode node, boolean onCall) {
      if (node instanceof FunctionReference) {
        throw refused(
            "calls a function", "There are none: call a bean's method, @name.method(..).");
      }
      if (node instanceof VariableReference) {
        variable(node.toStringAST().substring(1));
      }
      if (node instanceof PropertyOrFieldReference property && onCall) {
        property(property.getName());
      }
      boolean inside =
          node instanceof Projection || node instanceof Selection || node instanceof Indexer;
      for (int i = 0; i < node.getChildCount(); i++) {
        boolean first = i == 0 || !(node instanceof CompoundExpression);
        node(node.getChild(i), onCall && first && !inside);
      }
    }

    private void variable(String name) {
      int count = method.getParameterCount();
      if (name.equals("root") || name.equals("this") || isNumbered(name, count)) {
        return;
      }
      @Nullable String[] names = NAMES.getParameterNames(method);
      if (names == null) {
        throw refused(
            "names the parameter #" + name + ", and the class was compiled without names",
            "Compile with -parameters, or write #a0 for the first parameter.");
      }
      if (!Arrays.asList(names).contains(name)) {
        throw refused(
            "names #" + name + ", and the method has no such parameter",
            "Its parameters are " + List.of(names) + ".");
      }
    }

    private void property(String name) {
      if (!OF_THE_CALL.contains(name)) {
        throw refused(
            "names " + name + ", which no call has",
            "A parameter is written #" + name + ", a text '" + name + "'.");
      }
    }

    private static boolean isNumbered(String name, int count) {
      if (!name.matches("[ap]\\d{1,3}")) {
        return false;
      }
      return Integer.parseInt(name.substring(1)) < count;
    }

    private StartRefusedException refused(String why, String mend) {
      return new StartRefusedException(what + " " + why + ".", mend, null);
    }
  }
}
