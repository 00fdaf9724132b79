# Needs Python >= 3.11 with venv, and make. Everything else is installed into .venv, once per content of the lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A file of tests shares what it sets up, so it stays together; conftest.py says which files come first. One
# process more than there are cores: those that wait for a browser, a kernel or a kill leave theirs to another.
SPREAD := -n $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1))) --dist loadscope --no-loadscope-reorder
STAMP := $(VENV)/.installed-$(shell cat requirements.lock pyproject.toml | cksum | tr ' ' '-')

# What the tests start by the hundred would each compile the library, and each of them the tests, anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup reports test test-fast extremes same lab notebooks cohort drawn lock lint types coverage bench clean

help:  ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## Install the locked packages into .venv

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "make: $(PYTHON) is older than 3.11; name a newer one with PYTHON=" >&2; exit 2; }
	@$(PYTHON) lib/blina_tools/install.py $(VENV)
	@touch $@

reports: setup  ## Render the default profile to reports/index.html
	@$(BIN)/blina render

# What reads the sources and runs nothing of them.
define READ
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry lib
endef

# Types take one core for half a minute, tests run meanwhile. The sampler is compiled before them, as else each
# process of theirs would compile it.
define BESIDE_TYPES
	@$(BIN)/mypy & types=$$!; \
		$(BIN)/python -c 'from blina import ensemble; ensemble.get_ready()' && $(1); \
		tests=$$?; wait $$types && exit $$tests
endef

test: setup  ## Run every check: unit tests, notebooks, pages, lint, types
	$(READ)
	$(call BESIDE_TYPES,$(BIN)/pytest -q --doctest-modules lib/pseudoipd lib/blina && \
		$(BIN)/pytest $(SPREAD) --nbval --durations 10 --ignore lib/tests/house/test_extremes.py \
		--ignore notebooks/another_paper lib/tests notebooks)

test-fast: setup  ## Run what takes a few minutes: unit tests, lint, types
	$(READ)
	$(call BESIDE_TYPES,$(BIN)/pytest $(SPREAD) -m "not slow" --ignore lib/tests/house/test_extremes.py lib/tests)

extremes: setup  ## Render every report at the extremes of every parameter
	$(BIN)/pytest $(SPREAD) lib/tests/house/test_extremes.py

same: setup  ## Compare every page with that of another revision: make same BASE=main
	@$(BIN)/python -m blina_tools.same_pages $(or $(BASE),$(error say BASE=REVISION))

lab: setup  ## Open JupyterLab at the overview
	@mkdir -p $(VENV)/share/jupyter/lab/settings
	@# Opened to be read, a notebook must not be rewritten: it is saved when someone saves it.
	@echo '{"@jupyterlab/docmanager-extension:plugin": {"autosave": false}}' > $(VENV)/share/jupyter/lab/settings/overrides.json
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks/00_overview.ipynb

notebooks: setup  ## Execute the notebooks in place, at default parameters
	$(BIN)/python -m nbreports.refresh blina.collection:COLLECTION
	$(BIN)/python -m blina_tools.preview

cohort: setup  ## Regenerate data/cohort, and data/README.md with it
	$(BIN)/python -m blina_tools.cohort.reference
	$(BIN)/python -m blina_tools.cohort.bounds
	$(BIN)/python -m blina_tools.cohort.sensitivity
	$(BIN)/python -m blina_tools.cohort.held_out
	$(BIN)/python -m blina_tools.cohort.chain_length
	$(BIN)/python -m blina_tools.cohort.validation
	$(BIN)/python -m blina_tools.cohort.curve_points
	$(BIN)/python -m blina_tools.dictionary

drawn: setup  ## Note what many draws give, for the tests, where it changed
	$(BIN)/pytest -q $(SPREAD) --note-drawn lib/tests

lock: setup  ## Resolve pyproject.toml anew into requirements.lock and environment.yml
	$(BIN)/python -m blina_tools.locking

lint: setup  ## Format and lint
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

types: setup  ## Check the library's types
	$(BIN)/mypy

coverage: setup  ## Measure which lines of the library the tests run
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -q $(SPREAD) --ignore lib/tests/house/test_mutations.py lib/tests
	PYTHONPATH=lib/tests $(BIN)/coverage run -m pytest -q $(SPREAD) -p gentle_kernels --nbval notebooks
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

bench: setup  ## Measure ratios side by side
	$(BIN)/python -m blina_tools.bench

clean:  ## Remove rendered reports (never sources)
	@$(BIN)/blina clean
