# claimferry's images; deploy/README.md says how they are built, used and tried.
#   docker build .                      the four programs, on nothing but the libraries that they load
#   docker build --target sandbox .     the payer in a box; an image of its own, because it hands out tokens to anybody
#   docker build --target test .        runs the tests
#   docker build --target sbom -o . .   the list of what is inside, as a file

# Pinned by Debian's date. Give a digest (debian@sha256:…) where a registry's word for a tag is not enough.
ARG BASE=docker.io/library/debian:bookworm-20250520-slim

FROM ${BASE} AS tools
WORKDIR /src
COPY deploy/install-deps.sh deploy/
# upgrade: the libraries that are copied out below are as new as Debian's archive, however old the base is.
RUN apt-get -q update \
  && DEBIAN_FRONTEND=noninteractive apt-get -q -y upgrade \
  && DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends \
    ca-certificates openssl python3-minimal \
  && deploy/install-deps.sh \
  && apt-get clean && rm -rf /var/lib/apt/lists/*

FROM tools AS test
# Another command tries a part: --build-arg TESTS='cmake --preset dev && …'.
ARG TESTS=tests/run.sh
COPY . .
RUN --mount=type=cache,id=claimferry-ccache,target=/var/cache/ccache \
  CCACHE_DIR=/var/cache/ccache bash -euo pipefail -c "$TESTS"

FROM tools AS build
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY common common
COPY worker worker
COPY scheduler scheduler
COPY tests tests
RUN --mount=type=cache,id=claimferry-ccache,target=/var/cache/ccache \
  export CCACHE_DIR=/var/cache/ccache \
  && cmake --preset release -DCLAIMFERRY_BENCH=OFF \
  && cmake --build --preset release --target \
    claimferry claimferry-worker claimferry-scheduler claimferry-enroll claimferry-sandbox \
  && ninja -C build/release -t deps >build/release/headers \
  && ccache --show-stats

FROM build AS roots
ARG VERSION=0.1.0
ARG REVISION=unknown
COPY LICENSE ./
COPY deploy/image-root.sh deploy/sbom.py deploy/
RUN deploy/image-root.sh --version "$VERSION" --revision "$REVISION" --name claimferry --root /root/runtime \
    claimferry claimferry-worker claimferry-scheduler claimferry-enroll \
  && deploy/image-root.sh --version "$VERSION" --revision "$REVISION" --name claimferry-sandbox --root /root/sandbox \
    claimferry-sandbox

FROM scratch AS sbom
COPY --from=roots /root/runtime/usr/share/claimferry/sbom.cdx.json /

FROM scratch AS sandbox
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="claimferry-sandbox" \
  org.opencontainers.image.description="A payer in a box for claimferry: for tests, never for members' data" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
COPY --from=roots /root/sandbox /
COPY --from=roots --chown=65532:65532 /root/sandbox.owned /var/lib
ENV PATH=/usr/local/bin
USER 65532:65532
WORKDIR /var/lib/claimferry
ENTRYPOINT ["/usr/local/bin/claimferry-sandbox"]

FROM scratch AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="claimferry" \
  org.opencontainers.image.description="Carries members' insurance claims from a payer's API into your database" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
COPY --from=roots /root/runtime /
COPY --from=roots --chown=65532:65532 /root/runtime.owned /var/lib
ENV PATH=/usr/local/bin CLAIMFERRY_CONFIG=/etc/claimferry/claimferry.toml
USER 65532:65532
WORKDIR /var/lib/claimferry
# One image, four programs: the command names which. They heed SIGTERM as process 1 without an init beside them.
CMD ["claimferry", "--help"]
