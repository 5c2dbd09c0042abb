package tech.onceonly;

/** Why no answer could be relied on. The wire's word is what the API's SDKs report. */
public enum OutageReason {
  /** No answer in time, header or body. */
  TIMEOUT("timeout"),
  /** Refused, reset, unknown host, or the client was closed. */
  REQUEST_ERROR("request_error"),
  /** A status of 500 to 599. */
  API_5XX("api_5xx"),
  /** An answer without a verdict: something else answered, not the API. */
  MALFORMED("malformed"),
  /** Not asked, because the calls before failed: the circuit breaker is open. */
  CIRCUIT_OPEN("circuit_open"),
  /** Not asked, because the budget of the poll was spent. */
  BUDGET_SPENT("budget_spent");

  private final String word;

  OutageReason(String word) {
    this.word = word;
  }

  /** In lower case with underscores, as a metric's tag and in a log. */
  public String word() {
    return word;
  }
}
