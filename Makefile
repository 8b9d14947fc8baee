# Every path is relative and every tool runs as `.venv/bin/python -m …`: the clone may lie under any path, with spaces too.
SHELL := /bin/sh
DATA ?= var
PORT_BASE ?= 8700
JOBS ?= 2
PYTEST_ARGS ?=
PY := .venv/bin/python
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help run phone demo test browser screenshots check lint types format chaos chaos-rates chaos-crashes bench bench-data bench-peers services venv venv-dev clean clean-data

help: ## 列出所有命令 / list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  变量 / variables: PORT_BASE=$(PORT_BASE)  DATA=$(DATA)  CLOCK=file  PYTHON=python3  JOBS=$(JOBS)  PYTEST_ARGS=…'

run: venv ## 一条命令启动全部 / start the whole product (Ctrl-C stops it)
	@exec $(PY) -m embedded.launch --data "$(DATA)" --port-base "$(PORT_BASE)" $(if $(CLOCK),--demo-clock "$(CLOCK)")

phone: venv ## 预先构建手机模拟器(需要 npm) / build the phone frame beforehand; it needs npm
	@exec $(PY) -m sandbox.phone --build

demo: venv ## 演示完整故事并逐步核对数据库 / play the story over HTTP, checking the database after each step
	@exec $(PY) -m demo

test: venv-dev browser ## 运行全部测试 / run the whole suite, services included
	@exec $(PY) -m pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

browser: venv-dev ## 找到或安装 Chromium / find Chromium, or install it where that is allowed
	@$(PY) -m tests.browser.chromium

screenshots: venv-dev browser ## 所有页面的截图 / a picture of every page, to $(DATA)/screenshots
	@exec $(PY) -m tests.browser.screenshots "$(DATA)/screenshots" $(if $(ONLY),--only "$(ONLY)")

check: lint types test ## 提交前的全部检查 / everything a change must pass

lint: venv-dev ## 代码风格 / style
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types: venv-dev ## 类型检查 / types
	$(PY) -m mypy .

format: venv-dev ## 自动排版 / format the code
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

chaos: venv-dev ## 长时间并发与故障测试 / long concurrency and crash runs
	@exec $(PY) -m pytest -m slow $(PYTEST_ARGS)

chaos-rates: venv-dev ## 限速与份额的一分钟测试 / rates and shares over a minute each, on a quiet machine
	@exec $(PY) -m pytest -q -m slow tests/concurrency/test_sending_shares.py $(PYTEST_ARGS)

chaos-crashes: venv-dev ## 200 次 kill -9，20000 条消息 / kill -9 of everything, 200 times over 20,000 messages
	@exec $(PY) -m pytest -q -m slow tests/concurrency/test_sending_crashes.py $(PYTEST_ARGS)

bench: venv ## 性能测试，结果写入 benchmarks/RESULTS.md / measure everything beside its floor
	@exec $(PY) -m benchmarks --data "$(DATA)/bench" $(if $(SIZES),--sizes "$(SIZES)") $(BENCH_ARGS)

bench-peers: venv ## 与 Celery、RQ、procrastinate 对比发送 / send beside task queues, results to benchmarks/PEERS.md
	@test -x "$(DATA)/peers/bin/python" || .venv/bin/python -m venv "$(DATA)/peers"
	@"$(DATA)/peers/bin/python" -m pip install --quiet -r benchmarks/requirements-peers.txt
	@exec $(PY) -m benchmarks.peers_sending --python "$(DATA)/peers/bin/python" $(BENCH_ARGS)

bench-data: venv ## 造指定会员数的数据库(SIZES=10000,1000000) / fill shops of so many members
	@exec $(PY) -m benchmarks fill --data "$(DATA)/bench" $(if $(SIZES),--sizes "$(SIZES)")

services: venv ## 只启动 PostgreSQL 与 Valkey / PostgreSQL and Valkey alone
	@exec $(PY) -m embedded --data "$(DATA)"

venv: ## 安装运行所需 / install what running needs
	@$(find_python); "$$python" -m embedded.install

venv-dev: ## 安装开发所需 / install what developing needs
	@$(find_python); "$$python" -m embedded.install --dev

clean: ## 删除虚拟环境与缓存(保留数据) / remove the environment and caches, keep the data
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: venv ## 删除本地数据 / delete the local data
	@$(PY) -m embedded.forget --data "$(DATA)"

# The environment's own Python when it works; else the first that is new enough and can make environments; else the
# first that is new enough, which then says what it lacks.
old := import sys; sys.exit(not (3, 11) <= sys.version_info[:2])
fit := import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))
candidates := $(PYTHON) $(PY) python3 python3.13 python3.12 python3.11 python3.14 python
define find_python
python=; \
for test in '$(fit)' '$(old)'; do \
  for one in $(candidates); do \
    if [ -z "$$python" ] && "$$one" -c "$$test" >/dev/null 2>&1; then python="$$one"; fi; \
  done; \
done; \
if [ -z "$$python" ]; then \
  echo '[python_missing] 没有找到 Python 3.11 以上版本 / No Python 3.11 or newer was found.' >&2; \
  echo '    怎么办 / What to do: 安装后重试，或 install one and try again, or: make PYTHON=/path/to/python3' >&2; \
  exit 2; \
fi
endef
