# On a fresh machine with Python 3.11+ and make, `make demo` and `make test` need nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PROTOS := $(wildcard protos/stripe_netsuite/v1/*.proto)

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format generate lock bench proof sim sweep planted mutation chaos clean
SEEDS ?= 10000
MINUTES ?= 5
STORAGE ?= sqlite

help:      ## what can be made
	@grep -E '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed 's/:.*##/  /'

setup: $(READY) ## the virtual environment, with the locked packages

# Wheels only and by hash: nothing runs at install time, nothing that the lock does not name gets in.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; found $$($(PYTHON) --version). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once; about a minute) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $(READY)

demo: $(READY) ## the main job, end to end, on loopback: no keys needed
	@$(BIN)/stripe-netsuite demo

test: $(READY) ## every test; starts the servers it needs by itself
	@$(BIN)/python -m pytest

check: $(READY) ## format, lint, types, import contracts, the wire contract, generated code
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/buf lint
	@$(BIN)/buf format --diff --exit-code
	@$(BIN)/python -m tests.generated --check

format: $(READY) ## put code and protos into their one form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/buf format -w

generate: $(READY) ## regenerate the gRPC code and the README's tables
	@$(BIN)/python -m tests.generated

lock: $(READY) ## resolve the dependencies again
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements.lock --upgrade

bench: $(READY) ## the ratios, side by side with the floor and with peers
	@$(BIN)/python -m tests.bench

proof: $(READY) ## the books of SEEDS merchants (10000) against an independent reference
	@$(BIN)/python -m tests.proof --seeds $(SEEDS)

sim: $(READY) ## SEEDS stories (10000) with every fault there is, on a virtual clock: tests/sim/README.md
	@$(BIN)/python -m tests.sim --seeds $(SEEDS)

chaos: $(READY) ## both services killed and frozen at random for MINUTES (5), on STORAGE (sqlite, postgresql): the books must be right
	@$(BIN)/python -m tests.chaos --minutes $(MINUTES) --storage $(STORAGE)

sweep: $(READY) ## a crash at every step of every acting row, and again at the same step: about ten minutes
	@$(BIN)/python -m tests.sim.sweep

planted: $(READY) ## every planted bug must be caught by the simulation or by a test: about ten minutes
	@$(BIN)/python -m tests.sim.planted

mutation: $(READY) ## small mistakes planted in the core, one by one (MUTATION="--only core/rules"): 95 % must be noticed
	@nice $(BIN)/python -m tests.mutation $(MUTATION)

clean: ## remove what make made
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build
