package tech.onceonly.jms.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.GeneratedFiles.Kind;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;
import org.springframework.jms.annotation.EnableJms;
import org.springframework.jms.config.JmsListenerEndpointRegistry;

/** What is prepared ahead of time; no native image is built. */
class NativeProxyTest {

  private static final String PROXY =
      JmsListenerEndpointRegistry.class.getName().replace('.', '/') + "$$SpringCGLIB$$0.class";

  @Configuration(proxyBeanMethods = false)
  @EnableJms
  static class Application {
    @Bean
    static OnceOnlyJmsContainerPostProcessor onceOnly(ObjectProvider<OnceOnlySpringJms> onceOnly) {
      return new OnceOnlyJmsContainerPostProcessor(onceOnly::getObject);
    }
  }

  @Test
  void theClassThatTheRegistryIsProxiedByIsMadeAheadOfTime() {
    InMemoryGeneratedFiles files = new InMemoryGeneratedFiles();
    DefaultGenerationContext generation =
        new DefaultGenerationContext(
            new ClassNameGenerator(ClassName.get("tech.onceonly.generated", "Application")), files);
    AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    context.register(Application.class);

    new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
    generation.writeGeneratedContent();

    assertThat(files.getGeneratedFiles(Kind.CLASS)).containsKey(PROXY);
  }
}
