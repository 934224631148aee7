# Both by tag for whoever builds it by hand; the release workflow gives digests, which it resolves and records.
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

# The bundle is the same on every platform: it is made once, on the one that builds.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No package's own script is needed for a build.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts/build.ts scripts/lateModules.ts scripts/check-node.mjs scripts/
COPY src src
RUN npm run build

FROM ${RUNTIME_IMAGE}
ARG VERSION=
ARG REVISION=
ARG CREATED=
# https://github.com/opencontainers/image-spec/blob/main/annotations.md
LABEL org.opencontainers.image.title="image-proxy-webhook" \
      org.opencontainers.image.description="Points private images at a licensed proxy registry and leaves public ones alone" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.url="https://github.com/image-proxy-webhook/image-proxy-webhook" \
      org.opencontainers.image.source="https://github.com/image-proxy-webhook/image-proxy-webhook" \
      org.opencontainers.image.documentation="https://github.com/image-proxy-webhook/image-proxy-webhook/blob/main/README.md" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
# libuv's threads read files, write the log and look up the API server's name: a slow one must not hold up the others. glibc
# would keep what is freed, for each thread and up to pieces of 32 MiB: the memory of bodies that are long gone.
ENV NODE_ENV=production UV_THREADPOOL_SIZE=16 MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072
WORKDIR /app
# package.json says that the bundle consists of ES modules.
COPY --from=build /build/package.json /build/dist/ ./
USER 65532:65532
EXPOSE 8443 9090
# By default V8 lets garbage grow to several times of all that is kept, and starts with a room for new objects so small that it
# is collected five times before the first answer. No compile cache (NODE_COMPILE_CACHE) is made here: V8 takes it only where the
# CPU has the features of the one that it was made on, and it would win a twelfth of the start.
ENTRYPOINT ["/nodejs/bin/node", "--min-semi-space-size=8", "--max-semi-space-size=8", "--heap-growing-percent=10", "/app/main.js"]
CMD ["serve"]
