# The broker that the tests start in a JVM of its own, with the settings that the official image takes.
FROM onceonly/demo:0.1.0-SNAPSHOT AS kafka
USER root
COPY kafka-run /etc/kafka/docker/run
RUN useradd --system --uid 1000 --user-group kafka && install -d -o kafka -g kafka /var/lib/kafka/data
USER kafka
VOLUME /var/lib/kafka/data
ENTRYPOINT []
CMD ["/etc/kafka/docker/run"]
