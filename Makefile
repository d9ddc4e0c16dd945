# make demo, make test, make check: each creates and uses .venv. Nothing but Python 3.11+ and make is needed.
# On Linux without a GPU, PyTorch's CPU build saves gigabytes: make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p >/dev/null 2>&1 && \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
INSTALLED := .venv/.installed
TOOLS := .venv/.installed-tools
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
TORCH_INDEX ?=

.PHONY: demo test check lint help clean

help:
	@echo 'make demo    learn to drive in about a minute, evaluate on unseen roads, write a film'
	@echo 'make test    run the tests'
	@echo 'make check   what CI runs: lint, types, tests'
	@echo 'make clean   remove .venv and caches (runs/ stays)'

demo: $(INSTALLED)
	@$(BIN)/dashcam compile
	$(BIN)/dashcam demo

test: $(TOOLS)
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null && command -v Xvfb >/dev/null && command -v strace >/dev/null || echo 'Some tests will fail: they need Chromium, its driver, Xvfb and strace (on Debian: apt-get install chromium chromium-driver xvfb strace).'
	@$(BIN)/dashcam compile
	SDL_VIDEODRIVER=dummy $(BIN)/python -m pytest -q -n 2

check: lint test

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(INSTALLED): pyproject.toml constraints.txt
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or newer was not found; install it, or name it: make demo PYTHON=/path/to/python3.11'; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo 'Python could not make .venv; on Debian and Ubuntu install python3-venv.'; exit 2; }
	@echo 'Installing into .venv (some minutes the first time) ...'
	@$(PIP) torch $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX))
	@$(PIP) -e .
	@touch $@

# What tests, lint and types need beyond what drives and learns.
$(TOOLS): $(INSTALLED)
	@echo 'Installing what the tests need ...'
	@$(PIP) -e '.[dev]'
	@touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find sim perception agents tools tests -name __pycache__ -prune -exec rm -rf {} +
