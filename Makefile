# `make demo` and `make test` are the two commands that set everything up. `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
# What a target needs in .venv: DEMO is everything of Slipway that runs on this machine, DEV also the tools to work on it.
DEMO := .venv/demo.ready
DEV := .venv/dev.ready

.PHONY: attacks built-pipeline load-programs help setup frontend frontend-write board-browser lock demo tour preview-platform test style format types actions unit fresh aws-data fresh-write platform sarif docs bench simulate mutants killed fuzz converge proof images built-images scan-images scan-files publish open report plan comment drift audit backend clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.venv/%.ready: requirements/%.lock requirements/build.lock requirements/install pyproject.toml
	@PYTHON=$(PYTHON) requirements/install $*

setup: .venv/$(or $(FOR),dev).ready ## Create .venv from a hash-pinned lock (FOR=run, demo, board or dev; dev if not given)

# All that is declared goes into one solution; the smaller locks are cut from it, so that versions are equal.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header
lock: $(DEV) ## Write requirements/*.lock again from pyproject.toml
	$(COMPILE) --extra demo --extra board --group dev pyproject.toml -o requirements/dev.lock
	$(COMPILE) --extra demo -c requirements/dev.lock pyproject.toml -o requirements/demo.lock
	$(COMPILE) --extra bot -c requirements/dev.lock pyproject.toml -o requirements/run.lock
	$(COMPILE) --extra board -c requirements/dev.lock pyproject.toml -o requirements/board.lock
	echo pip-audit | $(COMPILE) - -o requirements/audit.lock
	$(COMPILE) --group build -c requirements/dev.lock -o requirements/build.lock

# Node.js builds the board's page beside the packages' installation; without it the demo says that the page is missing.
PAGE = $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2> /dev/null && command -v npm > /dev/null && echo $(FRONT)/dist/index.html)

demo: ## Everything on this machine, in a browser: an AWS, a Slack, the bot, the release board (FRESH=1 starts again, PORT=N, REAL=1: real tasks)
	@$(MAKE) --no-print-directory --keep-going --jobs 2 $(DEMO) $(PAGE) || $(MAKE) --no-print-directory $(DEMO)
	@$(BIN)/python -m bot demo $(if $(FRESH),--fresh) $(if $(REAL),--real) $(if $(PORT),--port $(PORT))

tour: $(DEMO) ## The demo's story by itself, without a browser; fails if something goes otherwise
	@$(BIN)/python -m bot demo --tour

preview-platform: $(DEMO) ## Build, lint, draw and price the platform that stacks/ describes
	@$(BIN)/slipway build
	@$(BIN)/slipway lint
	@$(BIN)/slipway cost dev
	@$(BIN)/slipway cost prod
	@$(BIN)/slipway graph prod --format svg > build/prod.svg
	@echo "Templates are in build/, a picture of prod in build/prod.svg. Next: edit stacks/services/app.yaml and run 'make preview-platform' again, or read docs/stacks.md." >&2

test: style types actions fresh frontend unit ## Everything that CI checks: style, types, workflows, freshness, the board's page, tests with coverage

style: $(DEV) ## ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(DEV) ## Let ruff fix what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(DEV) ## mypy, strict
	$(BIN)/mypy

actions: $(DEV) ## actionlint and zizmor over the GitHub workflows, hadolint over the Dockerfiles
	$(BIN)/actionlint
	$(BIN)/zizmor --offline --quiet --persona pedantic .github
	$(BIN)/hadolint app/backend/Dockerfile app/frontend/Dockerfile bot/Dockerfile

aws-data: $(DEV) ## Write the tables of AWS's data again, after an upgrade of cfn-lint or awacs, and see what AWS changed
	$(BIN)/python -m tests.aws_tables
	$(BIN)/pytest -q -n 2 tests/unit/templates/test_authorization.py tests/unit/templates/test_permissions_needed.py

docs: $(DEV) ## The documentation as a site in .cache/documentation/site; fails if a link leads nowhere
	$(BIN)/python -m tests.docs_site

fresh: $(DEV) ## Fail if a committed file that is generated is stale
	$(BIN)/slipway schema --check
	$(BIN)/python -m tests.golden --check
	$(BIN)/python -m tests.command_table --check
	$(BIN)/python -m tests.json_schemas --check
	PYTHONPATH=app/backend $(BIN)/python -m board --openapi | diff - app/backend/openapi.json

