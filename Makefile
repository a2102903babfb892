# `make up` starts Resonance, `make test` tests it, `make check` runs the static checks.
# Nothing is needed but Python 3.11 or newer and make.
#
#   make up PORT=8001 DATA=/some/dir     another port, another data folder
#   make test ARGS="tests/events -k cooldown"
#   make test COVERAGE=1                 and whether enough of the code was run, as in CI
#   make bench QUICK=1                   how fast it is, beside the database's own ceiling
#   make bench-big                       how long reports take over ten million events; EVENTS=1000000 for fewer
#   make screenshots DOCS=1              every page as it looks, and the docs' pictures renewed
#   make soak SOAK_EVENTS=50000          whether memory stays flat

PYTHON ?= python3
ARGS ?=
WORKERS ?= 2
PIP = .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
SHELL = /bin/sh
# Where it is set, each of the many processes would compile anew all that it imports, for half of its start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: up test check bench bench-big soak screenshots

# One exec: a signal to make's only child reaches `up` itself, which ends all of its own.
up: .venv/installed
	@exec .venv/bin/python manage.py up $${PORT:+--port "$$PORT"} $${DATA:+--data "$$DATA"}

# Coverage is for CI: it makes all of Python slower, the servers' as well, and its floor is that of the whole suite.
test: .venv/installed-test
	@exec .venv/bin/python -m pytest $(or $(ARGS),-n $(WORKERS) --dist worksteal $(if $(COVERAGE),--cov --cov-report=term))

check: .venv/installed-test
	@exec .ci/run check

bench: .venv/installed-test
	@exec .venv/bin/python -m tests.benchmarks

bench-big: .venv/installed-test
	@exec .venv/bin/python -m tests.benchmarks.big

soak: .venv/installed-test
	@exec .venv/bin/python -m tests.benchmarks.soak

screenshots: .venv/installed-test
	@exec .venv/bin/python -m tests.screenshots

.venv/installed: requirements.lock
	@$(MAKE) --no-print-directory .venv-usable
	@echo "Installing what Resonance needs into .venv"
	@$(PIP) -r requirements.lock
	@touch $@

# The test lock holds all of the other with the same versions (`make check` sees to that).
.venv/installed-test: requirements-test.lock requirements.lock
	@$(MAKE) --no-print-directory .venv-usable
	@echo "Installing what Resonance and its tests need into .venv"
	@$(PIP) -r requirements-test.lock
	@touch .venv/installed $@

.PHONY: .venv-usable
.venv-usable:
	@command -v "$(PYTHON)" >/dev/null || \
	  { echo "There is no $(PYTHON): install Python 3.11 or newer, or name yours: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Resonance needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1). Name another: make PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments: install its venv package (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@.venv/bin/python -c 'import pip' 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
