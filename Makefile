# What a developer or CI runs. Needs Python 3.11 or newer and make; everything else comes from the lock files.

PYTHON ?= python3
PORT ?= 8000
N ?= 5000
UV_VERSION := 0.13.8

BIN := .venv/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The file says what is installed: rebuilt when a lock file or pyproject.toml is newer.
RUNTIME := .venv/runtime-installed
DEV := .venv/dev-installed

.DEFAULT_GOAL := help
.PHONY: help demo test test-size test-operations bench soak check fmt lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 17

demo: $(RUNTIME)  ## serve three demo tenants from an embedded Postgres, on PORT=8000; Ctrl-C ends it
	@exec $(BIN)/bulkhead demo --port $(PORT)

test: check  ## check, then the tests, a process for each core
	$(BIN)/python -m pytest -n auto --dist loadfile

test-size: $(DEV)  ## what Postgres makes of each construct, in a database of 1,000 tenants and a million rows
	$(BIN)/python -m pytest tests/size

test-operations: $(DEV)  ## N=5000 operations made at random, answered by two readers; OPERATIONS_SEED=1 repeats a run
	OPERATIONS=$(N) $(BIN)/python -m pytest tests/graph/test_generated_operations.py

bench: $(DEV)  ## throughput, starts and growth into docs/benchmarks.md, in an hour or two; QUICK=1 takes minutes
	$(BIN)/python -m bench $(if $(QUICK),--quick)

soak: $(DEV)  ## ten minutes of 500 connections, and a greedy tenant beside light ones; QUICK=1 takes a minute
	$(BIN)/python -m bench --parts soak $(if $(QUICK),--quick)

check: $(DEV)  ## format, lint, types, and whether schema.graphql is up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/bulkhead schema --check

fmt: $(DEV)  ## format, and fix what the linter can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# --universal: one file for Python 3.11 and newer on Linux and macOS. Addresses of indexes stay out of it.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header \
	--annotation-style line $(UPGRADE)

lock: $(RUNTIME)  ## pin what pyproject.toml asks for, with hashes; UPGRADE=--upgrade moves what it leaves open
	$(PIP_INSTALL) uv==$(UV_VERSION)
	$(COMPILE) --extra build --output-file requirements.lock
	$(COMPILE) --extra build --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean:  ## remove what these targets made, the demo's database included
	rm -rf .venv .bulkhead *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find app migrations tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

# --no-build-isolation: the build needs setuptools only, which the lock files bring.
$(RUNTIME): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Bulkhead needs Python 3.11 or newer; \
	$(PYTHON) is {sys.version.split()[0]}. Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "$(PYTHON) cannot make virtual environments; \
	on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing into .venv …"
	@$(PYTHON) -m venv --clear .venv
	@$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@
