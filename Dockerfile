# The API, with everything it needs; deploy/README.md says what to set.
FROM python:3.13-slim

RUN pip install --no-cache-dir uv==0.13.9 \
    && useradd --create-home --uid 10001 app \
    && install --directory --owner app --group app /app /data
USER app
WORKDIR /app

# What is installed changes less often than the code, so it is a layer of its own.
COPY --chown=app pyproject.toml ./
COPY --chown=app trunkline/pyproject.toml trunkline/README.md trunkline/
COPY --chown=app backend/pyproject.toml backend/
RUN uv sync --package backend --no-dev --no-install-workspace --no-cache

COPY --chown=app trunkline/src trunkline/src
COPY --chown=app backend backend
RUN uv sync --package backend --no-dev --no-cache

ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    PORT=8000
WORKDIR /app/backend
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD python -c "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=4)"
CMD ["sh", "-c", "python manage.py migrate && exec uvicorn main:app --host 0.0.0.0 --port $PORT --timeout-graceful-shutdown 15"]
