# Each target makes what it needs first: the virtual environment, from the lock, when the lock changed.

PYTHON ?= $(shell for each in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
PACKAGES := domain projections api adapters eventstore_schema tests

.PHONY: run demo test check audit conformance bench bench-page campaign fuzz openapi permissions lock clean
.DEFAULT_GOAL := run

run: $(INSTALLED)
	@$(BIN)/tallybook run

demo: $(INSTALLED)
	@$(BIN)/tallybook demo

test: $(INSTALLED)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadscope

conformance: $(INSTALLED)
	@$(BIN)/python -m pytest tests/conformance

bench: $(INSTALLED)
	@$(BIN)/python -m tests.benchmarks $(ONLY) $(and $(ROUNDS),--rounds $(ROUNDS)) $(and $(SECONDS),--seconds $(SECONDS))

bench-page: $(INSTALLED)
	@$(BIN)/python -m tests.benchmarks.page

MINUTES := 30
SEED := 1
campaign: $(INSTALLED)
	@$(BIN)/python -m tests.campaign --minutes $(MINUTES) --seed $(SEED)

fuzz: $(INSTALLED)
	@$(BIN)/python -m tests.fuzz --minutes $(MINUTES) --seed $(SEED)

openapi: $(INSTALLED)
	@$(BIN)/tallybook openapi

permissions: $(INSTALLED)
	@$(BIN)/python -m tests.docs.permissions

check: $(INSTALLED)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "run: $(BIN)/ruff format"; exit 1; }
	@report=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$report"; exit 1; }
	@! $(BIN)/vulture | grep -v "unused variable"
	@$(BIN)/python tests/house.py
	@$(BIN)/mypy
	@$(BIN)/python tests/audit.py

audit: $(INSTALLED)
	@$(BIN)/python tests/audit.py --anew

lock:
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras \
		--generate-hashes --no-emit-index-url --no-header --output-file requirements.lock pyproject.toml

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info

$(INSTALLED): requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes --requirement requirements.lock >&2
	@$(PIP) --no-deps --no-build-isolation --editable . >&2
	@touch $@
