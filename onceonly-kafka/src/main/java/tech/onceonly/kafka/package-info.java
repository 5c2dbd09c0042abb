/** Idempotent consumers for Apache Kafka. */
@NullMarked
package tech.onceonly.kafka;

import org.jspecify.annotations.NullMarked;
