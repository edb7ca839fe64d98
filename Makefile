# Everything a newcomer types. `make demo` and `make test` set up all they need on a machine with Python >= 3.11.
# PYTHON=python3.13 VENV=.venv-3.13 takes another Python, in an environment of its own. ARGS goes to pytest.
PYTHON ?= python3
VENV ?= .venv
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
export UV_PROJECT_ENVIRONMENT := $(VENV)
RUN := $(UV) run --frozen --no-sync
CHOSEN := $(if $(filter file,$(origin PYTHON)),,--python $(PYTHON))
# Modules are compiled beforehand; `COMPILE=` leaves that to who first imports one.
COMPILE ?= --compile-bytecode
SYNC := $(UV) sync --frozen --quiet $(COMPILE) --inexact --no-default-groups $(CHOSEN)
SOURCES := pyproject.toml uv.lock $(if $(findstring .uv,$(UV)),.uv/bin/uv)
# Tests wait more than they compute, those of a stack most of all.
WORKERS ?= 4
SHELL := /bin/bash
# Every process of the tests would compile our modules anew where the environment forbids to keep what was compiled.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check lint types bench pictures schemas chaos compat setup lock fmt clean
.DEFAULT_GOAL := demo

# uv is used when the machine has it; otherwise it is brought into a private venv (.uv), which also works
# under an externally managed Python. A Debian without python3-venv gets virtualenv-less help in the message.
.uv/bin/uv:
	@$(PYTHON) -m venv .uv || { echo "python3 needs its venv module: apt-get install python3-venv"; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv

# A stamp for each set of packages. Sets add to each other (--inexact): `make demo` takes away nothing that
# `make test` or `make check` brought, and brings none of it.
$(VENV)/.app: $(SOURCES)
	@$(SYNC)
	@touch $@
$(VENV)/.test $(VENV)/.lint: $(VENV)/.%: $(SOURCES)
	@$(SYNC) --group $*
	@touch $@ $(VENV)/.app

setup: $(VENV)/.test $(VENV)/.lint

demo: $(VENV)/.app
	@$(RUN) wzrd demo

test: $(VENV)/.test
	@$(RUN) pytest -n $(WORKERS) --dist loadfile --max-worker-restart 1 -m "not storm" $(ARGS)

check: lint types

lint: $(VENV)/.lint
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) lint-imports --no-cache

types: $(VENV)/.lint $(VENV)/.test
	@$(RUN) pyright --pythonpath $(VENV)/bin/python

bench: $(VENV)/.test
	@$(RUN) python -m benchmarks

# The pictures of the README, made anew; the page of Prefect needs chromium.
pictures: $(VENV)/.test
	@$(RUN) python -m tests.readme_pictures

# Inputs of fal's models, as the newest release of its client declares them; the package registry is asked.
schemas: $(VENV)/.app
	@$(RUN) python -m tools.model_schemas npm pypi

# Other moments each time; the same ones again with SEEDS="1 2 3" make chaos.
chaos: $(VENV)/.test
	@seeds="$${SEEDS:-$$RANDOM $$RANDOM $$RANDOM}"; echo "SEEDS=\"$$seeds\" make chaos"; \
		SEEDS="$$seeds" $(RUN) pytest -m storm -o faulthandler_timeout=0

# The lowest Prefect that is supported, and the newest of the registry. TESTS names others.
compat: $(VENV)/.test
	@UV="$$(command -v $(UV))" .ci/compat

fmt: $(VENV)/.lint
	@$(RUN) ruff check --fix --quiet . || true
	@$(RUN) ruff format .

lock:
	@$(UV) lock

clean:
	@rm -rf .venv .venv-* .uv .wzrd
