# Every target sets up the virtual environment that it needs; pip's own
# configuration (index, certificates, ...) is honoured.
#
#   make PYTHON=/path/to/python3.12 demo      chooses the interpreter

.PHONY: help demo demo-cluster cluster-test host-test test slow soak fuzz fuzz-ways kill-test packages-test serve-check lint format parity record record-tf1 bench clean test-matrix dist docs
.DEFAULT_GOAL := help
SHELL := /bin/bash

# The first interpreter of a version that TensorFlow 2.16+ has wheels for.
find_python = $(shell for p in $(1); do \
  "$$p" -c 'import sys; sys.exit(not $(2))' 2>/dev/null && echo "$$p" && break; \
  done)
IN_RANGE := (3, 10) <= sys.version_info[:2] <= (3, 13)
PYTHON ?= $(call find_python,python3 python3.13 python3.12 python3.11 \
  python3.10,$(IN_RANGE))

# Test processes: as many as there are cores, from 1 to 8.
JOBS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); \
  echo $$((n > 8 ? 8 : n)))

VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

help:
	@echo 'make demo    two legacy programs train, resume, export and are served'
	@echo 'make demo-cluster  one program in the tasks of a cluster, one of them killed'
	@echo 'make test    the tests'
	@echo 'make slow    the tests that take minutes'
	@echo 'make cluster-test  clusters of processes that fail in many ways'
	@echo 'make host-test  clusters on several hosts, whose network fails'
	@echo 'make soak ENGINE=...  a cluster under faults at random, for an hour'
	@echo 'make kill-test  kills training and exporting at random moments'
	@echo 'make packages-test  packages of others that expect Estimator'
	@echo 'make fuzz    random programs, run by a Session and by this package'
	@echo 'make fuzz-ways  random hooks, columns, ..., in each way that there is'
	@echo 'make serve-check MODEL=...  loads and runs an export by the C library'
	@echo 'make lint    ruff and mypy'
	@echo 'make format  lets ruff format and fix what it can'
	@echo 'make parity  the tests against TensorFlow 2.15 (its own .venv-ref)'
	@echo 'make record  goldens of TensorFlow 2.15, which the tests compare with'
	@echo 'make record-tf1  goldens of TensorFlow 1.15, for programs of TensorFlow 1'
	@echo 'make bench   steps and whole calls, beside TensorFlow 2.15'
	@echo 'make test-matrix  a smoke set on TensorFlow 2.16 to 2.21'
	@echo 'make docs    the guides and the API reference, with search, in site/'
	@echo 'make dist    a wheel and an sdist, tried in an empty environment'
	@echo 'make clean   removes the virtual environments and caches'
	@echo
	@echo 'PYTHON=... chooses the interpreter (3.10 to 3.13),'
	@echo 'JOBS=... the number of test processes (now $(JOBS)),'
	@echo 'TFCOMPAT_REFERENCE_PYTHON=... an interpreter that has TensorFlow 2.15.'

# The processes of a cluster on 127.0.0.1; one of them is killed.
demo-cluster: $(VENV)/.demo
	$(BIN)/python examples/distributed/launch.py

demo: $(VENV)/.demo
	$(BIN)/python examples/demo.py

# ARGS='tests/heads -k binary' narrows a run.
test: $(VENV)/.test
	$(PYTEST) -n $(JOBS) --dist loadfile $(ARGS)

slow: $(VENV)/.test
	$(PYTEST) -n $(JOBS) --dist loadfile -m slow $(ARGS)

# Starts clusters of processes, and ends these at bad moments: five minutes on two
# cores.
cluster-test: $(VENV)/.test
	$(PYTEST) -n $(JOBS) --dist loadfile -m cluster $(ARGS)

# Clusters whose tasks are on hosts of their own (network namespaces, which need root
# and iproute2), between which packets are late, lost, or come to nobody.
host-test: $(VENV)/.test
	$(PYTEST) -m hosts $(ARGS)

# One engine (servers, in_step or mirrored) under faults that SEED draws, for so many
# SECONDS; needs what host-test needs.
soak: $(VENV)/.test
	$(BIN)/python -m tests.distribution.soak $(or $(ENGINE),in_step) \
	  --seconds $(or $(SECONDS),3600) $(if $(SEED),--seed $(SEED))

# Random programs of TF 1, run by a Session and by this package: COUNT for each
# mode, of the seeds from SEED on. ARGS names modes.
fuzz: $(VENV)/.test
	$(BIN)/python -m tests.fuzz --count $(or $(COUNT),250) --seed $(or $(SEED),1) \
	  $(ARGS)

# Random hooks in loops and in single runs, random columns here and in TensorFlow:
# COUNT examples of each test.
fuzz-ways: $(VENV)/.test
	TFCOMPAT_FUZZ_COUNT=$(or $(COUNT),250) $(PYTEST) -n $(JOBS) \
	  tests/session_emulation/loops/random_hooks_test.py \
	  tests/canned/networks/random_columns_test.py \
	  tests/checkpoint/random_damage_test.py \
	  tests/distribution/servers/packing_test.py \
	  tests/migration/conversion/random_models_test.py $(ARGS)

# Programs with packages of others, which pip fetches: ARGS='-k wandb' for one.
packages-test: $(VENV)/.test
	$(PYTEST) -m packages tests/packages $(ARGS)

# Kills training and exporting at 50 random moments each.
kill-test: $(VENV)/.test
	$(PYTEST) -m slow tests/checkpoint/kill_test.py $(ARGS)

