# Build and check the book. `make help` lists the commands.
# Needs make, git and Python 3.11 to 3.13; choose the Python with PYTHON=python3.12.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEERS := .venv-peers

# What the shell around us sets for other projects must not leak into this environment.
unexport PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book pdf check-pages test test-gpu test-peers format address clean

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s  %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Complete only when the stamp is there. Made anew where the requirements have changed.
$(VENV)/.complete: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	  echo "snnbook needs Python 3.11, 3.12 or 3.13; $(PYTHON) is not one of them." >&2; \
	  echo "Choose another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Making the environment $(VENV): about 1.5 GB, some minutes. This is done once."
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install -r requirements.txt
	$(BIN)/python -m pip install --no-deps --editable .
	touch $@

$(VENV)/.kernels: $(VENV)/.complete snnbook/kernelspecs.py
	$(BIN)/python -m snnbook.kernelspecs
	touch $@

# From nothing each time: Jupyter Book's cache knows the notebooks' code, not the package's.
book: $(VENV)/.kernels ## Run every notebook and build the book
	rm -rf _build
	$(BIN)/jupyter-book build . -W --keep-going -n
	@echo "The book is at $(CURDIR)/_build/html/index.html"
	@$(BIN)/python tools/pack.py

pdf: $(VENV)/.complete ## Print the built book as one PDF; needs Chromium
	@test -f _build/html/index.html || $(MAKE) book
	$(BIN)/python tools/pdf.py

# Node.js, Java and what they run: about 700 MB more, in the same environment.
$(VENV)/.pages: $(VENV)/.complete $(wildcard tools/pages/*)
	$(BIN)/python -m pip install -r tools/pages/requirements.txt
	cp tools/pages/package.json tools/pages/package-lock.json $(VENV)
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix $(VENV) --ignore-scripts --no-audit --no-fund
	touch $@

check-pages: $(VENV)/.pages ## Check the built pages: valid HTML, and Lighthouse (on those in PAGES="…")
	@test -f _build/html/index.html || $(MAKE) book
	@$(BIN)/python tools/check_pages.py $(PAGES)

test: $(VENV)/.kernels ## Check the code, the package, and every notebook on snnbook-cpu
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/interrogate snnbook
	@echo "Passed: ruff, mypy, interrogate. Next: the unit tests, and every notebook on snnbook-cpu."
	$(BIN)/python -m pytest --cov --nbmake --nbmake-kernel=snnbook-cpu tests book

test-gpu: export SNNBOOK_DEVICE := cuda
test-gpu: export SNNBOOK_REQUIRE_GPU := 1
test-gpu: $(VENV)/.kernels ## Check the package and every notebook on snnbook-gpu; fails without a GPU
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
test-peers: $(VENV)/.complete $(PEERS)/.complete ## Run the other libraries again and compare with what the book says of them
	$(BIN)/python -m pytest tests/test_in_the_wild.py

format: $(VENV)/.complete ## Bring code and notebooks into the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

address: ## Write the repository's address everywhere: URL=https://..., or URL=--unset
	$(PYTHON) tools/address.py $(URL)

clean: ## Remove all that make has made, the environment too
	rm -rf $(VENV) $(PEERS) _build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
