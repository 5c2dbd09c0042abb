package tech.onceonly.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.LocationProvider;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tech.onceonly.BlockingBridge;
import tech.onceonly.DeliveryGuard;
import tech.onceonly.GuardOptions;

/** Holds every arrow of the design: who may import whom, and what nobody may do. */
@AnalyzeClasses(locations = ArchitectureTest.Products.class)
class ArchitectureTest {

  private static final String[] ALWAYS = {
    "java..", "javax.net.ssl..", "org.slf4j", "org.jspecify.."
  };

  /** The modules that ship, as they stand on the class path; not the tests and the demo. */
  static final class Products implements LocationProvider {
    @Override
    public Set<Location> get(Class<?> testClass) {
      return Stream.of(
              "tech/onceonly/DeliveryGuard.class",
              "tech/onceonly/kafka/package-info.class",
              "tech/onceonly/jms/package-info.class",
              "tech/onceonly/spring/boot/package-info.class",
              "tech/onceonly/server/package-info.class")
          .map(Products::locationOf)
          .collect(Collectors.toSet());
    }

    private static Location locationOf(String resource) {
      String url = ArchitectureTest.class.getClassLoader().getResource(resource).toString();
      String root = url.substring(0, url.length() - resource.length());
      return Location.of(java.net.URI.create(root));
    }
  }

  @ArchTest
  static final ArchRule CORE_KNOWS_NO_BROKER_AND_NO_HTTP =
      classes()
          .that()
          .resideInAPackage("tech.onceonly")
          .should()
          .onlyDependOnClassesThat(resideInAnyPackage(with("tech.onceonly")));

