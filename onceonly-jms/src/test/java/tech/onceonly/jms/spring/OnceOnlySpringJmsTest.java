package tech.onceonly.jms.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jms.listener.AbstractMessageListenerContainer;
import org.springframework.jms.listener.DefaultMessageListenerContainer;
import org.springframework.jms.listener.SimpleMessageListenerContainer;
import org.springframework.jms.listener.adapter.MessageListenerAdapter;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import tech.onceonly.GuardEvents;
import tech.onceonly.client.ClientOptions;
import tech.onceonly.client.OnceOnlyClient;
import tech.onceonly.jms.JmsOptions;
import tech.onceonly.server.junit.OnceOnlyServerExtension;

/** What is found out about a container before it starts. */
class OnceOnlySpringJmsTest {

  private static final MessageListener LISTENER = message -> {};

  @RegisterExtension final OnceOnlyServerExtension server = new OnceOnlyServerExtension();

  private OnceOnlyClient client;
  private OnceOnlySpringJms onceOnly;

  @AfterEach
  void close() {
    if (onceOnly != null) {
      onceOnly.close();
      client.close();
    }
  }

  @Test
  void protectingTwiceIsOnce() {
    OnceOnlySpringJms protection = protection(builder -> builder);
    DefaultMessageListenerContainer container = queue(new DefaultMessageListenerContainer());
    container.setSessionTransacted(true);
    protection.protect(container, "charges");
    Object once = container.getMessageListener();
    protection.protect(container, "charges");
    assertThat(once).isInstanceOf(GuardedJmsListener.class);
    assertThat(container.getMessageListener()).isSameAs(once);
  }

  @Test
  void aTransactedContainerKeepsItsConsumersThoughItsEndIsObserved() {
    DefaultMessageListenerContainer container = queue(new DefaultMessageListenerContainer());
    container.setSessionTransacted(true);
    protection(builder -> builder).protect(container, "charges");
    assertThat(container.getCacheLevel()).isEqualTo(DefaultMessageListenerContainer.CACHE_CONSUMER);
    DefaultMessageListenerContainer chosen = queue(new DefaultMessageListenerContainer());
    chosen.setSessionTransacted(true);
    chosen.setCacheLevel(DefaultMessageListenerContainer.CACHE_SESSION);
    onceOnly.protect(chosen, "emails");
    assertThat(chosen.getCacheLevel()).isEqualTo(DefaultMessageListenerContainer.CACHE_SESSION);
  }

  @Test
  void aSubscriptionIsNamedAfterTheListenerAsBefore() {
    DefaultMessageListenerContainer container = topic(new DefaultMessageListenerContainer());
    container.setSubscriptionDurable(true);
    container.setSessionTransacted(true);
    container.setMessageListener(LISTENER);
    String before = container.getSubscriptionName();
    protection(builder -> builder).protect(container, "charges");
    assertThat(container.getSubscriptionName()).isEqualTo(before);
    assertThat(((GuardedJmsListener) container.getMessageListener()).getSubscriptionName())
        .isEqualTo(before);
  }

  @Test
  void durableSubscriptionsOfOneNameAndTwoClientsAreTwo() {
    DefaultMessageListenerContainer container = topic(new DefaultMessageListenerContainer());
    container.setSubscriptionDurable(true);
    container.setSubscriptionName("orders");
    assertThat(ListenerSource.of(container, "id", null))
        .isEqualTo(new ListenerSource("rates", "orders"));
    container.setClientId("billing");
    assertThat(ListenerSource.of(container, "id", null))
        .isEqualTo(new ListenerSource("rates", "billing/orders"));
    assertThat(ListenerSource.of(container, "id", "all"))
        .isEqualTo(new ListenerSource("rates", "all"));
  }

  @Test
  void aTransactedSimpleContainerIsRefused() {
    SimpleMessageListenerContainer container = queue(new SimpleMessageListenerContainer());
    container.setSessionTransacted(true);
    assertThatThrownBy(() -> protection(builder -> builder).protect(container, "charges"))
        .hasMessageContaining("charges")
        .hasMessageContaining("DefaultMessageListenerContainer")
        .hasMessageContaining("without(\"charges\")");
    assertThat(container.getMessageListener()).isSameAs(LISTENER);
  }

  @Test
  void aTransactionManagerThatTellsNobodyIsRefused() {
    DefaultMessageListenerContainer container = queue(new DefaultMessageListenerContainer());
    AbstractPlatformTransactionManager silent = new SilentManager();
    container.setTransactionManager(silent);
    assertThatThrownBy(() -> protection(builder -> builder).protect(container, "charges"))
        .hasMessageContaining("transactionSynchronization");
  }

