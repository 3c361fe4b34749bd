# Both images, without a base image. `make image-files` makes what is copied here:
# nothing is run during a build, so either architecture builds on any machine.

# For a CronJob: the plugin and the CAs that it trusts when it is given none.
FROM scratch AS vaultseal
ARG TARGETARCH
ARG VERSION=unknown
LABEL org.opencontainers.image.title="vaultseal" \
      org.opencontainers.image.description="Kubernetes Secrets as Vault Transit ciphertext: the plugin alone" \
      org.opencontainers.image.source="https://github.com/vaultseal/kubectl-vaultseal" \
      org.opencontainers.image.licenses="Apache-2.0 AND BSD-3-Clause AND ISC AND MIT AND MPL-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY dist/linux-$TARGETARCH/vaultseal/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/kubectl-vaultseal"]

# For a CI job, whose runner starts a shell: kubectl and busybox besides.
FROM vaultseal AS vaultseal-ci
ARG TARGETARCH
LABEL org.opencontainers.image.title="vaultseal-ci" \
      org.opencontainers.image.description="Kubernetes Secrets as Vault Transit ciphertext: the plugin, kubectl and a shell" \
      org.opencontainers.image.licenses="Apache-2.0 AND BSD-2-Clause AND BSD-3-Clause AND ISC AND MIT AND MPL-2.0 AND GPL-2.0-only AND LGPL-2.1-or-later"
COPY dist/linux-$TARGETARCH/ci/ /
COPY --chown=65532:65532 dist/linux-$TARGETARCH/home/ /home/
ENV PATH=/usr/local/bin:/bin HOME=/home/vaultseal
ENTRYPOINT []
CMD ["/bin/sh"]
