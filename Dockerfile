# syntax=docker/dockerfile:1

# The runtime image for those who build with Docker. make xpkg assembles an equal
# one without it; see hack/image.
#
# Go compiles for another architecture as well as for its own, so the build stage
# runs on the machine's own.
FROM --platform=${BUILDPLATFORM} golang:1.26.8 AS build
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} \
    go build -trimpath -buildvcs=false -ldflags "-s -w" -o /function ./fn

# Nothing but the binary: it is static, and calls nobody.
FROM scratch
WORKDIR /
COPY --from=build --chmod=0755 /function /function
EXPOSE 9443
# A number, because Kubernetes cannot tell whether a name is root's.
USER 65532:65532
ENTRYPOINT ["/function"]
