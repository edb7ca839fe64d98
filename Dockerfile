# One image for everything that is ours: `wzrd prepare`, `wzrd api`, `wzrd worker`. Servers and files lie elsewhere.
# The code runs as it is checked out: Prefect finds its flows by their module paths.
FROM python:3.13-slim-bookworm AS build
RUN pip install --no-cache-dir "uv>=0.9,<1"
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/app/.venv
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-default-groups --no-install-project
COPY . .
RUN uv sync --frozen --no-default-groups

FROM python:3.13-slim-bookworm
# ffmpeg, fonts and the scratch voice come as Python packages; onnxruntime needs OpenMP of the system.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home wzrd \
    && install -d -o wzrd -g wzrd /data
COPY --from=build --chown=root:root /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH WZRD_HOME=/data WZRD_HOST=0.0.0.0 WZRD_PORT=8787 PYTHONUNBUFFERED=1
USER 10001
VOLUME /data
EXPOSE 8787
ENTRYPOINT ["tini", "--"]
CMD ["wzrd", "api"]
