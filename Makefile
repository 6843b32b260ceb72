# make demo   train miniature models and render the embedded study to results/miniature/report.html, and the two arms that show
#             the phenomenon and what brings it about to results/mechanism-pair/mechanism.html
# make test   the whole test suite
# make test-conda   every rule with --use-conda, the env files solved and linked from a local channel (part of make test)
# make test-slurm   a study on a real Slurm of this machine (part of make test)
# make mutants [MODULES="pruning geometry"]   what the tests would not notice
# make pdf [STUDY=paper]   a study's report on paper: results/miniature/report.pdf, printed by a headless Chromium
# make docs   docs/config.md from config/schemas, then all pages as a site in site/
# All create the environment first (.venv, exact versions from envs/constraints.txt).

# The environment made here is used alone, whatever the shell, a notebook or a container says.
STRAY := PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONSTARTUP PYTHONWARNINGS PIP_PREFIX PIP_TARGET PIP_USER
unexport $(STRAY)
export MPLBACKEND := agg
# A container often has no HOME, or none to write to; pip and Snakemake then keep their caches here.
ifeq ($(HOME),)
export HOME := $(CURDIR)/.snakemake/home
endif
ifneq ($(shell c="$${XDG_CACHE_HOME:-$$HOME/.cache}"; test -n "$$HOME$$XDG_CACHE_HOME" && mkdir -p "$$c" 2>/dev/null && \
	test -w "$$c" && echo usable),usable)
export XDG_CACHE_HOME := $(CURDIR)/.snakemake/cache
endif

# The first interpreter that really runs and is new enough (a name on the PATH may be an empty shim).
PYTHON ?= $(shell unset $(STRAY); for python in python3 python3.11 python3.12 python3.13; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
CORES ?= 2
# Relative: make splits names at spaces. In recipes $$PWD/$(BIN) is the whole path.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete

# The browser that the report is looked at in; another one: make test CHROMIUM=/path/to/chromium
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
export CHROMIUM
APT := -qq -o Acquire::Retries=1 -o Acquire::http::Timeout=20

.PHONY: demo pdf test test-conda test-slurm mutants browser slurm docs lint clean

demo: $(STAMP)
	$(BIN)/snakemake --cores $(CORES) --configfile=config/miniature.yaml all
	$(BIN)/snakemake --cores $(CORES) --configfile=config/mechanism_pair.yaml mechanism
	@echo "The report: results/miniature/report.html   tables: results/miniature/tables/   figures: results/miniature/figures/"
	@echo "What makes c so: results/mechanism-pair/mechanism.html"

STUDY ?= miniature
REPORT := results/$(STUDY)/report
# A browser takes an address, in which a blank or a sign of the path would end it early.
pdf: $(STAMP)
	@test -f "$(REPORT).html" || { echo "There is no $(REPORT).html to print: make the report first (make demo), or name its study: make pdf STUDY=paper."; exit 1; }
	@test -n "$(CHROMIUM)" || { echo "No Chromium was found to print $(REPORT).html with: install Debian's chromium, or say make pdf CHROMIUM=/path/to/chromium."; exit 1; }
	@"$(CHROMIUM)" --headless --no-sandbox --disable-gpu --no-pdf-header-footer --print-to-pdf="$(REPORT).partial.pdf" \
		"$$($(BIN)/python -c 'import pathlib, sys; print(pathlib.Path(sys.argv[1]).resolve().as_uri())' "$(REPORT).html")" 2>/dev/null && \
		mv "$(REPORT).partial.pdf" "$(REPORT).pdf" || { echo "$(CHROMIUM) could not print $(REPORT).html."; exit 1; }
	@echo "Printed: $(REPORT).pdf"

# One worker a core. A file stays on one worker, which makes its studies once; the long files come first.
test: lint browser slurm
	PATH="$$PWD/$(BIN):$$PATH" OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(CORES) --dist loadfile --no-loadscope-reorder
	@echo "All tests passed. What they cover: tests/README.md. The study itself: make demo"

# Every rule of the nano study with --use-conda, the env files solved against a local channel, from a launcher that holds only Snakemake.
test-conda: $(STAMP)
	PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m pytest tests/conda

# A study on a Slurm of one node that is started for it and taken away again; skipped with the reason where none can be started.
test-slurm: $(STAMP) slurm
	PATH="$$PWD/$(BIN):$$PATH" OMP_NUM_THREADS=1 $(BIN)/python -m pytest -rs tests/slurm

# Faults planted one by one, and whether the unit tests notice: minutes for each module, not part of make test.
mutants: $(STAMP)
	$(BIN)/python -m tests.mutants $(MODULES)

# Debian's Chromium, where it is absent and can be had without asking; the tests that need it say why they are skipped.
browser:
	@test -n "$(CHROMIUM)" || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || \
		{ echo "Installing chromium for the tests of the report"; \
		timeout 600 sh -c 'apt-get $(APT) update && DEBIAN_FRONTEND=noninteractive apt-get $(APT) install -y \
		--no-install-recommends chromium' >/dev/null 2>&1 || echo "It could not be installed; those tests are skipped."; }

# Debian's Slurm likewise; its packages start nothing that is not configured.
slurm:
	@command -v slurmctld >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || \
		{ echo "Installing slurm-wlm and munge for the tests of the Slurm profile"; \
		timeout 600 sh -c 'apt-get $(APT) update && DEBIAN_FRONTEND=noninteractive apt-get $(APT) install -y \
		--no-install-recommends slurm-wlm munge' >/dev/null 2>&1 || echo "They could not be installed; those tests are skipped."; }

# The reference of all configuration keys, from the schemas; then the site, whose links must all lead somewhere.
docs: $(STAMP)
	PYTHONPATH=workflow_scripts $(BIN)/python -m semantic_bottleneck.schemas.reference config/schemas >docs/.config.md
	mv docs/.config.md docs/config.md
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

lint: $(STAMP)
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m snakefmt --check .
	$(BIN)/python -m mypy
	PATH="$$PWD/$(BIN):$$PATH" $(BIN)/snakemake --lint --configfile config/nano.yaml
	PATH="$$PWD/$(BIN):$$PATH" $(BIN)/snakemake --lint

# --no-deps: snakefmt asks for a newer `packaging` than Snakemake allows, and works with the older one; of axe-playwright-python
# the tests use the script axe-core alone, not the browsers.
# What only runs with pods and a bucket need lies beside the environment: Snakemake imports every plugin that it finds at each start.
$(STAMP): envs/constraints.txt envs/requirements.txt envs/without_dependencies.txt envs/kubernetes.txt envs/s3_server.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or later was found; install one or say make PYTHON=/path/to/python."; exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c envs/constraints.txt -r envs/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -c envs/constraints.txt -r envs/without_dependencies.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(VENV)/kubernetes \
		-c envs/constraints.txt -r envs/kubernetes.txt -r envs/s3_server.txt
	printf '%s\n' '#!/bin/sh' '# Beside its interpreter, wherever the folder is moved and whatever its name.' \
		'exec "$$(dirname "$$(readlink -f "$$0")")/python" -m snakemake "$$@"' >$(BIN)/snakemake
	touch $@

clean:
	rm -rf $(VENV) .snakemake results/nano results/miniature