  @Test
  void aTopicWithoutANamedSubscriptionIsRefusedUnlessItIsNamed() {
    DefaultMessageListenerContainer container = topic(new DefaultMessageListenerContainer());
    container.setSessionTransacted(true);
    assertThatThrownBy(() -> protection(builder -> builder).protect(container, "prices"))
        .isInstanceOf(UnprotectableListenerException.class)
        .hasMessageContaining("the setting subscription");
    onceOnly.close();
    protection(builder -> builder.subscription("prices", "this-node")).protect(container, "prices");
    assertThat(container.getMessageListener()).isInstanceOf(GuardedJmsListener.class);
  }

  @Test
  void whoHearsOfDecisionsIsAskedByTheScopeThatTheListenerHasInTheEnd() {
    List<String> scopes = new ArrayList<>();
    OnceOnlySpringJms protection =
        protection(
            builder ->
                builder
                    .listener("emails", options -> options.scope("mail"))
                    .events(
                        scope -> {
                          scopes.add(scope);
                          return GuardEvents.NONE;
                        }));
    for (String id : List.of("charges", "emails")) {
      DefaultMessageListenerContainer container = queue(new DefaultMessageListenerContainer());
      container.setSessionTransacted(true);
      protection.protect(container, id);
    }
    assertThat(scopes).containsExactly("shop", "mail");
  }

  @Test
  void whatLosesMessagesOfItsOwnAccordIsRefusedWhereThatIsAskedFor() {
    DefaultMessageListenerContainer auto = queue(new DefaultMessageListenerContainer());
    protection(builder -> builder).protect(auto, "charges");
    onceOnly.close();
    OnceOnlySpringJms strict = protection(builder -> builder.strict(true));
    for (AbstractMessageListenerContainer container :
        new AbstractMessageListenerContainer[] {
          queue(new DefaultMessageListenerContainer()), queue(new SimpleMessageListenerContainer())
        }) {
      assertThatThrownBy(() -> strict.protect(container, "charges"))
          .hasMessageContaining("sessionTransacted=true");
    }
    DefaultMessageListenerContainer client = queue(new DefaultMessageListenerContainer());
    client.setSessionAcknowledgeMode(Session.CLIENT_ACKNOWLEDGE);
    strict.protect(client, "charges");
  }

  @Test
  void whatIsLeftOutIsLeftAlone() {
    SimpleMessageListenerContainer container = queue(new SimpleMessageListenerContainer());
    container.setSessionTransacted(true);
    protection(builder -> builder.without("audit")).protect(container, "audit");
    assertThat(container.getMessageListener()).isSameAs(LISTENER);
  }

  @Test
  void aContainerWithoutAListenerOrWithoutADestinationIsRefused() {
    OnceOnlySpringJms protection = protection(builder -> builder);
    DefaultMessageListenerContainer none = new DefaultMessageListenerContainer();
    none.setDestinationName("payments");
    assertThatThrownBy(() -> protection.protect(none, "charges"))
        .hasMessageContaining("no message listener");
    DefaultMessageListenerContainer nowhere = new DefaultMessageListenerContainer();
    nowhere.setMessageListener(new MessageListenerAdapter(new Object()));
    assertThatThrownBy(() -> protection.protect(nowhere, "charges"))
        .hasMessageContaining("destinationName");
  }

  @Test
  void aClosedOneProtectsNothing() {
    OnceOnlySpringJms protection = protection(builder -> builder);
    protection.close();
    assertThatThrownBy(
            () -> protection.protect(queue(new DefaultMessageListenerContainer()), "charges"))
        .hasMessageContaining("closed");
  }

  private OnceOnlySpringJms protection(UnaryOperator<OnceOnlySpringJms.Builder> change) {
    if (client == null) {
      client =
          OnceOnlyClient.create(
              ClientOptions.builder()
                  .baseUrl(server.baseUrl().toString())
                  .apiKey(server.apiKey())
                  .build());
    }
    onceOnly =
        change
            .apply(
                OnceOnlySpringJms.builder(
                    () -> JmsOptions.builder().scope("shop").claimService(client.claimService())))
            .build();
    return onceOnly;
  }

  private static <C extends AbstractMessageListenerContainer> C queue(C container) {
    container.setDestinationName("payments");
    container.setMessageListener(LISTENER);
    return container;
  }

  private static <C extends AbstractMessageListenerContainer> C topic(C container) {
    container.setDestinationName("rates");
    container.setPubSubDomain(true);
    container.setMessageListener(LISTENER);
    return container;
  }

  /** Synchronizes nothing. */
  private static final class SilentManager extends AbstractPlatformTransactionManager {
    private static final long serialVersionUID = 1L;

    SilentManager() {
      setTransactionSynchronization(SYNCHRONIZATION_NEVER);
    }

    @Override
    protected Object doGetTransaction() {
      return new Object();
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {}

    @Override
    protected void doCommit(DefaultTransactionStatus status) {}

    @Override
    protected void doRollback(DefaultTransactionStatus status) {}
  }
}
