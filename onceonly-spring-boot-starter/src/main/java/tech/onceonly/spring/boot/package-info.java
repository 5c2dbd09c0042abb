/** Auto-configuration for Spring Boot. */
@NullMarked
package tech.onceonly.spring.boot;

import org.jspecify.annotations.NullMarked;
