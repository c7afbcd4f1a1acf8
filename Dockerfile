# The gateway. Postgres is elsewhere: docker-compose.yml shows how both go together.

FROM python:3.12-slim AS build
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /srv/bulkhead
COPY requirements.lock ./
RUN pip install --require-hashes --only-binary :all: -r requirements.lock
# An editable install is a path and a command, so it needs no more of the source than that it is there.
COPY pyproject.toml README.md ./
COPY app/__init__.py app/
COPY migrations/__init__.py migrations/
RUN pip install --no-deps --no-build-isolation --editable .

FROM python:3.12-slim
RUN useradd --uid 10001 --no-create-home bulkhead
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/bulkhead
COPY pyproject.toml README.md LICENSE schema.graphql ./
COPY sql sql
COPY migrations migrations
COPY app app
# No .pyc can be written at run time: the source belongs to root.
RUN /opt/venv/bin/python -m compileall -q app migrations
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
USER bulkhead
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
# As an array, so that SIGTERM reaches the server, which lets running requests end.
CMD ["bulkhead", "serve", "--host", "0.0.0.0", "--port", "8000"]
