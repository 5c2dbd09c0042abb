/**
 * Spring Kafka: listeners that run once.
 *
 * <p>{@link tech.onceonly.kafka.spring.OnceOnlySpringKafka} is the way in. It stands around the
 * listener, inside the check of a retry topic's delay, and composes with the interceptors, filters
 * and error handlers that are there: it publishes no bean of a kind that Spring Boot takes only
 * where it is the one.
 */
@NullMarked
package tech.onceonly.kafka.spring;

import org.jspecify.annotations.NullMarked;