fresh-write: $(DEV) ## Write the committed generated files again
	$(BIN)/slipway schema --write
	$(BIN)/slipway rules --markdown --into docs/lint.md
	$(BIN)/slipway schema --into docs/configuration.md
	$(BIN)/python -m tests.golden
	$(BIN)/python -m tests.release.test_journals
	$(BIN)/python -m tests.unit.preview.test_recorded_gains
	$(BIN)/python -m tests.command_table
	$(BIN)/python -m tests.json_schemas
	PYTHONPATH=app/backend $(BIN)/python -m board --openapi > app/backend/openapi.json
	@if command -v npm > /dev/null; then $(MAKE) --no-print-directory frontend-write; else echo "Install Node.js and run make frontend-write: the board's page takes its types from openapi.json." >&2; fi

FRONT := app/frontend
# Node.js itself is the machine's; everything else of the page comes from its lock, without scripts of packages.
$(FRONT)/node_modules/.ready: $(FRONT)/package.json $(FRONT)/package-lock.json $(FRONT)/.npmrc
	@node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
	  || { echo "The release board's page needs Node.js 20.19 or newer with npm: install it (https://nodejs.org/en/download) and try again." >&2; exit 1; }
	cd $(FRONT) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

frontend: $(FRONT)/node_modules/.ready ## The release board's page: lint, types, tests with coverage, build, size
	cd $(FRONT) && npm run --silent check

board-browser: $(DEV) $(FRONT)/dist/index.html ## The board's page in Chromium behind its nginx (pictures in build/screenshots; PICTURES=docs for docs/)
	$(BIN)/pytest -n 0 tests/frontend

# What the browser test opens.
$(FRONT)/dist/index.html: $(FRONT)/node_modules/.ready $(shell find app/frontend/src app/frontend/public app/frontend/scripts -type f 2> /dev/null) $(FRONT)/index.html $(FRONT)/vite.config.ts
	cd $(FRONT) && npm run --silent build

frontend-write: $(FRONT)/node_modules/.ready ## Write the page's types of the API again, and format its code
	cd $(FRONT) && npm run --silent api && npm run --silent format

unit: $(DEV) $(FRONT)/dist/index.html ## The tests, in parallel, with coverage
	$(BIN)/pytest -n 3 --dist worksteal --cov --cov-report=term-missing:skip-covered

platform: $(DEMO) ## Build and lint what stacks/ describes; on GitHub, findings become annotations
	$(BIN)/slipway build
	$(BIN)/slipway lint $(if $(GITHUB_ACTIONS),--format github)

sarif: $(DEMO) ## Findings for GitHub code scanning, in build/lint.sarif
	$(BIN)/slipway build
	$(BIN)/slipway lint --format sarif > build/lint.sarif || test $$? -eq 1

bench: $(DEV) ## Times and memory beside CDK and Sceptre: medians and ratios (minutes; installs both below .cache/)
	$(BIN)/python -m tests.benchmarks

simulate: $(DEV) ## Hundreds of workers and thousands of services in virtual time (minutes; SEEDS=N SERVICES=N WORKERS=N)
	$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),2000) --services $(or $(SERVICES),5000) --workers $(or $(WORKERS),200)

converge: $(DEV) ## Apply random configurations one after the other, and compare with an empty account (minutes; PAIRS=N, SEED=N and FROM=N go on)
	$(BIN)/python -m tests.convergence --pairs $(or $(PAIRS),3000) $(if $(SEED),--seed $(SEED)) $(if $(FROM),--from $(FROM))

proof: $(DEV) ## Releases of app/ under load, and what they cost (hours; PROOF="--strategies canary --events ... --write", SHARD=2/8 is a part)
	$(BIN)/python -m tests.proof $(if $(SHARD),--shard $(SHARD)) $(PROOF)

attacks: $(DEV) ## Repeat the attacks of docs/security.md by the tests that its rows show (minutes; ROWS=N SEED=N for some by chance)
	nice $(BIN)/python -m tests.attack_rows --rows $(or $(ROWS),0) --seed $(or $(SEED),1) --processes $(or $(PROCESSES),2)

mutants: $(DEV) ## Break the code that holds the promise line by line; list what no test notices (hours; ONLY="policy iam")
	nice $(BIN)/python -m tests.mutants $(ONLY) --processes $(or $(PROCESSES),2)

killed: $(DEV) ## Kill the worker at every call to AWS (about half an hour)
	SLIPWAY_KILLED=all $(BIN)/pytest -n $(or $(PROCESSES),2) tests/integration/test_killed.py

load-programs: ## Install HAProxy and the programs that make load, with apt-get (root)
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get update -qq
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get install -y -qq --no-install-recommends haproxy hey nghttp2-client

