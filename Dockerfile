# The mock upstream alone: no LiteLLM, no shell script, a user without rights.
#
#   docker build -t mock-upstream .
#   docker run --rm -p 127.0.0.1:8080:8080 mock-upstream --profile gateway
#   docker run --rm -p 127.0.0.1:8080:8080 -e MOCK_TOKEN mock-upstream --control-token-env MOCK_TOKEN
#
# Inside it listens on every address, so the control API is off, health excepted, unless a variable
# with a token is named. What stands behind the image's name are options of `mock-upstream serve`.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY claude_code_proxy ./claude_code_proxy
COPY common ./common
COPY conformance ./conformance
COPY mock_upstream ./mock_upstream
RUN python -m venv /opt/mock && /opt/mock/bin/pip install --no-cache-dir --quiet .

FROM python:3.13-slim
COPY --from=build /opt/mock /opt/mock
ENV PATH=/opt/mock/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /mock
EXPOSE 8080
# It drains: no new connection, and running replies get `--grace` seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
    CMD ["python", "-c", "import http.client as c; m = c.HTTPConnection('127.0.0.1', 8080, timeout=2); m.request('GET', '/_mock/health'); raise SystemExit(m.getresponse().status != 200)"]
ENTRYPOINT ["mock-upstream", "serve", "--host", "0.0.0.0", "--port", "8080"]
