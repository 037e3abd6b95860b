# Everything that is done more than once.  `make` lists the targets.
PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin

.PHONY: help venv test lint types check fuzz browser ci matrix pythons container-steps golden known-failures sums \
  shipped lock audit sbom dist wheelhouse air-gapped site clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

venv: $(BIN)/pytest  ## make .venv with everything that the tests need

$(BIN)/pytest: requirements.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@touch $@

test: venv  ## run the tests
	$(BIN)/python -m pytest

lint: venv  ## find faults of style
	$(BIN)/ruff check .

types: venv  ## check the types
	$(BIN)/mypy

check: lint types test  ## everything that a change has to pass, in .venv

INPUTS ?= 100000

fuzz: venv  ## hostile input for everything that reads; INPUTS=number for each of 48 surfaces, FUZZ=--guided by coverage
	PYTHONPATH=.:tests $(BIN)/python -m fuzz --inputs $(INPUTS) --finds runs/finds $(FUZZ)

browser: venv  ## run the tests that open pages in a browser; needs Chromium, such as of apt install chromium
	$(BIN)/python -m pip install --quiet playwright
	$(BIN)/python -m pytest -m browser

ci:  ## the same in a fresh environment, as on a build server
	.ci/run

matrix:  ## try inference with the oldest and the newest versions of what it needs
	.ci/matrix

pythons:  ## the same with each Python from 3.11 to 3.14 that is found; PYTHONS="python3.12 /path/to/python3.13" names them
	.ci/pythons $(PYTHONS)

container-steps:  ## do the steps of the Dockerfile without Docker, and ask the server that comes of it
	.ci/container-steps

golden: venv  ## make the self-check's scores anew, after the shipped adapters changed
	$(BIN)/python -m train.golden_scores

known-failures: venv  ## try what the shipped pair is known to do wrong, and write what it still does into its cards
	$(BIN)/python -m train.known_failures

sums: venv  ## list the checksums of the shipped adapters
	$(BIN)/python -m cascade adapters sums

shipped:  ## all that has to be made anew after the shipped adapters changed; known failures, golden scores, checksums
	$(MAKE) known-failures
	$(MAKE) golden
	$(MAKE) sums

lock:  ## write lock-*.txt, exact versions with hashes of all that an installation brings
	.ci/lock

audit: venv  ## ask for known faults of the locked versions, and compare licences with those that were agreed to
	.ci/audit $(BIN)/python

sbom:  ## write a bill of materials (CycloneDX) of a plain installation into build/sbom.json
	@mkdir -p build
	.ci/sbom build/sbom.json

dist:  ## build the wheel and the source archive into dist/, and check them
	.ci/dist

wheelhouse:  ## gather all wheels of an installation without network in build/wheelhouse; EXTRAS=serve,files adds some
	.ci/wheelhouse build/wheelhouse $(EXTRAS)

air-gapped: wheelhouse  ## install from build/wheelhouse alone, and find entities without network
	.ci/air-gapped build/wheelhouse

site: venv  ## build the documents as a site, without network; see it with python -m http.server -d build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

clean:  ## remove caches and builds, but neither .venv nor runs
	rm -rf build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
