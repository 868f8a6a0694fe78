# What this project can be asked to do. `make` alone says it again.
#   make demo     a whole program day on this machine: broker, all processes, simulated people
#   make test     installs what the tests need (Chromium and others) and runs every test
#   make check    formatting, lint, types, import directions
#   make bench    the benchmarks
#   make docs     regenerates what is generated: API documents, dashboards, metrics page
#   make lock     resolves the dependencies anew

PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo test check bench docs lock
help:
	@sed -n '2,8s/^# *//p' Makefile

.venv/runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "sessionwatch needs Python 3.11 or later; this is $$($(PYTHON) -V). Try: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Making the virtual environment in .venv (once, about a minute) ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/dev: requirements-dev.lock .venv/runtime
	@echo "Installing what tests and checks need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/runtime
	@$(BIN)/sessionwatch demo

# Three on two cores, since a test waits for half of its time. They start many processes, which
# start faster from bytecode that is kept.
test: .venv/dev
	@sh tests/install.sh
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --numprocesses 3

check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev
	$(BIN)/python -m benchmarks

docs: .venv/dev
	$(BIN)/python -m docs.generate_asyncapi
	$(BIN)/python -m docs.generate_metrics
	$(BIN)/python -m docs.generate_rules
	$(BIN)/python -m docs.generate_openapi
	$(BIN)/python -m docs.generate_openapi_staff
	$(BIN)/python -m docs.generate_platforms
	$(BIN)/python -m deploy.grafana.generate

lock:
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --group dev pyproject.toml -o requirements-dev.lock
