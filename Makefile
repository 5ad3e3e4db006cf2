# Everything on a fresh machine with Python 3.11 or newer, git and make.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

# Modules are compiled once, not by each process that starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test bench docs lock clean

demo: $(STAMP)
	$(BIN)/icnsim run scenarios/week4.yaml --set warmup=7min

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

docs: $(STAMP)
	$(BIN)/python -m docs.programs.notebooks
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "site/index.html"

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python -m benchmarks

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "icnsim needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

# Needs pip-tools; writes versions and hashes, and no address of any index.
lock:
	pip-compile --quiet --extra test --strip-extras --generate-hashes --allow-unsafe --no-emit-options \
		--no-header --no-annotate --output-file requirements.lock pyproject.toml
	pip-compile --quiet --extra test --extra bench --strip-extras --generate-hashes --allow-unsafe --no-emit-options \
		--no-header --no-annotate --output-file requirements-bench.lock pyproject.toml

clean:
	rm -rf .venv results site