built-images: $(DEV) ## Build the images of bot and board with buildah over Debian, check their files, start them (minutes; root; SERVICES="app web bot")
	$(if $(filter 0,$(shell id -u)),,sudo) $(BIN)/python -m tests.images $(SERVICES)

built-pipeline: $(DEV) $(FRONT)/dist/index.html ## The pipeline's story from a push to production, with an image that buildah builds (after built-images; root)
	$(if $(filter 0,$(shell id -u)),,sudo) env SLIPWAY_IMAGES=.cache/images $(BIN)/pytest -n 0 tests/integration/test_pipeline.py

fuzz: $(DEV) ## atheris over all that reads input of others, ten minutes from tests/fuzz/corpus (SECONDS=600), and configurations of the schemas (CASES=20000)
	$(BIN)/uv pip install --quiet --target .cache/atheris --require-hashes -r requirements/fuzz.lock
	PYTHONPATH=.cache/atheris $(BIN)/python -m tests.fuzz $(or $(SECONDS),600)
	$(BIN)/python -m tests.fuzz.configurations $(or $(CASES),20000)

# What follows is what the workflows in .github/workflows run, step by step. docs/pipeline.md explains each.
# SLIPWAY_OPTIONS=--sandbox runs it against the embedded AWS.
RUN := .venv/run.ready

images: ## Build and push the image of each service (REGISTRY, REGION; SERVICES="app web")
	.github/images $(SERVICES)
	test ! -s build/images/built || cut -d= -f2 build/images/built | sed -E 's/^(.*)@sha256:(.*)$$/\2  \1/' > build/images/checksums

.PHONY: sites
sites: ## Build the static sites into build/images/sites (SITES="web=app/frontend": name and folder with a package.json that writes dist)
	.github/sites $(SITES)

scan-images: ## Look for known vulnerabilities in what was pushed; critical ones fail (needs trivy)
	cut -d= -f2 build/images/images | xargs -n 1 trivy image --config .github/trivy.yaml

scan-files: ## Look for known vulnerabilities, secrets and misconfiguration in the files (needs trivy)
	trivy fs --config .github/trivy.yaml --scanners vuln,secret,misconfig .

audit: $(DEV) ## Known vulnerabilities of what the locks name, Python and JavaScript
	$(BIN)/uv pip install --quiet --target .cache/pip-audit --require-hashes -r requirements/audit.lock
	PYTHONPATH=.cache/pip-audit $(BIN)/python -m pip_audit --disable-pip --require-hashes $(addprefix -r requirements/,dev.lock board.lock build.lock)
	test ! -f app/frontend/package-lock.json || npm audit --prefix app/frontend --audit-level=critical

backend: $(DEV) ## The tests of the board's API, with coverage of 80 % at least
	$(BIN)/pytest -n 2 --dist worksteal tests/app --cov=app/backend/board --cov-fail-under=80

publish: $(RUN) ## Publish the version of this commit with the images in build/images
	.github/publish $(SLIPWAY_OPTIONS)

open: $(RUN) ## Open the releases that the newest version changes (ENVIRONMENTS="dev staging prod")
	.github/open $(ENVIRONMENTS)

report: $(RUN) ## Tell on GitHub what became of releases (GITHUB_REPOSITORY, GITHUB_TOKEN)
	$(BIN)/slipway github report $(SLIPWAY_OPTIONS)

plan: $(RUN) ## What the checkout would change in an environment, as Markdown in build/plan (ENVIRONMENT=prod)
	mkdir -p build/plan
	$(BIN)/slipway plan $(ENVIRONMENT) --markdown $(SLIPWAY_OPTIONS) > build/plan/$(ENVIRONMENT).md

comment: $(RUN) ## Write build/plan into the comment of a pull request (PULL_REQUEST=N, GITHUB_REPOSITORY, GITHUB_TOKEN)
	$(BIN)/slipway github comment build/plan/*.md --pull-request $(PULL_REQUEST)

drift: $(RUN) ## Keep the issue about drift of an environment up to date (ENVIRONMENT=prod, GITHUB_REPOSITORY, GITHUB_TOKEN)
	mkdir -p build/drift
	$(BIN)/slipway drift $(ENVIRONMENT) --json $(SLIPWAY_OPTIONS) > build/drift/$(ENVIRONMENT).json || test $$? -eq 1
	$(BIN)/slipway github drift $(ENVIRONMENT) --file build/drift/$(ENVIRONMENT).json

clean: ## Remove what was made here, but not .venv
	rm -rf build .cache .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
