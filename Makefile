# make run      set up everything and serve the site on http://127.0.0.1:8000/ (PORT=8001 takes another port)
# make test     set up everything and run the tests that need no server and no browser
# make check    lint, format, types, migrations, OpenAPI document, deployment settings, translations
# The others: test-postgres test-browser bench messages messages-check openapi lock clean

PORT ?= 8000
# One interpreter to use instead of the first that fits.
PYTHON ?=
PY := .venv/bin/python
PIP := $(PY) -m pip -qq --disable-pip-version-check
LOCAL := ETOWN_LOCAL=true
CATALOGUE := etown/locale/zh_Hans/LC_MESSAGES/django
MAKEMESSAGES := -l zh_Hans --no-location --no-obsolete -i '.venv/*' -i 'var/*' -i 'tests/*'

# What another project left in the shell must not steer this one.
unexport DJANGO_SETTINGS_MODULE PYTHONHOME PYTHONPATH
# Two installations into one environment at the same time would spoil it.
.NOTPARALLEL:
.PHONY: run test test-postgres test-browser bench check messages messages-check openapi lock clean

run: .venv/.installed
	@exec env $(LOCAL) $(PY) manage.py serve --port "$(PORT)"

test: .venv/.installed-dev
	@echo "Not part of this: pages in Chromium (make test-browser), the suite on PostgreSQL (make test-postgres)."
	@$(PY) -m pytest -n auto --maxprocesses 8

# ETOWN_TEST_DATABASE_URL names the server, for instance postgres://etown:secret@127.0.0.1/etown
test-postgres: .venv/.installed-dev
	@test -n "$$ETOWN_TEST_DATABASE_URL" || { \
		echo "ETOWN_TEST_DATABASE_URL names no server, for instance postgres://user:password@127.0.0.1/name"; exit 1; }
	@$(PY) -m pytest -n auto --maxprocesses 8

test-browser: .venv/.installed-dev
	@$(PY) -m pytest -m browser -n auto --maxprocesses 4

# Takes an hour and some gigabytes in var/bench; PostgreSQL too where ETOWN_BENCH_DATABASE_URL names a server.
# Parts of it: .venv/bin/python -m tests.bench --only facets,search --engine sqlite
bench: .venv/.installed-dev
	@$(PY) -m tests.bench --write

check: .venv/.installed-dev
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy .
	@$(LOCAL) $(PY) manage.py makemigrations --check --dry-run
	@$(LOCAL) $(PY) manage.py spectacular --validate --fail-on-warn --file .venv/openapi.yaml
	@diff -u docs/openapi.yaml .venv/openapi.yaml || { echo "docs/openapi.yaml is not current: run 'make openapi'"; exit 1; }
	@env -u ETOWN_LOCAL -u ETOWN_DEBUG ETOWN_SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz \
		ETOWN_HOSTS=invest.example.com $(PY) manage.py check --deploy --fail-level WARNING
	@if command -v msgfmt >/dev/null; then $(MAKE) --no-print-directory messages-check; \
		else echo "Translations are not checked: install gettext for that."; fi

# In a copy, so that the check changes nothing; the date in a catalogue's head does not count.
messages-check: .venv/.installed-dev
	@rm -rf .venv/copy && mkdir .venv/copy
	@tar -cf - --exclude=./.venv --exclude=./.git --exclude=./var . | tar -xf - -C .venv/copy
	@cd .venv/copy && env $(LOCAL) ../bin/python manage.py makemessages $(MAKEMESSAGES) >/dev/null
	@diff -u -I '^"POT-Creation-Date' $(CATALOGUE).po .venv/copy/$(CATALOGUE).po || { \
		echo "$(CATALOGUE).po is not current: run 'make messages' and translate what is new"; exit 1; }
	@msgfmt --check -o .venv/copy/new.mo $(CATALOGUE).po
	@msgunfmt .venv/copy/new.mo > .venv/copy/new && msgunfmt $(CATALOGUE).mo | cmp -s - .venv/copy/new || { \
		echo "$(CATALOGUE).mo is not current: run 'make messages'"; exit 1; }
	@rm -rf .venv/copy
	@echo "Translations: current."

messages: .venv/.installed-dev
	@$(LOCAL) $(PY) manage.py makemessages $(MAKEMESSAGES)
	@$(LOCAL) $(PY) manage.py compilemessages -i .venv >/dev/null

openapi: .venv/.installed-dev
	@$(LOCAL) $(PY) manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

lock:
	uv pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header -q -o requirements.lock
	uv pip compile pyproject.toml --extra dev -c requirements.lock --universal --python-version 3.12 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header -q -o requirements-dev.lock

# Never var/: records and pictures live there.
clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

# An environment whose interpreter is gone, or is another version by now, is made anew.
BROKEN := $(shell $(PY) -c 'import pip' >/dev/null 2>&1 || echo broken)
.venv/.created: $(if $(BROKEN),broken)
	@rm -rf .venv
	@found=; bare=; \
	for candidate in $(if $(PYTHON),"$(PYTHON)",python3.13 python3.12 python3.14 python3 python); do \
		"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1 || continue; \
		"$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1 || { bare="$$bare $$candidate"; continue; }; \
		found=$$candidate; break; \
	done; \
	if [ -n "$$found" ]; then :; \
	elif [ -n "$$bare" ]; then \
		echo "Python is here ($${bare# }) without its venv part: install it (Debian, Ubuntu: apt install python3-venv)."; exit 1; \
	else \
		echo "Python 3.12 or newer is needed; $(if $(PYTHON),$(PYTHON) is not that,none was found): install it, or say where it is: make PYTHON=/path/to/python3.12"; exit 1; \
	fi; \
	echo "Creating .venv with $$("$$found" --version) ..."; \
	"$$found" -m venv .venv && touch $@ || { rm -rf .venv; exit 1; }

.PHONY: broken
broken:

.venv/.installed: requirements.lock .venv/.created
	@echo "Installing the pinned packages ..."
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements.lock
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.created
	@echo "Installing the pinned packages, those for tests included ..."
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	@touch $@ .venv/.installed
