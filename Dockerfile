# Built with the network, run without, by nobody's user: docker build -t ncsi:0.13.2 .
# A build that can be repeated pins the base too: --build-arg BASE=python:3.12-slim@sha256:…
# The workers of Docker and Kubernetes pools need an extra more: --build-arg EXTRAS=dask,lake,office,s3,sdmx,kubernetes
ARG BASE=python:3.12-slim

FROM ${BASE} AS built
ARG EXTRAS=dask,lake,office,s3,sdmx
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY constraints.txt ./
RUN python -m venv /build && /build/bin/pip install -c constraints.txt hatchling
COPY pyproject.toml README.md LICENSE ./
COPY ncsi ncsi
COPY flows flows
COPY data/schemas data/schemas
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .
RUN python -m venv /opt/ncsi && /opt/ncsi/bin/pip install -c constraints.txt "$(echo /wheels/*.whl)[${EXTRAS}]"

FROM ${BASE}
LABEL org.opencontainers.image.title="ncsi" org.opencontainers.image.version="0.13.2" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 ncsi \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin ncsi \
 && install --directory --owner=10001 --group=10001 --mode=0750 /srv/ncsi
COPY --from=built /opt/ncsi /opt/ncsi
COPY --chmod=0755 deploy/with-secrets /usr/local/bin/with-secrets
ENV PATH=/opt/ncsi/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 DO_NOT_TRACK=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false PREFECT_LOGGING_LEVEL=CRITICAL PREFECT_SERVER_LOGGING_LEVEL=CRITICAL \
    PREFECT_RESULTS_PERSIST_BY_DEFAULT=false
USER 10001:10001
WORKDIR /srv/ncsi
ENTRYPOINT ["with-secrets"]
CMD ["ncsi", "--help"]
