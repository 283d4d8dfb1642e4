# CoreSafe: `make run` sets up and starts the program; `make test` is everything a change must pass.
# What each target does, and when to use which, is in CONTRIBUTING.md.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help system setup run lint format test bench screenshots build-check lock servers clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Arguments for pytest: make test T="tests/services -k dispatch"
T ?= tests
# So many processes share the tests, a whole file each; every one has servers, homes and databases of its own. One more
# than processors: much of a test is waiting for a server or a window.
WORKERS ?= 3

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

setup: system $(STAMP) ## the virtual environment with everything pinned, and .venv/bin/coresafe


system:
	@$(PYTHON) -m tests.system_packages window

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "CoreSafe needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## set up what is missing and start the program
	$(BIN)/coresafe

servers: setup ## the private MySQL and MariaDB of the suite, made once
	@$(PYTHON) -m tests.system_packages suite
	$(BIN)/python -m tests.servers install

lint: setup ## ruff, mypy, the layer rules, Dockerfile and compose.yaml
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml

format: setup ## let ruff lay out the code and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: setup servers lint ## everything a change must pass
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(T)

bench: setup servers ## the measured numbers, as docs/performance.md keeps them
	$(BIN)/python -m benchmarks

screenshots: setup servers ## a picture of every window, light and dark
	$(BIN)/python -m tests.screenshots --all screenshots

build-check: setup servers ## build the folder with PyInstaller and start what it holds
	$(BIN)/python -m tests.build_check

lock: setup ## pin requirements.lock anew after a change of pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --quiet --output-file requirements.lock $(LOCK)

clean: ## remove what make made here (not the cached servers)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache screenshots
