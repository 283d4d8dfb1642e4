# The HTTP API alone, for a server. `compose.yaml` starts it with a database; README.md, "The API on a server", says how.

FROM python:3.11-slim AS build
WORKDIR /opt/coresafe
ENV UV_NO_CACHE=1 VIRTUAL_ENV=/opt/venv
COPY pyproject.toml requirements.lock ./
# Of the lock only what serves: neither the tools nor the windows' libraries. Versions and hashes stay those of the lock,
# that of uv, which chooses from it, and those of what builds the project too.
RUN sed -n '/^uv==/,/# via/p' requirements.lock > /tmp/uv.lock \
    && pip install --no-cache-dir --no-deps --require-hashes --requirement /tmp/uv.lock \
    && cp requirements.lock /tmp/server.lock \
    && uv pip compile pyproject.toml --quiet --no-header --generate-hashes --constraint requirements.lock \
        --no-emit-package pyside6-essentials --no-emit-package shiboken6 --no-emit-package pyqtgraph \
        --output-file /tmp/server.lock \
    && python -m venv --without-pip "$VIRTUAL_ENV" \
    && uv pip install --no-deps --require-hashes --only-binary :all: --compile-bytecode --requirement /tmp/server.lock
COPY LICENSE README.md ./
COPY coresafe ./coresafe
COPY migrations ./migrations
COPY resources ./resources
# In place, so that migrations and resources stay where coresafe.paths looks: beside the package.
RUN uv pip install --no-deps --build-constraints requirements.lock --editable . \
    && python -m compileall -q coresafe migrations \
    && chmod -R a+rX .

FROM python:3.11-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/coresafe --shell /usr/sbin/nologin coresafe \
    && install --directory --owner coresafe --group coresafe --mode 0700 /var/lib/coresafe
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/coresafe /opt/coresafe
ENV PATH=/opt/venv/bin:$PATH CORESAFE_HOME=/var/lib/coresafe PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/coresafe
VOLUME /var/lib/coresafe
EXPOSE 8760
STOPSIGNAL SIGTERM
# Not by way of a proxy that the environment may name. A database that is away takes five seconds to be told.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8760/api/v1/health/ready', timeout=8)"]
ENTRYPOINT ["coresafe"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8760"]
