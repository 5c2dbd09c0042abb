# The server, and with --target demo the demo. Both are built from these sources; the base images may be replaced:
# docker build --build-arg JDK_IMAGE=... --build-arg JRE_IMAGE=... .
ARG JDK_IMAGE=eclipse-temurin:17.0.15_6-jdk-jammy
ARG JRE_IMAGE=eclipse-temurin:17.0.15_6-jre-jammy

FROM ${JDK_IMAGE} AS sources
WORKDIR /src
COPY . .

FROM sources AS demo-build
RUN ./mvnw -B -q -Dmaven.test.skip=true -Dspotless.check.skip=true -pl integration-tests -am package \
      dependency:copy-dependencies -DincludeScope=runtime \
    && mkdir /app \
    && cp integration-tests/target/integration-tests-*.jar integration-tests/target/dependency/*.jar /app/

FROM sources AS server-build
RUN ./mvnw -B -q -Dmaven.test.skip=true -Dspotless.check.skip=true -pl onceonly-server -am package \
      dependency:copy-dependencies -DincludeScope=runtime \
    && mkdir /app \
    && cp onceonly-server/target/onceonly-server-*.jar onceonly-server/target/dependency/*.jar /app/

FROM ${JRE_IMAGE} AS demo
RUN useradd --system --uid 10001 --user-group --create-home onceonly
COPY --from=demo-build /app /app
USER 10001:10001
ENTRYPOINT ["java", "-cp", "/app/*", "tech.onceonly.demo.DemoMain"]

FROM ${JRE_IMAGE} AS server
# What is mounted on /data takes over its owner where it is a new volume; a directory of the host's must be writable to 10001.
RUN useradd --system --uid 10001 --user-group onceonly && install -d -o 10001 -g 10001 /data
COPY --from=server-build /app /app
USER 10001:10001
ENV ONCEONLY_HOST=0.0.0.0 ONCEONLY_PORT=8080 ONCEONLY_STORE=rocksdb:/data
VOLUME /data
EXPOSE 8080
# Bash alone, since base images have no client of HTTP in common. With TLS give a check of your own.
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$ONCEONLY_PORT && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["java", "-cp", "/app/*", "tech.onceonly.server.ServerMain"]
