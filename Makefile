# Everything a fresh machine needs is done by the first target that it is asked for.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PATIENT := -o faulthandler_timeout=7200  # seconds that one test of the long suites may take

.PHONY: run test check slow torture fuzz postgres docs readme weights line-weights

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
	$(BIN)/python -m pytest $(PATIENT) -m slow

torture: $(READY)  ## kill runs at random moments, and let every call to the disk fail
	$(BIN)/python -m pytest $(PATIENT) -m torture

fuzz: $(READY)  ## many thousand damaged files: no crash, no hang, bounded memory
	$(BIN)/python -m pytest $(PATIENT) -m fuzz

# With POSTGRES=postgresql+psycopg://user@host/database that server; else one is started for a moment.
postgres: $(READY)  ## two machines search together through PostgreSQL, and one of them dies
	INKDIGIT_TEST_POSTGRES="$(POSTGRES)" $(BIN)/python -m pytest -m postgres -s tests/studies/search/test_postgres.py

docs: $(READY)  ## write the generated pages of docs/ again
	$(BIN)/python -m inkdigit.cli.reference docs

readme: $(READY)  ## run the README's commands and write their output into it again
	$(BIN)/python -m benchmarks.readme

weights: $(READY)  ## make the weights of single digits again: needs MNIST, and nearly two hours
	$(BIN)/python -m benchmarks.weights

line-weights: $(READY)  ## make the weights of whole numbers again: needs MNIST, and half a day
	$(BIN)/python -m benchmarks.line_weights
	$(BIN)/python -m benchmarks.line_weights refine 1
	$(BIN)/python -m benchmarks.line_weights refine 2
	$(BIN)/python -m benchmarks.line_weights refine 3
	$(BIN)/python -m benchmarks.line_weights refine 4

# torch and torchvision are asked for together, so that pip finds a matching pair.
$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet 'torch>=2.9' 'torchvision>=0.24'
	$(BIN)/pip install --quiet --editable '.[dev]'
	touch $(READY)
