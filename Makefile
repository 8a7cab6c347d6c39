# Two commands: `make run` and `make test`. `make help` lists the rest.

PYTHON ?= python3
export UV_COMPILE_BYTECODE := 1
export BENTOML_DO_NOT_TRACK := True
BIN := .venv/bin
INSTALLED := .venv/installed
PORT ?= 3000
ENGINE ?= docker
BENCHMARK := PYTHONPATH=tests $(BIN)/python tests/benchmarks
BENTO_TAG = spam_classifier:$$(sed -n 's/^version: //p' bento/bento.yaml)
RAW := data/01_raw/SPAM text message 20170820 - Data.csv

# Outputs of committed code and settings may go into DVC's cache: they are those that dvc.lock names.
AS_COMMITTED := git diff --quiet HEAD -- conf src dvc.yaml dvc.lock && \
	test -z "$$KEDRO_ENV$$(find conf/local data/01_raw/extra -type f ! -name .gitkeep)"

# Scripts name the place of their environment: one whose folder was renamed is made again.
MOVED := $(shell test ! -e $(INSTALLED) || test "$$(cat $(INSTALLED))" = "$$(cd .venv && pwd -P)" || echo moved)
ifdef MOVED
.PHONY: $(INSTALLED)
endif
# DVC needs a name of the user, which one with a random number does not have.
export LOGNAME := $(or $(LOGNAME),$(USER),$(shell id -un 2>/dev/null))
ifndef HOME
$(error Set HOME to a folder of yours: the model store and the caches of the tools are kept there)
endif

.DEFAULT_GOAL := help
.PHONY: help run data retrain serve test-api experiments viz-site test test-fast coverage test-tools lint lock \
	bench bench-serve bench-score bench-scale figures screenshots bento engine container container-check clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(INSTALLED) data  ## install, fetch the corpus, train, print the metrics
	@$(BIN)/kedro run
	@$(AS_COMMITTED) && $(BIN)/dvc commit --force --quiet || true

data: $(INSTALLED)  ## fetch the raw CSV, unless it is there
	@$(BIN)/python -m spam_classifier.corpus

retrain: $(INSTALLED) data  ## learn from the corrections too, print what changes, store the model if it is no worse
	@$(BIN)/kedro feedback export
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/dvc repro
	@$(BIN)/dvc metrics diff --md
	@$(BIN)/kedro run --pipelines packaging

serve: $(INSTALLED)  ## serve the newest packaged model on 127.0.0.1:3000 (PORT=… for another port)
	@$(BIN)/bentoml serve --port $(PORT)

viz-site: $(INSTALLED)  ## make a static Kedro-Viz site in build/; it shows messages of the corpus
	@$(BIN)/kedro viz build --include-previews

test-api:  ## ask the running server about one message
	@curl --silent --header "Content-Type: application/json" \
		--data '{"text":"You'\''ve WON a PRIZE, text back to find out what"}' localhost:$(PORT)/predict || \
		{ echo "Error: No server answers on port $(PORT): type \`make serve\` first, in another terminal."; exit 1; }
	@echo

experiments: $(INSTALLED)  ## show the experiments with the parameters and metrics that people compare
	@$(BIN)/dvc exp show --md --drop '.*' --keep \
		'Experiment|test_prop|model.C|.*/test_metrics.json:(accuracy|spam.(precision|recall)|ham_blocked)'

test: $(INSTALLED) data lint  ## the linters and the whole test suite
	@$(BIN)/pytest -n auto --dist loadgroup

coverage: $(INSTALLED) data  ## run all tests, and list the lines and branches that none of them reaches
	@$(BIN)/pytest -n auto --dist loadgroup --cov --cov-report=term-missing:skip-covered

test-tools:  ## install what some tests and bench-serve need besides: Chromium, podman and wrk, on Debian as root
	@apt-get update -qq
	@DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		chromium chromium-driver conmon curl mmdebstrap podman runc wrk

test-fast: $(INSTALLED) data  ## the tests that need no process of their own
	@$(BIN)/pytest -n auto --dist loadgroup -m "not slow"

screenshots: $(INSTALLED)  ## take the pictures of the docs, while `make serve` runs (PORT=… as there)
	@$(BIN)/python tests/screenshots.py "http://127.0.0.1:$(PORT)"

lint: $(INSTALLED)  ## ruff, mypy and the contracts of imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

bench: $(INSTALLED) data  ## measure against the reference project, side by side
	@$(BENCHMARK)/bench.py

bench-serve: $(INSTALLED) data  ## measure the service against the reference's, side by side
	@$(BENCHMARK)/serving.py

bench-score: $(INSTALLED) data  ## measure how many messages a second the model scores
	@$(BENCHMARK)/scoring.py

bench-scale: $(INSTALLED) data  ## measure batch scoring of up to ten million messages, in half an hour
	@$(BENCHMARK)/scale.py

figures: $(INSTALLED) data  ## compare with the reference and under attack, and write the tables into docs/
	@$(BIN)/kedro run --pipelines comparison
	@$(BENCHMARK)/figures.py

bento: $(INSTALLED)  ## build a bento of the newest model, and export it to bento/
	@$(BIN)/bentoml build --quiet
	@rm -rf bento && mkdir bento
	@$(BIN)/bentoml export spam_classifier:latest "$(CURDIR)/bento/bento.tar" >bento/export.log 2>&1 || \
		{ cat bento/export.log; exit 1; }
	@tar -xf bento/bento.tar -C bento && rm bento/bento.tar bento/export.log
	@echo "Built $(BENTO_TAG): it is in bento/, for \`docker compose up --build\`."

container: engine bento  ## build the image too (ENGINE=podman or buildah, PLATFORM=linux/arm64)
	@$(BIN)/bentoml containerize "$(BENTO_TAG)" --backend $(ENGINE) $(if $(PLATFORM),--opt platform=$(PLATFORM)) \
		--image-tag "$(BENTO_TAG)" --image-tag spam_classifier:latest
	@$(ENGINE) inspect "$(BENTO_TAG)" >/dev/null 2>&1 || { echo "Error: The image was not built, for the reason above."; exit 1; }

engine:
	@case "$(PLATFORM)" in ""|linux/amd64|linux/arm64) ;; *) \
		echo "Error: PLATFORM is $(PLATFORM): it must be linux/amd64 or linux/arm64."; exit 1;; esac
	@$(ENGINE) info >/dev/null 2>&1 || \
		{ echo "Error: The container engine $(ENGINE) does not answer: start it, or try ENGINE=podman."; exit 1; }

container-check: bento  ## build and run the image on Debian without Docker, as root (after make test-tools)
	@tests/container/check.sh "$(BENTO_TAG)"

lock: $(INSTALLED)  ## compile requirements.lock again after a change of pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock
	@$(BIN)/uv pip compile serving.in --constraint requirements.lock --universal \
		--python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --no-header --quiet \
		--output-file serving.lock

clean:  ## remove the environment and the caches, keep the data
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

.DEFAULT:
	@echo "Error: There is no target $@: \`make help\` lists them."; exit 2

# uv itself comes from the lock file too. The project is installed as a link to src/.
$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: type \`make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)\`."; exit 1; }
	@$(PYTHON) -m venv $(if $(MOVED),--clear) .venv || \
		{ echo "Python cannot make a virtual environment; on Debian: apt install python3-venv."; exit 1; }
	@echo "Installing the locked dependencies into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep -oE '^uv==[^ ]+' requirements.lock)"
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@(cd .venv && pwd -P) >$@
