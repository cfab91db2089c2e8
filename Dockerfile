# The server in a container: docs/operations.md, "In a container".
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o bin/prokura ./cmd/prokura
RUN mkdir -p bin/data bin/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/bin/prokura /prokura
COPY --from=build --chown=65532:65532 /src/bin/data /data
COPY --from=build --chown=65532:65532 /src/bin/tmp /tmp
USER 65532:65532
ENV PROKURA_DATA=/data PROKURA_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/prokura"]
CMD ["serve"]
