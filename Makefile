# Two commands: `make study` (the main job on the embedded world) and `make test`. Each sets itself up.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS   ?= 2
STAMP  := $(VENV)/.stamp
export PYTHONDONTWRITEBYTECODE = 1
# One BLAS thread: the kernels run two processes on two cores, and BLAS threads beside them cost 50 times.
export OPENBLAS_NUM_THREADS = 1

.PHONY: help study test test-all lint bench docs clean
help:  ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "xenotime needs Python 3.11 or newer; '$(PYTHON)' is missing or older."; \
	  echo "Remedy: install one and say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments: its venv module is missing."; \
	  echo "Remedy on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "setting up $(VENV)"
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade pip
	@touch $@

$(VENV)/.core: $(STAMP) pyproject.toml hatch_build.py constraints.txt
	@echo "installing xenotime (lean)"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "installing what the tests need"
	@$(PIP) install -c constraints.txt -e '.[test,lint,docs,oracles,scale]'
	@touch $@

study: $(VENV)/.core  ## the main job: trade networks of the embedded world, and a report
	@$(BIN)/xenotime study --out out

test: lint docs  ## lint, types, import contracts, docs, tests
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m 'not slow'

test-all: lint docs  ## everything, with the slow suites
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

lint: $(VENV)/.dev  ## style, types, layer arrows
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >$(VENV)/lint-imports.log || { cat $(VENV)/lint-imports.log; exit 1; }

docs: $(VENV)/.dev  ## the documentation, warnings are errors
	@$(BIN)/sphinx-build -W -q -b html docs docs/_build/html

bench: $(VENV)/.dev  ## speed, as ratios measured side by side (benchmarks/)
	@for b in benchmarks/bench_*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

clean:  ## remove what make made
	@rm -rf $(VENV) out docs/_build
