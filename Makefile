# `make demo` and `make test` each do all the set-up they need: Python 3.11 or later, git and make.
# With npm they do more; without it they say what is left out.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# GitHub's published API description, for the double that the tests talk to, and axe-core, which
# judges the report page.
NODE_PACKAGES = $(BIN)/python -m tests.node_packages

.PHONY: demo demo-github docs site test explore screenshots lint types actions bench requirements clean

demo: $(VENV)/.run
	@PYTHONPATH=bot $(BIN)/python -m results_bot demo
	@if $(NODE_PACKAGES) demo github_double; then $(MAKE) --no-print-directory demo-github; \
	else test "$$RESULTS_BOT_REQUIRE_GITHUB_DOUBLE" != 1; fi

# The real `ci` command against the tests' GitHub, which is held to GitHub's own description.
demo-github: $(VENV)/.dev
	@$(NODE_PACKAGES) demo-github github_double
	@$(BIN)/python -m tests.github.demo

test: $(VENV)/.dev
	@$(NODE_PACKAGES) test github_double browser
	@$(BIN)/python -m pytest -n auto

# The property tests with examples of their own each time.
explore: $(VENV)/.dev
	@$(BIN)/python -m pytest -n auto --hypothesis-profile explore $(shell grep -rl --include='*.py' 'from hypothesis' tests)

# The comment, the report and the commands' output as PNG files, to be looked at; the pictures in
# docs/images come from it too. Needs chromium and a font with emoji.
screenshots: $(VENV)/.dev
	@$(BIN)/python -m tests.browser.screenshots build/screenshots

docs: $(VENV)/.dev
	$(BIN)/python -m tools.docs

# The documentation as a site; a broken link is an error.
site: $(VENV)/.dev
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

actions: $(VENV)/.dev
	$(BIN)/zizmor --offline --quiet --persona pedantic action.yml .github/actions/*/action.yml .github/workflows
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions action.yml .github/actions/*/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

# Ratios only mean something between processes of one run; the figures go to the project's own page.
bench: $(VENV)/.dev $(VENV)/.bench
	$(BIN)/python -m benchmarks.speed --sizes 20,200,1000,10000,100000 --turns 7,7,5,3,2 \
	  --python $(abspath $(VENV))/plain/bin/python \
	  --dvc $(abspath $(VENV))/bench/bin/dvc --results benchmarks/results/speed \
	  --docs docs/performance.md
	$(BIN)/python -m benchmarks.replay --branches 12 --orders 2 --results benchmarks/results/replay
	$(BIN)/python -m results_bot refresh || test $$? -eq 1

# dvc, to compare with, and what a plain install of results-bot brings: environments of their own.
$(VENV)/.bench: requirements/bench.txt requirements/run.txt | $(BIN)/python
	@$(PYTHON) -m venv $(VENV)/bench
	@$(VENV)/bench/bin/python -m pip --disable-pip-version-check install --quiet \
	  --require-hashes -r requirements/bench.txt
	@$(PYTHON) -m venv $(VENV)/plain
	@$(VENV)/plain/bin/python -m pip --disable-pip-version-check install --quiet \
	  --require-hashes -r requirements/run.txt
	@touch $@

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("results-bot needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt | $(BIN)/python
	@echo "Setting up in $(VENV) (once) ..."
	@$(PIP) --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "Setting up in $(VENV) (once) ..."
	@$(PIP) --require-hashes -r requirements/dev.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.run

# Needs uv. The lock files name no package index, so that any mirror will do.
requirements:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --extra dev -o requirements/dev.txt pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --extra charts -c requirements/dev.txt -o requirements/run.txt pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header -o requirements/bench.txt requirements/bench.in

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
