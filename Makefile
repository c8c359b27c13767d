# Every command of the repository. `make run` and `make test` are all that a newcomer needs.
.PHONY: install run test test-slow check bench bench-settlement bench-peers schema lock
.DEFAULT_GOAL := run

# Recipes say exec, so that a signal to make reaches the program itself and not a shell in between.

# The first Python that is new enough; PYTHON=/path/to/python3.12 chooses another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)

# The environment in .venv and the web pages; nothing happens when nothing changed.
install:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Splitbook needs Python 3.11 or newer, and there is none on the PATH; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@exec "$(PYTHON)" -I app/install.py
	@exec .venv/bin/python -I app/web/build.py

# The gateway with the demo marketplace, on 127.0.0.1 and port 8000 or PORT, until Ctrl-C.
run: install
	@exec .venv/bin/splitbook serve --demo

# The whole suite on a temporary server of its own.
test: install
	@exec .venv/bin/python -m pytest -n auto --dist worksteal -m "not slow and not bench" --cov --cov-report=
	@.venv/bin/python -m coverage report --skip-covered
	@echo "The ledger's share:" && .venv/bin/python -m coverage report --include='ledger/*' --fail-under=95 --format=total

# The long forms of the packs.
test-slow: install
	@exec .venv/bin/python -m pytest -n auto --dist worksteal -m slow --timeout=3600

# Format, lint, types, walls between packages, SQL, and whether the generated files are those that the code makes.
check: install
	@.venv/bin/ruff format --check
	@.venv/bin/ruff check
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/sqlfluff lint migrations/versions
	@exec .venv/bin/python -m pytest -q -m snapshot

# Figures, printed; they gate nothing.
bench: install
	@exec .venv/bin/python -m pytest -q -s -m bench --timeout=0 --ignore=tests/bench/test_settlement_figures.py

# The same for closing: SCALE lines (2M; RUNS=1 SCALE=50M takes twenty minutes and 30 GB), RUNS times (3).
bench-settlement: install
	@exec .venv/bin/python -m pytest -q -s -m bench --timeout=0 tests/bench/test_settlement_figures.py

# Beside a peer: PGLEDGER is a clone of https://github.com/pgr0ss/pgledger.
bench-peers: install
	@PGLEDGER="$(PGLEDGER)" exec .venv/bin/python -m pytest -q -s -m bench --timeout=0 tests/bench -k test_pgledger

# Write the generated files (schema.graphql, migrations/schema.sql) from the code as it is now.
schema: install
	@SPLITBOOK_WRITE_SNAPSHOTS=1 exec .venv/bin/python -m pytest -q -m snapshot

# Write requirements.lock anew after a change of the pins in pyproject.toml.
lock:
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && "$(PYTHON)" -m venv "$$folder" \
		&& backend=$$("$(PYTHON)" -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"])') \
		&& "$$folder/bin/python" -m pip install --quiet "$$backend" editables ".[web,dev]" \
		&& { echo "# Every package of .venv with its version. Written by \`make lock\`, from the pins in pyproject.toml."; \
			"$$folder/bin/python" -m pip freeze --exclude splitbook; } > "$$folder/lock" \
		&& cp "$$folder/lock" requirements.lock
