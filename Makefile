# make demo and make test create .venv by themselves. `make PYTHON=python3.12 test` picks another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP_LOG := $(VENV)/setup.log
export TF_CPP_MIN_LOG_LEVEL ?= 3
export TF_ENABLE_ONEDNN_OPTS ?= 0

.PHONY: demo test pictures long install-check as-nbgrader as-torch as-backends attacks lint assignments languages student-wheel bench bench-cluster bench-tolerance bench-attacks bench-diagnosis bench-gpu kills repeats clean

demo: $(VENV)/.ready
	@$(BIN)/autograder demo

# Two processes: most tests use one core, and what grades a class has time limits.
test: $(VENV)/.ready
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --durations=10

lint: $(VENV)/.ready
	@$(BIN)/ruff check autograder reference tests packaging benchmarks
	@$(BIN)/ruff format --check autograder reference tests packaging benchmarks
	@$(BIN)/mypy

assignments: $(VENV)/.ready
	@$(BIN)/autograder release

# The pictures of the README, from what the code shows now; a minute, most of it a class to be graded.
pictures: $(VENV)/.ready
	@$(BIN)/python packaging/pictures.py

languages: $(VENV)/.ready
	@$(BIN)/python packaging/languages.py

student-wheel: $(VENV)/.ready
	@$(BIN)/python -m autograder.handout.client

# Ten minutes: builds the wheel and the sdist, and installs the oldest and the newest that it runs with.
install-check: $(VENV)/.ready
	@$(BIN)/python -m pytest tests/install

# Seven minutes: processes killed anywhere, disks that are full, cells without end, classes of mutants, packages and the
# student client installed and tried as a whole.
long: $(VENV)/.ready
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m long

# Three minutes: whether nbgrader alone still gives ordinary tests, solutions and stubs the scores that ours are held to.
as-nbgrader: $(VENV)/.ready
	@GATEBOOK_STOCK=read $(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/ordinary tests/class/test_nbgrader.py -k "recorded or stock]"

# Three minutes: whether PyTorch says the same as our models with its weights, and with ours. In an environment of its own.
as-torch: $(VENV)/.ready
	@test -x .venv-torch/bin/python || $(PYTHON) -m venv .venv-torch
	@.venv-torch/bin/python -m pip install --quiet --disable-pip-version-check "torch>=2.1,<2.14" numpy
	@GATEBOOK_TORCH=$(CURDIR)/.venv-torch/bin/python $(BIN)/python -m pytest tests/reference/test_models.py

# Six minutes: whether answers get the same verdicts with Keras on JAX and PyTorch. In an environment that has them all.
as-backends: .venv-backends/.ready
	@.venv-backends/bin/python -m pytest --numprocesses 2 --dist loadfile tests/backends

.venv-backends/.ready: pyproject.toml constraints.txt
	@test -x .venv-backends/bin/python || $(PYTHON) -m venv .venv-backends
	@.venv-backends/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable ".[dev,backends]"
	@touch $@

# Half an hour: a class of attackers at each level of the sandbox, built-ins by every route, and a walk over libraries.
attacks: $(VENV)/.ready
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/attacks

# How long a class takes here and under stock nbgrader, how near that is to the least, and how long a check takes: half an hour on two quiet cores.
bench: $(VENV)/.ready
	@$(BIN)/python -m benchmarks.throughput
	@$(BIN)/python -m benchmarks.limit
	@$(BIN)/python -m benchmarks.latency
	@$(BIN)/python -m benchmarks.reference

# Where a GPU is: whether verdicts are the same there. Elsewhere: `python -m benchmarks.gpu --emulate`.
bench-gpu: $(VENV)/.ready
	@$(BIN)/python -m benchmarks.gpu

# A class here and by a Dask scheduler on the same cores, and a simulation of many machines: ten minutes, as root.
bench-cluster: $(VENV)/.ready
	@$(BIN)/python -m benchmarks.cluster

bench-attacks: $(VENV)/.ready
	@$(BIN)/python benchmarks/attacks.py

bench-diagnosis: $(VENV)/.ready
	@$(BIN)/python -m benchmarks.diagnosis.measure --write

# How far right answers are from the tolerance, and mistakes beyond it: goes on where it stopped. `MINUTES=60` ends it.
MINUTES ?= inf
bench-tolerance: $(VENV)/.ready
	@$(BIN)/python -m benchmarks.tolerance --minutes $(MINUTES) --plot

kills: $(VENV)/.ready
	@$(BIN)/python tests/faults/kills.py --kills 200

REPEATS ?= 100
repeats: $(VENV)/.ready
	@GATEBOOK_REPEATS=$(REPEATS) $(BIN)/python -m pytest --numprocesses 2 --dist worksteal tests/determinism tests/mutations/test_reading_mutants.py

$(VENV)/.ready: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once; a few minutes, most of it TensorFlow) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable ".[dev,lab]" > $(SETUP_LOG) 2>&1 || { tail -n 30 $(SETUP_LOG); exit 1; }
	@touch $@

clean:
	rm -rf $(VENV) .venv-torch .venv-backends build dist
