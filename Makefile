# `make demo` and `make test` are the two commands that set everything up. `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
LOCK := requirements.lock
READY := .venv/ready

.PHONY: help setup lock demo tour preview-platform test style format types actions unit fresh fresh-write platform sarif bench clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# Hashes are checked for every package; the project itself is installed last, without dependencies or build isolation,
# so that nothing outside the lock is ever fetched.
$(READY): $(LOCK) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Slipway needs Python 3.11 or newer; set PYTHON=python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(LOCK)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(READY) ## Create .venv from the hash-pinned lock

lock: $(READY) ## Write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml -o $(LOCK)

demo: $(READY) ## Everything on this machine, in a browser: an AWS, a Slack, the bot (FRESH=1 begins anew, PORT=N)
	@$(BIN)/python -m bot demo $(if $(FRESH),--fresh) $(if $(PORT),--port $(PORT))

tour: $(READY) ## The demo's story by itself, without a browser; fails if something goes otherwise
	@$(BIN)/python -m bot demo --tour

preview-platform: $(READY) ## Build, lint, draw and price the platform that stacks/ describes
	@$(BIN)/slipway build
	@$(BIN)/slipway lint
	@$(BIN)/slipway cost dev
	@$(BIN)/slipway cost prod
	@$(BIN)/slipway graph prod --format svg > build/prod.svg
	@echo "Templates are in build/, a picture of prod in build/prod.svg. Next: edit stacks/services/app.yaml and run 'make preview-platform' again, or read docs/stacks.md." >&2

test: style types actions fresh unit ## Everything that CI checks: style, types, workflows, freshness, tests with coverage

style: $(READY) ## ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY) ## Let ruff fix what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY) ## mypy, strict
	$(BIN)/mypy

actions: $(READY) ## actionlint and zizmor over the GitHub workflows
	$(BIN)/actionlint
	$(BIN)/zizmor --offline --quiet --persona pedantic .github

fresh: $(READY) ## Fail if a committed file that is generated is stale
	$(BIN)/slipway schema --check
	$(BIN)/python -m tests.golden --check
	$(BIN)/python -m tests.command_table --check

fresh-write: $(READY) ## Write the committed generated files anew
	$(BIN)/slipway schema --write
	$(BIN)/slipway rules --markdown --into docs/lint.md
	$(BIN)/slipway schema --into docs/configuration.md
	$(BIN)/python -m tests.golden
	$(BIN)/python -m tests.command_table

unit: $(READY) ## The tests, in parallel, with coverage
	$(BIN)/pytest -n 2 --dist worksteal --cov --cov-report=term-missing:skip-covered

platform: $(READY) ## Build and lint what stacks/ describes; on GitHub, findings become annotations
	$(BIN)/slipway build
	$(BIN)/slipway lint $(if $(GITHUB_ACTIONS),--format github)

sarif: $(READY) ## Findings for GitHub code scanning, in build/lint.sarif
	$(BIN)/slipway build
	$(BIN)/slipway lint --format sarif > build/lint.sarif || test $$? -eq 1

bench: $(READY) ## Times and memory beside CDK and Sceptre: medians and ratios (minutes; installs both below .cache/)
	$(BIN)/python -m tests.benchmarks

clean: ## Remove what was made here, but not .venv
	rm -rf build .cache .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
