# Needs BuildKit, as Docker has it since version 23, or buildah. For a release, pin both bases by digest:
# --build-arg NODE_IMAGE=node@sha256:... --build-arg RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13@sha256:...
ARG NODE_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

# The bundle is the same for every platform, so the builder's own makes it, once for all.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /srv
COPY package.json package-lock.json ./
COPY app/package.json app/
# The optional secret is an npmrc for a private registry; it never becomes part of a layer.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --workspace app --include-workspace-root=false --ignore-scripts --no-audit --no-fund
COPY app app
RUN npm run build --workspace app

FROM ${RUNTIME_IMAGE}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="vllm-istio-canary" \
      org.opencontainers.image.description="OpenAI-compatible front of one released model version" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production \
    BUILD_REVISION=${REVISION}
# Where it was built, so that stack traces name the files of the repository.
COPY --from=build /srv/app/dist /srv/app/dist
WORKDIR /srv
# Numeric, so that Kubernetes can check runAsNonRoot. Nothing is written to disk.
USER 65532:65532
EXPOSE 8000 8001
# Arguments of Node, which is the runtime image's entry point.
CMD ["--enable-source-maps", "/srv/app/dist/server.mjs"]
