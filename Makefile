# Thin names for the README's commands. `make PYTHON=/path/to/python3.12 test` chooses the interpreter.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN := $(VENV)/bin
OUT ?= demo
ARGS ?=
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# One thread of linear algebra for each worker, of whom the suite has one more than there are cores: servers, locks and
# the disk are waited for. Files go out in the order of their names, but those first that wait longest.
CORES := $(shell python3 -c 'import os; print(min(len(os.sched_getaffinity(0)), 8))' 2>/dev/null || echo 2)
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest
COVERED := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m slipcover --source ncsi,flows --json --out build/coverage.json
SPREAD := --dist loadfile --no-loadscope-reorder
# Rooms whose tests kill 90 % of the mutants (tests/mutants-survivors.md).
PROVEN := ncsi/survey ncsi/weighting ncsi/disclosure $(addprefix ncsi/model/,moments pls resampling inference cbsem)
TRIED := $(patsubst notebooks/%,build/lab/%,$(wildcard notebooks/*.py notebooks/*.ipynb))
SHARED := $(or $(NCSI_SHARED),$(abspath ../shared))

# Where Python is told to keep no bytecode, each of the suite's many processes would compile the package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo quarter test suite quick lint processors docs lab notebooks mutants release bench clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## */\1\t/p' $(MAKEFILE_LIST)

demo: $(STAMP)  ## two synthetic national waves, from exports to a release in OUT
	$(BIN)/ncsi demo --out $(OUT)

ifeq ($(ARGS),)
test: lint processors suite  ## everything CI checks; ARGS="tests/unit/spec -k wave" runs those tests alone
else
test: $(STAMP)
	$(PYTEST) $(ARGS)
endif

suite: $(STAMP)  ## the whole test suite, and what it covers
	@mkdir -p build
	$(COVERED) -m pytest -n $$(($(CORES) + 1)) $(SPREAD)
	@$(BIN)/python tests/coverage_floor.py build/coverage.json

quick: $(STAMP)  ## the tests that wait for nothing, under a minute
	$(PYTEST) -n $(CORES) $(SPREAD) -q -m quick $(ARGS)

lint: $(STAMP)  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

processors: $(STAMP)  ## the numeric tests under each kind of processor that this one can stand in for
	$(BIN)/python tests/processors.py $(ARGS)

quarter: $(STAMP)  ## one quarter of a programme, played: agencies, a killed worker, approval, embargo, revision; in OUT
	$(BIN)/python docs/examples/quarter.py $(OUT)

docs: $(STAMP)  ## the manual and the API's pages, built and shown in a browser (ARGS=--draft: charts in English alone)
	$(BIN)/python docs/build.py --serve $(ARGS)

lab: $(VENV)/.lab $(TRIED)  ## JupyterLab over the demo in OUT, on copies of the notebooks (ARGS="--no-browser --port 8889")
	@test -e $(OUT)/ncsi.yaml || echo "The notebooks read the demo: make demo OUT=$(OUT)"
	NCSI_WORKSPACE=$(abspath $(OUT)) NCSI_SURVEYS=$(abspath tests/golden) NCSI_SHARED=$(SHARED) \
		$(BIN)/jupyter lab build/lab $(ARGS)

build/lab/%: notebooks/%
	@mkdir -p $(@D)
	@cp $< $@

notebooks: $(STAMP)  ## every notebook run anew on a small nation; outputs that say something new are written (ARGS=03_two_engines)
	$(BIN)/python tests/notebooks/executed.py $(ARGS)

release: $(STAMP)  ## wheel and sdist in dist/, checked: contents, a fresh install, the changelog
	$(BIN)/python tests/release.py

bench: $(STAMP)  ## speed and size, one after the other
	@set -e; for one in tests/benchmarks/bench_*.py; do echo "== $$one"; $(BIN)/python $$one; done

mutants: $(STAMP)  ## does a test notice each small change? (rooms that kill 90 %; ARGS="--module ncsi/model --sample 200")
	$(BIN)/python tests/mutants.py $(or $(ARGS),--floor 90 $(PROVEN:%=--module %))

clean:  ## remove what make made
	rm -rf $(VENV) $(OUT) build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e ".[test,docs,dev]"
	@touch $@

$(VENV)/.lab: $(STAMP)
	$(PIP) -e ".[test,docs,dev,lab]"
	@touch $@