  @ArchTest
  static final ArchRule ONLY_THE_CLIENT_KNOWS_VERTX_AND_JACKSON =
      classes()
          .that()
          .resideInAPackage("tech.onceonly.client..")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  with(
                      "tech.onceonly",
                      "tech.onceonly.client..",
                      "io.vertx..",
                      "io.netty..",
                      "com.fasterxml.jackson..")));

  @ArchTest
  static final ArchRule METRICS_KNOW_CORE_AND_MICROMETER =
      classes()
          .that()
          .resideInAPackage("tech.onceonly.metrics..")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  with(
                      "tech.onceonly",
                      "tech.onceonly.metrics",
                      "io.micrometer.core..",
                      "io.micrometer.observation..")));

  @ArchTest
  static final ArchRule ONLY_METRICS_KNOW_MICROMETER =
      noClasses()
          .that()
          .resideOutsideOfPackages("tech.onceonly.metrics..", "tech.onceonly.spring.boot..")
          .and()
          .haveNameNotMatching("tech\\.onceonly\\.server\\.PrometheusMetrics.*")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.micrometer..");

  @ArchTest
  static final ArchRule KAFKA_KNOWS_CORE_AND_KAFKA_CLIENTS =
      classes()
          .that()
          .resideInAPackage("tech.onceonly.kafka")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  with(
                      "tech.onceonly",
                      "tech.onceonly.client",
                      "tech.onceonly.kafka",
                      "org.apache.kafka.clients..",
                      "org.apache.kafka.common..")));

  @ArchTest
  static final ArchRule JMS_KNOWS_CORE_AND_JAKARTA_MESSAGING =
      classes()
          .that()
          .resideInAPackage("tech.onceonly.jms")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  with(
                      "tech.onceonly",
                      "tech.onceonly.client",
                      "tech.onceonly.jms",
                      "jakarta.jms..")));

  @ArchTest
  static final ArchRule ONLY_JMS_KNOWS_JAKARTA_MESSAGING =
      noClasses()
          .that()
          .resideOutsideOfPackage("tech.onceonly.jms..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jakarta.jms..");

  @ArchTest
  static final ArchRule SPRING_KAFKA_KNOWS_KAFKA_AND_NO_BOOT =
      noClasses()
          .that()
          .resideInAPackage("tech.onceonly.kafka.spring..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "org.springframework.boot..",
                  "tech.onceonly.spring..",
                  "tech.onceonly.jms..",
                  "tech.onceonly.client.."));

  @ArchTest
  static final ArchRule SPRING_JMS_KNOWS_JMS_AND_NO_BOOT =
      noClasses()
          .that()
          .resideInAPackage("tech.onceonly.jms.spring..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(
                  "org.springframework.boot..",
                  "tech.onceonly.spring..",
                  "tech.onceonly.kafka..",
                  "tech.onceonly.client.."));

  @ArchTest
  static final ArchRule SPRING_STANDS_IN_PACKAGES_OF_ITS_OWN =
      noClasses()
          .that()
          .resideOutsideOfPackages("tech.onceonly..spring..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.springframework..");

  @ArchTest
  static final ArchRule THE_SERVER_SHARES_NO_CLASS_WITH_ANYONE =
      noClasses()
          .that()
          .resideInAPackage("tech.onceonly.server..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("tech.onceonly..")
                  .and(not(resideInAnyPackage("tech.onceonly.server.."))));

  @ArchTest
  static final ArchRule ONLY_THE_TEST_KIT_KNOWS_JUNIT =
      noClasses()
          .that()
          .resideOutsideOfPackage("tech.onceonly.server.junit")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.junit..", "org.opentest4j..");

  @ArchTest
  static final ArchRule THE_TEST_KIT_KNOWS_THE_SERVERS_PUBLIC_FACE_AND_JUNIT =
      classes()
          .that()
          .resideInAPackage("tech.onceonly.server.junit")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                  with("tech.onceonly.server", "tech.onceonly.server.junit", "org.junit..")));

  @ArchTest
  static final ArchRule NOBODY_IMPORTS_THE_SERVER =
      noClasses()
          .that()
          .resideOutsideOfPackage("tech.onceonly.server..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("tech.onceonly.server..");

  @ArchTest
  static final ArchRule NO_CYCLES = slices().matching("tech.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule PACKAGES_ARE_NAMED_BY_THEIR_DUTY =
      noClasses()
          .should()
          .resideInAnyPackage("..impl..", "..util..", "..utils..", "..common..", "..helper..");

  @ArchTest
  static final ArchRule WAITING_HAPPENS_IN_THE_BRIDGE =
      noClasses()
          .that(not(belongToAnyOf(BlockingBridge.class)))
          .and()
          // The server's wiring waits for itself to start and to stop.
          .resideOutsideOfPackage("tech.onceonly.server..")
          .should()
          .callMethodWhere(
              target(nameMatching("get|join|sleep|await"))
                  .and(
                      target(
                          owner(
                              assignableTo(Future.class)
                                  .or(belongToAnyOf(Thread.class, TimeUnit.class))
                                  .or(assignableTo(CountDownLatch.class))))));

  @ArchTest
  static final ArchRule TIME_AND_CHANCE_COME_FROM_WIRING =
      noClasses()
          .that(not(wiring()))
          .should()
          .accessTargetWhere(
              com.tngtech.archunit.core.domain.JavaAccess.Predicates.target(
                      nameMatching("currentTimeMillis|nanoTime|now|randomUUID|random|system"))
                  .and(
                      com.tngtech.archunit.core.domain.JavaAccess.Predicates.target(
                          owner(
                              belongToAnyOf(
                                  System.class,
                                  Math.class,
                                  java.util.UUID.class,
                                  java.time.Instant.class,
                                  java.time.Clock.class)))))
          .orShould()
          .dependOnClassesThat(assignableTo(Random.class));

  @ArchTest
  static final ArchRule NO_MUTABLE_STATICS =
      fields().that().areStatic().and(not(synthetic())).should().beFinal();

  /** Where the real clock and real randomness are handed in. */
  private static DescribedPredicate<JavaClass> wiring() {
    return belongToAnyOf(GuardOptions.class, DeliveryGuard.class)
        .or(
            DescribedPredicate.describe(
                "wiring",
                javaClass ->
                    javaClass
                        .getName()
                        .matches(
                            "tech\\.onceonly\\.(client\\.(ClientOptions|RequestIds)|kafka\\.(InterceptorWiring|KafkaOptions)|jms\\.JmsOptions"
                                + "|server\\.(ServerMain|ServerOptions|OnceOnlyServer|RandomIds))(\\$.*)?")));
  }

  private static DescribedPredicate<JavaField> synthetic() {
    return DescribedPredicate.describe(
        "synthetic", field -> field.getModifiers().contains(JavaModifier.SYNTHETIC));
  }

  private static String[] with(String... more) {
    return Stream.concat(Stream.of(ALWAYS), Stream.of(more)).toArray(String[]::new);
  }
}
