# Everything a developer types. Needs GNU make and a Python 3.11 or newer; the rest is set up here.
# `make PYTHON=/usr/bin/python3.12 ...` names the interpreter that the environment is made from.

PYTHON ?= python3.11 python3 python3.12 python3.13
UV_VERSION := 0.13.9

BIN := .venv/bin
UV := $(BIN)/uv
READY := .venv/.ready
# Tests that simulate much; tracing their branches would take several times as long and show no more.
UNTRACED := $(wildcard tests/theory tests/scenarios tests/notebooks tests/properties tests/kernel/test_oracle.py \
  tests/kernel/test_direction.py tests/lint/test_soundness.py)
# The shipped scenarios as tests of the project's own plugin, which every other run leaves out.
SCENARIOS := -p fleetsim -o fleetsim_paths=scenarios -o fleetsim_baseline=scenarios/baselines --dist loadfile scenarios
EXPORT := $(UV) export --quiet --frozen --no-emit-project --no-header --no-annotate

# Compiled bytecode starts three to five times faster; the interpreter is the one found here, never
# a downloaded one.
export UV_COMPILE_BYTECODE := 1
export UV_PYTHON_DOWNLOADS := never
export VIRTUAL_ENV := $(CURDIR)/.venv

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint format lock clean

help:  ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|' \
	  2>/dev/null || grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST)

setup: $(READY)  ## make the environment in .venv, if it is missing or out of date

demo: $(READY)  ## rehearse one rollout and say where its report is
	@$(BIN)/fleetsim run scenarios/workspace-missing.yaml
	@echo
	@echo "Open this page in a browser: $$(ls -t results/workspace-missing-*/report.html | head -n 1)"

test: lint  ## run everything that CI runs; pytest's summary comes last
	@$(BIN)/python -m pytest -q -n 2 $(SCENARIOS)
	@$(BIN)/python -m pytest -q -n 2 -m "not benchmark" $(UNTRACED)
	@$(BIN)/python -m pytest -n 2 -m "not benchmark" $(UNTRACED:%=--ignore=%) --cov --cov-report=term:skip-covered

lint: $(READY)  ## style, types and the order of the layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(READY)  ## write the code in the one style
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

lock: $(READY)  ## resolve the dependencies again and write both lock files
	@$(UV) lock --upgrade
	@$(EXPORT) --no-dev --output-file requirements.lock
	@$(EXPORT) --all-groups --output-file requirements-dev.lock
	@! grep -n '://' requirements.lock requirements-dev.lock

clean:  ## remove the environment and what the tools leave behind
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .coverage.*

$(BIN)/python:
	@for python in $(PYTHON); do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Making .venv with $$($$python --version)"; exec $$python -m venv --clear .venv; \
	  fi; \
	done; \
	echo "No Python 3.11 or newer with its venv module among: $(PYTHON). Name one: make PYTHON=python3.12" >&2; \
	exit 1

$(READY): requirements-dev.lock pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(UV) pip install --quiet --require-hashes -r requirements-dev.lock
	@$(UV) pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@
