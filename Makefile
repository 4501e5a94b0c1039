# Everything a clean clone needs, from one word: make demo | test | up | down | check | sam-local | mutants | bench | wheel | pictures | openapi | lock.
SHELL := /bin/bash -o pipefail
UV_VERSION := 0.13.9
export PATH := $(CURDIR)/.local/uv/bin:$(PATH)
# Bytecode is what makes a cold worker fast; some machines forbid writing it.
export PYTHONDONTWRITEBYTECODE :=
unexport PYTHONPATH

PYTHON := .venv/bin/python
TOMBOLA := .venv/bin/tombola

.PHONY: help demo test check up down sam-local mutants bench wheel pictures openapi lock clean
help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: .local/ready ## 500 draws against a stack of their own, with faults, audited
	@$(TOMBOLA) demo

up: .local/ready ## the local stack, with the sample activities
	@$(TOMBOLA) up

down: .local/ready ## stop the local stack
	@$(TOMBOLA) down

test: .local/ready .local/sam/.installed .local/audit/.installed ## every check and test
	@$(MAKE) --no-print-directory .local/chromium/.installed || test -z "$$CI"
	@$(MAKE) --no-print-directory .local/wheel/.built > .local/wheel.log 2>&1 || { cat .local/wheel.log; test -z "$$CI"; }
	@bash tests/side_by_side.sh $(PYTHON)

check: .local/ready .local/audit/.installed ## format, lint, types, imports, and what an auditor's tools find
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --cache-dir .local/import_linter
	@.local/audit/bin/bandit --quiet --recursive layers functions cli
	@.local/audit/bin/checkov --quiet --compact --skip-download --framework cloudformation --file template.yaml

sam-local: .local/ready .local/sam/.installed ## every event and the API through the real sam local: needs root and a container engine
	@PYTHONPATH=tests $(PYTHON) -m sam_local.main

mutants: .local/ready .local/dynoxide/.installed ## break the code on purpose: every mutant must be noticed
	@$(MAKE) --no-print-directory .local/chromium/.installed || test -z "$$CI"
	@$(MAKE) --no-print-directory .local/wheel/.built > .local/wheel.log 2>&1 || { cat .local/wheel.log; test -z "$$CI"; }
	@$(PYTHON) tests/mutants/run.py

bench: .local/ready .local/sam/.installed ## cold start, start of the command, warm CPU, memory, choice, simulation, repair, hot keys, import of codes, export of winners, transports: read the ratios
	@$(PYTHON) bench/cold_start.py
	@$(PYTHON) bench/command_start.py
	@$(PYTHON) bench/warm_draw.py
	@$(PYTHON) bench/choice.py
	@$(PYTHON) bench/simulate.py
	@$(PYTHON) bench/memory.py
	@$(PYTHON) bench/repair_measure.py
	@$(PYTHON) bench/repair.py
	@$(PYTHON) bench/hot_keys.py
	@$(PYTHON) bench/codes_import.py
	@$(PYTHON) bench/winners.py
	@$(PYTHON) bench/transports.py

wheel: .local/wheel/.built ## the page and the package for users: web/wheel/README.md

pictures: .local/ready .local/wheel/.built .local/chromium/.installed ## renew the pictures of the docs: the dashboard, and the pages after a demo
	@PYTHONPATH=tests $(PYTHON) bench/dashboard_picture.py docs/dashboard.svg
	@PYTHONPATH=tests $(PYTHON) tests/pictures/page_pictures.py

openapi: .local/ready ## renew docs/openapi.json and activities/schema.json from the code
	@$(PYTHON) -m tombola_cli.describe.openapi > docs/openapi.json
	@$(TOMBOLA) activity schema > activities/schema.json

lock: .local/uv/bin/uv ## renew the hashed requirement files (they name no host)
	@bash requirements/lock.sh

clean: ## remove everything that was installed or built here
	@rm -rf .local .venv .aws-sam

# uv comes from the machine or from a small environment of its own.
.local/uv/bin/uv:
	@command -v uv >/dev/null && mkdir -p $(@D) && ln -sf "$$(command -v uv)" $@ || { \
	  python="$$(bash requirements/find_python.sh)" && "$$python" -m venv .local/uv && \
	  .local/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }

.venv/.installed: requirements/dev.txt pyproject.toml .local/uv/bin/uv
	@bash requirements/install.sh .venv requirements/dev.txt && uv pip install -q --no-deps --python $(PYTHON) -e . && touch $@

.local/emulator/.installed: requirements/emulator.txt .local/uv/bin/uv
	@bash requirements/install.sh .local/emulator $< && touch $@

.local/sam/.installed: requirements/sam.txt .local/uv/bin/uv
	@bash requirements/install.sh .local/sam $< && touch $@

.local/audit/.installed: requirements/audit.txt .local/uv/bin/uv
	@bash requirements/install.sh .local/audit $< && touch $@

# Without it the tests use what else there is, and say so; in CI they fail.
.local/dynoxide/.installed: requirements/dynoxide.sh
	@bash $< $(@D) && touch $@

# Without it no page is tested, and the tests say so; in CI they fail.
.local/chromium/.installed: requirements/chromium.sh
	@bash $< $(@D) && touch $@

# Node and npm for the pages of web/.
.local/web/.installed: requirements/web.txt .local/uv/bin/uv
	@bash requirements/install.sh .local/web $< && touch $@

WHEEL_SOURCES := $(shell find web/wheel -name node_modules -prune -o -name dist -prune -o -type f -print)
.local/wheel/.built: .local/web/.installed $(WHEEL_SOURCES)
	@rm -f $@
	@cd web/wheel && export PATH="$(CURDIR)/.local/web/bin:$$PATH" && \
	  npm ci --silent && npm run --silent check && npm run --silent test && npm run --silent build && \
	  mkdir -p $(CURDIR)/$(@D) && touch $(CURDIR)/$@

.local/ready: .venv/.installed .local/emulator/.installed
	@touch $@
