# Everything on a fresh machine with Python 3.11 or newer, git and make.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready

# Modules are compiled once, not by each process that starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test proofs bench docs package audit lock clean

demo: $(STAMP)
	$(BIN)/icnsim run scenarios/week4.yaml --set warmup=7min

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

# The slow proofs, one after the other. They take hours, and the first that fails ends them.
proofs: $(STAMP)
	$(BIN)/python -m tests.machines --count 200 --shipped
	$(BIN)/python -m tests.plants --jobs 2
	$(BIN)/python -m tests.engines --count 2000
	$(BIN)/python -m tests.fuzz --count 100000
	$(BIN)/python -m tests.mutation --sample 300

docs: $(STAMP)
	$(BIN)/python -m docs.programs.notebooks
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict
	@echo "site/index.html"

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python -m benchmarks

# Builds the package, installs it on every Python of this machine, and uses it there.
package: $(STAMP)
	$(BIN)/python -m tests.packaging --keep dist

# Looks up known vulnerabilities of the locked dependencies; needs a network.
audit: $(STAMP)
	$(BIN)/python -m tests.packaging.audit

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "icnsim needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

# Needs uv. One lock is right for every Python and platform, because its entries have markers. Versions that are in a
# lock stay. The locks have versions and hashes, and no address of any index.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
lock:
	$(COMPILE) --extra test --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra test --extra bench --constraints requirements.lock --output-file requirements-bench.lock \
		pyproject.toml
	echo 'setuptools>=77' | $(COMPILE) --constraints requirements.lock --output-file requirements-run.lock \
		pyproject.toml -

clean:
	rm -rf .venv results site build dist
