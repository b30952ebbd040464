# siyu in one command. Needs python3 (3.11 or newer) and make; `make help` lists the rest.
# Paths are relative on purpose: the checkout may lie in a folder with blanks or Chinese characters.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv/bin/python
EXEC := $(VENV) -m siyu.embedded exec --
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help up test test-browser test-situations check format clean lock runtime dev

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 18

up: runtime ## start everything and stay in the foreground; Ctrl-C stops it
	@exec $(VENV) -m siyu.embedded up

test: dev ## run the tests with databases and brokers of their own (ARGS="-k name"; WORKERS=0: one after the other)
	@exec $(EXEC) $(VENV) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-browser: dev ## walk the pages in Chromium, with the demo (minutes)
	@exec $(EXEC) $(VENV) -m pytest -m browser tests/browser $(ARGS)

test-situations: dev ## try `make up` in fresh clones, killed, side by side; a month of reports in a storm (minutes)
	@exec $(EXEC) $(VENV) -m pytest -s -v -m slow tests/embedded tests/reports $(ARGS)

check: dev ## format, lint, import rules, types, migrations, lock files
	$(VENV) -m ruff format --check .
	$(VENV) -m ruff check .
	$(VENV) -c "from importlinter.cli import lint_imports_command as run; run()"
	$(EXEC) $(VENV) -m mypy
	$(EXEC) $(VENV) manage.py makemigrations --check --dry-run
	$(VENV) bootstrap/lock.py --check

format: dev ## lay the code out, and mend what the linter can mend
	$(VENV) -m ruff format .
	$(VENV) -m ruff check --fix .

clean: runtime ## stop what runs and remove SIYU_HOME after asking (YES=1: without asking)
	@exec $(VENV) -m siyu.embedded clean $(if $(YES),--yes)

lock: runtime ## write the lock files anew from pyproject.toml (ARGS="--upgrade" for newer versions)
	@exec $(VENV) bootstrap/lock.py $(ARGS)

runtime:
	@$(PYTHON) bootstrap/install.py

dev:
	@$(PYTHON) bootstrap/install.py --dev
