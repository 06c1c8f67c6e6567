# make demo [PORT=8000]    set up and open the site on http://127.0.0.1:PORT
# make test [TORCH=1]      set up and run everything that CI runs; TORCH=1 adds the tests of training
# make lint                style, types and layers
# make requirements        resolve the pinned requirement files again (UPGRADE=1 takes newer versions)

PORT ?= 8000
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --quiet
INSTALL := $(PIP) --no-deps --no-build-isolation --editable .
RESOLVE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
	--custom-compile-command "make requirements" $(if $(UPGRADE),--upgrade) pyproject.toml
# One thread for each of the test processes: they share the cores. Each takes a half of the tests in their order, so
# that what a file makes once is seldom made by both.
TEST_ENVIRONMENT := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

.DELETE_ON_ERROR:
.PHONY: demo test lint requirements browser

# State lies in .outclass, where every other command that is run from this folder finds it.
demo: $(VENV)/demo.stamp
	@OUTCLASS_HOME="$${OUTCLASS_HOME:-$(CURDIR)/.outclass}" $(BIN)/outclass demo --port $(PORT)

test: $(VENV)/test.stamp $(if $(TORCH),$(VENV)/torch.stamp) browser lint
	$(TEST_ENVIRONMENT) $(BIN)/pytest --numprocesses 2 --dist worksteal $(PYTEST)

# Without torch the challenges, which nothing imports, are left to the full run.
lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $$(test -e $(VENV)/torch.stamp || echo --exclude src/outclass/challenges/)
	$(BIN)/lint-imports

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: requirements/demo.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the demo needs (a minute or two, once) ..."
	@$(PIP) --no-deps -r requirements/demo.txt
	@$(INSTALL)
	@touch $@

$(VENV)/test.stamp: requirements/test.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the tests need (a few minutes, once) ..."
	@$(PIP) --no-deps -r requirements/test.txt
	@$(INSTALL)
	@touch $@

# Not with --no-deps: a build of torch for graphics cards brings packages that the CPU's has no use for.
$(VENV)/torch.stamp: requirements/torch.txt | $(VENV)/test.stamp
	@echo "Installing torch (a few minutes, once) ..."
	@$(PIP) -r requirements/torch.txt
	@touch $@

# The browser tests use the system's Chromium; where it cannot be installed they skip and say so (never in CI).
browser:
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing Chromium for the browser tests ..."; \
		(apt-get -qq update && apt-get -qq install -y chromium fonts-liberation) >/dev/null </dev/null \
		|| echo "Chromium could not be installed: the browser tests will skip" >&2; \
	else echo "No Chromium here: the browser tests will skip" >&2; fi
	@# A web server is installed by the build server only: on a machine of somebody's it would begin to listen.
	@if [ -n "$$CI" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && ! command -v nginx >/dev/null 2>&1; then \
		echo "Installing nginx for the tests behind a proxy ..."; \
		(apt-get -qq update && apt-get -qq install -y nginx-light curl openssl) >/dev/null </dev/null \
		|| echo "nginx could not be installed: its tests will skip" >&2; \
	fi

requirements:
	@mkdir -p requirements
	$(RESOLVE) --extra demo --group install --output-file requirements/demo.txt
	$(RESOLVE) --output-file requirements/core.txt --constraints requirements/demo.txt
	$(RESOLVE) --extra demo --extra stars --extra dask --extra stream --extra bots --extra postgres --group install --group test --group lint --group tools \
		--output-file requirements/test.txt --constraints requirements/demo.txt
	$(RESOLVE) --extra torch --output-file requirements/torch.txt --constraints requirements/torch.in \
		--constraints requirements/test.txt
	@# What a build of torch for graphics cards needs is left to that build.
	@sed -E -i.old '/^(nvidia|cuda|triton)/d' requirements/torch.txt && rm requirements/torch.txt.old
