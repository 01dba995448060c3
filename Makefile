# Everything a fresh machine needs is done by the first target that it is asked for.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test check slow docs readme

run: $(READY)  ## train `small` on the embedded digits, test, report
	$(BIN)/inkdigit train --preset small -o runs/make-run-$$(date +%Y%m%d-%H%M%S)

test: $(READY)  ## the tests
	$(BIN)/python -m pytest

check: $(READY)  ## format, lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

slow: $(READY)  ## the tests that take minutes
	$(BIN)/python -m pytest -m slow

docs: $(READY)  ## write the generated pages of docs/ again
	$(BIN)/python -m inkdigit.cli.reference docs

readme: $(READY)  ## run the README's commands and write their output into it again
	$(BIN)/python -m benchmarks.readme

# torch and torchvision are asked for together, so that pip finds a matching pair.
$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet 'torch>=2.9' 'torchvision>=0.24'
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $(READY)
