# make run    set up everything and serve the site on http://127.0.0.1:8000/ (PORT=8001 takes another port)
# make test   set up everything and run the tests that need no server and no browser
# make check  lint, format, types, migrations, OpenAPI document, deployment settings, translations

PORT ?= 8000
# The first interpreter that runs and is new enough; a shim of a version manager may exist and not run.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.14 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
PY := .venv/bin/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check

.PHONY: run test test-postgres test-browser check lock messages openapi clean

run: .venv/.installed
	@ETOWN_LOCAL=true $(PY) manage.py serve --port $(PORT)

test: .venv/.installed-dev
	@$(PY) -m pytest -n auto

# ETOWN_TEST_DATABASE_URL names the server, for instance postgres://etown:secret@127.0.0.1/etown
test-postgres: .venv/.installed-dev
	@ETOWN_TEST_DATABASE_URL=$${ETOWN_TEST_DATABASE_URL:?names no PostgreSQL server, for instance postgres://user:password@127.0.0.1/name} \
		$(PY) -m pytest -n auto

test-browser: .venv/.installed-dev
	@$(PY) -m pytest -m browser

check: .venv/.installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy .
	@ETOWN_LOCAL=true $(PY) manage.py makemigrations --check --dry-run
	@ETOWN_LOCAL=true $(PY) manage.py spectacular --validate --fail-on-warn --file .venv/openapi.yaml
	@diff -u docs/openapi.yaml .venv/openapi.yaml || { echo "docs/openapi.yaml is not current: run 'make openapi'"; exit 1; }
	@ETOWN_SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz ETOWN_HOSTS=invest.example.com \
		$(PY) manage.py check --deploy --fail-level WARNING
	@$(PY) -m pytest -q tests/test_translations.py

lock:
	uv pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev -c requirements.lock --universal --python-version 3.12 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header -q -o requirements-dev.lock

messages: .venv/.installed-dev
	ETOWN_LOCAL=true $(PY) manage.py makemessages -l zh_Hans --no-location --no-obsolete -i '.venv/*' -i 'var/*' -i 'tests/*'
	ETOWN_LOCAL=true $(PY) manage.py compilemessages -i '.venv'

openapi: .venv/.installed-dev
	ETOWN_LOCAL=true $(PY) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

clean:
	rm -rf .venv var

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "E-Town Invest needs Python 3.12 or newer, and none was found. Install it, or say where it is: make PYTHON=/path/to/python3"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 12))' || { echo "E-Town Invest needs Python 3.12 or newer; $(PYTHON) is not."; exit 1; }
	@echo "Creating .venv with $$($(PYTHON) --version) ..."
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; echo "This Python cannot create environments; on Debian or Ubuntu install python3-venv."; exit 1; }

.venv/.installed: requirements.lock | .venv/bin/python
	@echo "Installing the pinned dependencies ..."
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements.lock
	@touch $@

.venv/.installed-dev: requirements-dev.lock | .venv/bin/python
	@echo "Installing the pinned dependencies, those for tests included ..."
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	@touch $@ .venv/.installed
