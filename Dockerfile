# One static binary in an empty image: no shell, no package manager, not root.
#
#   docker build -t soloprint .
#   docker run -p 8080:8080 -v soloprint:/data soloprint

FROM golang:1.26-bookworm AS build
WORKDIR /src

# Dependencies first: this layer changes only with go.mod.
COPY go.mod go.sum ./
RUN go mod download

# Generated code is committed, so nothing is generated here.
COPY soloprint.go CHANGELOG.md ./
COPY cmd cmd
COPY ent ent
COPY graph graph
COPY internal internal
COPY jobs jobs
COPY rest rest
COPY web web

# Without cgo the binary is static, and Go's own resolver is used: the guard on outgoing requests relies on it.
ARG VERSION=0.1.0-dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X github.com/soloprint/soloprint.Version=$VERSION" -o /out/soloprint ./cmd/soloprint \
 && mkdir -p /out/data /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/share/zoneinfo.zip
COPY --from=build --chown=65532:65532 /out/data /data
COPY --from=build --chown=65532:65532 /out/tmp /tmp
COPY --from=build /out/soloprint /soloprint

ENV ZONEINFO=/usr/share/zoneinfo.zip \
    SOLOPRINT_ADDR=:8080 \
    SOLOPRINT_DATA=/data
USER 65532:65532
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/soloprint"]
CMD ["serve"]
