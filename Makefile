# The verbs of the work. Each brings up what it needs: Python 3.11 or later, git and make are enough.
# What is given as ARGS=... goes to the command: `make demo ARGS=--exit`, `make test ARGS="-k receipt"`.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help demo test long check bench chaos evaluate taxonomy pins format sync

UV_VERSION := 0.13.9
UV := $(or $(shell uv --version >/dev/null 2>&1 && command -v uv),$(CURDIR)/.uv/bin/uv)
BIN := .venv/bin
CODE := conftest.py trunkline backend demo bench chaos evaluation scripts tests

# A sync of one member (`cd backend && uv sync`) removes what the others need, so every target syncs the whole.
# The programs are called from .venv, wherever another environment is active.
unexport VIRTUAL_ENV
unexport UV_PROJECT_ENVIRONMENT

help: ## say what can be done here
	@grep -hE '^[a-z]+: .*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/' | expand -t 16

demo: sync ## start the platform, send real CVs and projects through it, show the matches (ARGS=--exit to stop then)
	$(BIN)/python -m demo $(ARGS)

test: sync ## run the tests, but for the long ones
	$(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

long: sync ## run the long tests: whole demos, faults under load, short benchmarks
	$(BIN)/pytest -m long $(ARGS)

check: sync ## formatting, lint, types, import directions, and every snippet of the documents
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check --no-cache $(CODE)  # its cache does not notice when a module has become one of ours
	MYPYPATH=trunkline/tests $(BIN)/mypy trunkline/src trunkline/tests
	$(BIN)/mypy backend
	$(BIN)/mypy conftest.py demo bench chaos evaluation scripts tests
	PYTHONPATH=backend $(BIN)/lint-imports
	UV=$(UV) $(BIN)/python scripts/check_snippets.py $(ARGS)

bench: sync ## measure ours beside nats-py and FastStream (ARGS=--quick for a short run)
	$(BIN)/python -m bench $(ARGS)

chaos: sync ## break everything that can break, and check that no event is lost (ARGS=--quick for a short run)
	$(BIN)/python -m chaos $(ARGS)

evaluate: sync ## measure skill extraction and matching (DATA=<folder> for other data than our own)
	PYTHONPATH=backend $(BIN)/python -m evaluation $(DATA)

taxonomy: sync ## build the shipped skills anew from ESCO (ARGS=<a file of preferred labels, one a line>)
	UV=$(UV) PYTHONPATH=backend $(BIN)/python -m scripts.build_taxonomy $(ARGS)

pins: $(UV) ## take the newest version of every dependency and pin it in pyproject.toml
	UV=$(UV) python3 scripts/pins.py

format: sync ## format the code and mend what the linter can mend
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

sync: $(UV)
	@$(UV) sync --quiet --all-packages --all-groups

$(CURDIR)/.uv/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	python3 -m venv .uv
	.uv/bin/pip install --quiet uv==$(UV_VERSION)