# Loads an export as TensorFlow Serving does and runs all its signatures:
#   make serve-check MODEL=/path/to/export/1700000000
serve-check: $(VENV)/.demo
	@test -n "$(MODEL)" || { echo 'Name an export: make serve-check MODEL=...'; \
	  exit 1; }
	$(BIN)/python -m tests.serving.c_loader $(MODEL)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# HTML pages of the guides and of all public names: site/index.html.
docs: $(VENV)/.docs
	$(BIN)/python docs/api_reference.py site

clean:
	rm -rf .venv .venv-ref .venv-matrix .venv-dist .venv-packages build dist site *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis

# --- virtual environments -----------------------------------------------------

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo 'Found no Python 3.10 to 3.13, which' \
	  'TensorFlow 2.16+ needs. Name one: make PYTHON=/path/to/python'; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(not $(IN_RANGE))' || { \
	  echo "PYTHON ($(PYTHON)) must be Python 3.10 to 3.13, is:" \
	  "$$("$(PYTHON)" --version 2>&1). Name one: make PYTHON=/path/to/python"; \
	  exit 1; }
	"$(PYTHON)" -m venv $(VENV) || { echo 'The venv module of $(PYTHON) does' \
	  'not work; Debian and Ubuntu have it in the package python3-venv.'; exit 1; }
	touch $@

$(VENV)/.demo $(VENV)/.docs $(VENV)/.test: $(VENV)/.%: setup.py $(VENV)/.made
	$(BIN)/python -m pip install --quiet --editable '.[$*]'
	touch $@

# --- the reference: TensorFlow 2.15 with the real tf.estimator ----------------

ifdef TFCOMPAT_REFERENCE_PYTHON
REFERENCE_READY :=
else
REFERENCE_READY := .venv-ref/.made
TFCOMPAT_REFERENCE_PYTHON := $(CURDIR)/.venv-ref/bin/python
endif
export TFCOMPAT_REFERENCE_PYTHON

# tensorflow-cpu has wheels for x86-64 Linux and Windows only.
REFERENCE_TF := $(if $(filter x86_64,$(shell uname -m)),$(if \
  $(filter Linux,$(shell uname -s)),tensorflow-cpu,tensorflow),tensorflow)
REFERENCE_RANGE := (3, 9) <= sys.version_info[:2] <= (3, 11)
REFERENCE_BASE ?= $(call find_python,python3.11 python3.10 python3 python3.9,\
  $(REFERENCE_RANGE))

.venv-ref/.made:
	@test -n "$(REFERENCE_BASE)" || { echo 'TensorFlow 2.15 needs Python 3.9' \
	  'to 3.11, and none is here. Name one: make REFERENCE_BASE=/path/to/python,' \
	  'or set TFCOMPAT_REFERENCE_PYTHON to one that has it.'; exit 1; }
	"$(REFERENCE_BASE)" -m venv .venv-ref
	.venv-ref/bin/python -m pip install --quiet '$(REFERENCE_TF)==2.15.1' \
	  pandas scikit-learn
	touch $@

parity: $(VENV)/.test $(REFERENCE_READY)
	$(PYTEST) -n $(JOBS) --dist loadfile -m parity $(ARGS)

# ARGS='NAME ...' records these only.
record: $(VENV)/.test $(REFERENCE_READY)
	$(BIN)/python -m tests.goldens.record $(ARGS)

# Goldens of TensorFlow 1.15, by a Python 3.7 that has it.
record-tf1: $(VENV)/.test
	@test -n "$(TFCOMPAT_TF1_PYTHON)" || { echo 'Name a Python 3.7 that has' \
	  'tensorflow==1.15.5: make TFCOMPAT_TF1_PYTHON=/path record-tf1'; exit 1; }
	TFCOMPAT_TF1_PYTHON="$(TFCOMPAT_TF1_PYTHON)" \
	  $(BIN)/python -m tests.migration.tf1.record

bench: $(VENV)/.test $(REFERENCE_READY)
	$(BIN)/python -m tests.benchmarks.bench $(ARGS)

# --- all versions of TensorFlow, and what is released ------------------------

# VERSIONS='2.16 2.21' narrows it; VERSIONS=oldest is what CI runs. Each has a
# virtual environment of its own, made by PYTHON=... or by the newest interpreter
# here that the version has wheels for.
test-matrix:
	@test -n "$(PYTHON)" || { echo 'Found no Python 3.10 to 3.13.'; exit 1; }
	"$(PYTHON)" -m tests.matrix $(VERSIONS) --jobs $(JOBS) \
	  $(if $(filter command environment,$(origin PYTHON)),--python "$(PYTHON)")

# Tried from the wheel, in empty virtual environments, by the premade example: on the
# oldest and the newest Python that are here.
DIST_PYTHONS ?= $(call find_python,python3.10 python3.11 python3.12 python3.13,\
  $(IN_RANGE)) $(call find_python,python3.13 python3.12 python3.11 python3.10,\
  $(IN_RANGE))

dist: $(VENV)/.made
	rm -rf build dist *.egg-info
	$(BIN)/python -m pip install --quiet build twine
	$(BIN)/python -m build --outdir dist .
	$(BIN)/python -m twine check --strict dist/*
	set -e; for python in $(DIST_PYTHONS); do \
	  "$$python" -m venv --clear .venv-dist; \
	  .venv-dist/bin/python -m pip install --quiet dist/*.whl scikit-learn; \
	  (cd dist && ../.venv-dist/bin/python -m tfcompat_estimator \
	    ../examples/legacy/iris_premade.py --model_dir="$$(mktemp -d)"); \
	done
	ls -l dist
