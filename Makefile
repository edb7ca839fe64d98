# Everything a newcomer types. `make demo` and `make test` set up all they need on a machine with Python >= 3.11.
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen --no-sync
SHELL := /bin/bash

.PHONY: demo test check bench chaos setup lock fmt clean
.DEFAULT_GOAL := demo

# uv is used when the machine has it; otherwise it is brought into a private venv (.uv), which also works
# under an externally managed Python. A Debian without python3-venv gets virtualenv-less help in the message.
.uv/bin/uv:
	@$(PYTHON) -m venv .uv || { echo "python3 needs its venv module: apt-get install python3-venv"; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv

setup: .venv/.synced
.venv/.synced: pyproject.toml uv.lock $(if $(findstring .uv,$(UV)),.uv/bin/uv)
	@$(UV) sync --frozen --quiet --compile-bytecode
	@touch $@

demo: setup
	@$(RUN) wzrd demo

test: setup
	@$(RUN) pytest -n auto --maxprocesses 4 --dist loadfile -m "not storm"

check: setup
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) lint-imports --no-cache
	@$(RUN) pyright

bench: setup
	@$(RUN) python -m benchmarks

# Other moments each time; the same ones again with SEEDS="1 2 3" make chaos.
chaos: setup
	@seeds="$${SEEDS:-$$RANDOM $$RANDOM $$RANDOM}"; echo "SEEDS=\"$$seeds\" make chaos"; \
		SEEDS="$$seeds" $(RUN) pytest -m storm

fmt: setup
	@$(RUN) ruff check --fix --quiet . || true
	@$(RUN) ruff format .

lock:
	@$(UV) lock

clean:
	@rm -rf .venv .uv .wzrd
