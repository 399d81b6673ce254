# Build and check the book. `make help` lists the commands.
# Needs make, git and Python 3.11 or newer; choose the Python with PYTHON=python3.12, and the build
# of PyTorch with TORCH: auto, cpu, default, or an index or a folder of wheels that has one.

PYTHON ?= python3
TORCH ?= auto
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers
LOCK := .venv-lock
# Tests run in so many processes at once, a file in one of them, the long notebooks first. Each
# computes in one thread: two that share a core wait for each other actively, at four times the cost.
JOBS ?= 2
PARALLEL = -n $(JOBS) --dist loadfile --no-loadscope-reorder

# What the shell around us sets for other projects must not leak into this environment.
unexport PYTHONPATH PYTHONHOME PYTHONOPTIMIZE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book pdf check-pages test test-all fuzz mutants test-oldest test-colab test-gpu test-peers lock format address clean always

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Complete only when the stamp is there. The tool itself sees whether anything has to be done.
$(VENV)/.complete-book: always
	@$(PYTHON) tools/environment.py --venv "$(VENV)" --torch "$(TORCH)"

$(VENV)/.complete-test: $(VENV)/.complete-book always
	@$(PYTHON) tools/environment.py --venv "$(VENV)" --torch "$(TORCH)" --test

$(VENV)/.kernels: $(VENV)/.complete-book snnbook/kernelspecs.py
	@$(BIN)/python -m snnbook.kernelspecs
	@touch $@

book: $(VENV)/.kernels ## Run every notebook and build the book
	@$(BIN)/python tools/build.py

pdf: $(VENV)/.complete-test ## Print the built book as one PDF; needs Chromium
	@test -f _build/html/index.html || $(MAKE) book
	$(BIN)/python tools/pdf.py

# Node.js, Java and what they run: about 700 MB more, in the same environment.
$(VENV)/.pages: $(VENV)/.complete-test $(wildcard tools/pages/*)
	$(BIN)/python -m pip install -r tools/pages/requirements.txt
	cp tools/pages/package.json tools/pages/package-lock.json $(VENV)
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix $(VENV) --ignore-scripts --no-audit --no-fund
	touch $@

check-pages: $(VENV)/.pages ## Check the built pages: valid HTML, and Lighthouse (on those in PAGES="…")
	@test -f _build/html/index.html || $(MAKE) book
	@$(BIN)/python tools/check_pages.py $(PAGES)

test: export OMP_NUM_THREADS ?= 1
test: $(VENV)/.complete-test $(VENV)/.kernels ## Check the code, the package, and every notebook on snnbook-cpu
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/interrogate snnbook
	@echo "Passed: ruff, mypy, interrogate. Next: the unit tests, and every notebook on snnbook-cpu."
	$(BIN)/python -m pytest $(PARALLEL) --nbmake --nbmake-kernel=snnbook-cpu $(MORE) book tests

# Counting lines makes Numba's compiler, which is Python, half as slow again.
test-all: MORE := --cov -m ""
test-all: test ## The same, the slow sweeps through many cases, and the share of the lines that they run

fuzz: export SNNBOOK_FUZZ ?= 100
fuzz: $(VENV)/.complete-test ## Let Hypothesis search long for inputs that break a law: LAWS="tests/..."
	$(BIN)/python -m pytest -m hypothesis $(or $(LAWS),tests)

mutants: export OMP_NUM_THREADS ?= 1
mutants: $(VENV)/.complete-test ## Break the package on purpose, and list what no test notices: ROOMS="memory node"
	$(BIN)/python tools/mutants.py $(ROOMS)

test-oldest: ## Check the package with the oldest versions that it allows
	@$(PYTHON) tools/other_versions.py oldest

test-colab: ## Run every chapter and its solutions with the versions that Colab brings
	@$(PYTHON) tools/other_versions.py colab

test-gpu: export SNNBOOK_DEVICE := cuda
test-gpu: export SNNBOOK_REQUIRE_GPU := 1
test-gpu: $(VENV)/.complete-test $(VENV)/.kernels ## Check the package and every notebook on snnbook-gpu; fails without a GPU
	@$(BIN)/python -c 'import sys, torch; sys.exit(None if torch.cuda.is_available() else \
	  f"No GPU: torch {torch.__version__} sees no CUDA device, so make test-gpu cannot pass here.")'
	$(BIN)/python -m pytest --nbmake --nbmake-kernel=snnbook-gpu tests book

# The other libraries in an environment of their own; SpikingJelly's older release in a folder of it.
$(PEERS)/.complete: tests/peers/requirements.txt
	@echo "Making the environment $(PEERS): about 1.4 GB with a CPU build of PyTorch. This is done once."
	$(PYTHON) -m venv --clear $(PEERS)
	$(PEERS)/bin/python -m pip install -r $<
	$(PEERS)/bin/python -m pip install --no-deps spikingjelly==2.0.0 snntorch==1.0.0 norse==1.1.0
	$(PEERS)/bin/python -m pip install --no-deps spikingjelly==0.0.0.0.14 \
	  --target $(PEERS)/spikingjelly-0.0.0.0.14
	touch $@

test-peers: export SNNBOOK_REQUIRE_PEERS := 1
test-peers: $(VENV)/.complete-test $(PEERS)/.complete ## Run the other libraries again and compare with what the book says of them
	$(BIN)/python -m pytest tests/test_in_the_wild.py

lock: ## Lock all versions anew after a change of pyproject.toml; UPGRADE=1 takes the newest
	test -x $(LOCK)/bin/uv || { $(PYTHON) -m venv --clear $(LOCK) && $(LOCK)/bin/python -m pip install uv; }
	PATH="$(CURDIR)/$(LOCK)/bin:$$PATH" $(PYTHON) tools/lock.py $(if $(UPGRADE),--upgrade)

format: $(VENV)/.complete-test ## Bring code and notebooks into the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

address: ## Write the repository's address everywhere: URL=https://..., or URL=--unset
	$(PYTHON) tools/address.py $(URL)

clean: ## Remove all that make has made, the environment too
	rm -rf $(VENV) $(PEERS) $(LOCK) .venv-oldest .venv-colab .make.lock* _build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
