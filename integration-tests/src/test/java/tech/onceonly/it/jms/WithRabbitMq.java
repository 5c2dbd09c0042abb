package tech.onceonly.it.jms;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIf;

/** Runs where {@link RabbitMqServer} can be started; skipped with the reason elsewhere. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIf(
    value = "tech.onceonly.it.jms.RabbitMqServer#isInstalled",
    disabledReason =
        "No rabbitmq-server is installed here (Debian: rabbitmq-server), and -Drabbitmq.server"
            + " names none")
@interface WithRabbitMq {}
