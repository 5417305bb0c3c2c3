# Everything runs in .venv, which is made on first use; nothing else is needed but Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed

.PHONY: cases deliveries demo test check bench bench-compile bench-serving bench-load bench-stream bench-monitor browser parity portability spark feast chaos registry mutations replay audit leakage clean help
.DEFAULT_GOAL := help

help: ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(INSTALLED): pyproject.toml
	@echo "Making the environment in .venv (a minute on first use)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "skewless needs Python 3.11 or newer")'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,demo]'
	@touch $@

target/data/.complete: $(INSTALLED) demo/data.py demo/transactions.csv
	@$(BIN)/python demo/data.py
	@touch $@

demo: target/data/.complete ## the example from SQL to a served vector, told as a story
	@$(BIN)/python demo/story.py

check: $(INSTALLED) ## lint, types, floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: check target/data/.complete ## everything that must pass
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q -m "not cluster and not feast and not chaos and not rounds and not replay and not month and not mutations"

deliveries: target/data/.complete ## 1,000 random logs, delivered in any order and loaded at any moments, against the evaluator
	@SKEWLESS_DELIVERIES=1000 $(BIN)/python -m pytest -n 2 -q tests/compiler/ingest/test_deliveries.py tests/compiler/ingest/test_increments.py

CASES ?= 1000
cases: $(INSTALLED) ## random views over random rows, trained under every plan and served, against the evaluator; CASES=1000
	@SKEWLESS_CASES=$(CASES) $(BIN)/python -m pytest -n 2 --dist worksteal -q tests/compiler/equivalence tests/compiler/ingest/test_landed_reading.py

parity: target/data/.complete ## 5,000 real points of the flights service through both paths
	@$(BIN)/python demo/parity.py --points 5000

portability: target/data/.complete ## every portable function, 20,000 random expressions and random views on DuckDB and on Spark; needs Java
	@SKEWLESS_EXPRESSIONS=20000 $(BIN)/python -m pytest -n 2 --dist worksteal -q -m cluster

spark: target/data/.complete ## the flights service on a Spark cluster and on DuckDB, value by value; needs Java
	@$(BIN)/python demo/on_spark.py --rows 20000

feast: $(INSTALLED) ## Feast's own clients, of two generations, against our server; fetches both
	@$(BIN)/python -m pytest -q tests/compiler/serve/feast

mutations: $(INSTALLED) ## deliberate faults on one of the two paths, each of which `skewless verify` must find; and how soon, into docs/how-to/verify-a-project.md
	@$(BIN)/python -m pytest -n 2 --dist worksteal -q tests/compiler/verify
	@$(BIN)/python tests/compiler/verify/medians.py

KILLS ?= 100
chaos: $(INSTALLED) ## consumers and runs killed at random moments, and the state that they leave; KILLS=100
	@SKEWLESS_KILLS=$(KILLS) $(BIN)/python -m pytest -q -m chaos tests/compiler/chaos

ROUNDS ?= 50
registry: $(INSTALLED) ## two runs started together again and again, on SQLite and on PostgreSQL, and versions deployed under load; ROUNDS=50
	@SKEWLESS_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest -q -m rounds tests/compiler/registry

DAYS ?= 31
replay: target/data/.complete ## the flights of a month as streams, while a client asks; DAYS=31
	@SKEWLESS_DAYS=$(DAYS) $(BIN)/python -m pytest -q -m replay tests/compiler/replay

.venv/.leakage: $(INSTALLED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[leakage]'
	@touch $@

leakage: .venv/.leakage target/data/.complete ## one model, trained on two joins and scored on what is served, into docs/leakage.md
	@$(BIN)/python demo/leakage/measure.py

REQUESTS ?= 5000
audit: target/data/.complete ## a month of requests with troubles of known kinds in the way, and one without; REQUESTS=5000
	@SKEWLESS_REQUESTS=$(REQUESTS) $(BIN)/python -m pytest -q -m month tests/compiler/audit

target/feast-bench/.complete: bench/feast/requirements.txt tests/compiler/serve/feast/feast-newest.txt
	@$(PYTHON) -m venv target/feast-bench
	@target/feast-bench/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/feast/requirements.txt
	@touch $@

target/compile-bench/.complete: bench/compile/requirements.txt
	@$(PYTHON) -m venv target/compile-bench
	@target/compile-bench/bin/python -m pip install --quiet --disable-pip-version-check --requirement bench/compile/requirements.txt
	@touch $@

bench: target/data/.complete ## measure training, compiling and serving, into bench/RESULTS.md
	@$(BIN)/python bench/run.py

bench-serving: $(INSTALLED) target/feast-bench/.complete ## ours and Feast's newest side by side on one Redis; fetches Feast, needs wrk
	@$(BIN)/python bench/serving_side_by_side.py

bench-compile: $(INSTALLED) target/compile-bench/.complete ## 2,000 models beside dbt-core and SQLMesh; fetches both
	@$(BIN)/python bench/compiling_side_by_side.py

MINUTES ?= 10
bench-load: $(INSTALLED) ## fresh aggregates from Redis under a steady load; MINUTES=10
	@$(BIN)/python bench/long_load.py --minutes $(MINUTES)

bench-stream: $(INSTALLED) ## rows through skewless stream: how many a second, how long each takes, what it costs in Redis
	@$(BIN)/python bench/streaming.py

bench-monitor: $(INSTALLED) ## ten million logged rows of 50 features against a training set
	@$(BIN)/python bench/monitoring.py

browser: $(INSTALLED) ## the reports of `skewless monitor` and `audit` in a real Chromium, which is installed where apt-get can
	@command -v chromium || command -v chromium-browser || { apt-get update && apt-get install --yes chromium; }
	@$(BIN)/python -m pytest -q tests/compiler/monitor/test_report.py tests/compiler/audit/test_report.py

clean: ## remove what was made
	rm -rf .venv target build dist
