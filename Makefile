# Thin names for the README's commands. `make PYTHON=/path/to/python3.12 test` chooses the interpreter.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= demo
STAMP := $(VENV)/.installed

.PHONY: help demo test lint bench mutants clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## */\1\t/p' $(MAKEFILE_LIST)

demo: $(STAMP)  ## two synthetic national waves, from exports to a release in OUT
	$(BIN)/ncsi demo --out $(OUT)

test: lint  ## everything CI checks
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(STAMP)  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## speed and size, one after the other
	@set -e; for one in tests/benchmarks/bench_*.py; do echo "== $$one"; $(BIN)/python $$one; done

mutants: $(STAMP)  ## does a test notice each small change? (ARGS="--module ncsi/survey --sample 200")
	$(BIN)/python tests/mutants.py $(ARGS)

clean:  ## remove what make made
	rm -rf $(VENV) $(OUT) build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test]"
	@touch $@
