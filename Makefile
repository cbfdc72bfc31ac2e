# `make demo` shows Galley on this machine; `make test` proves it. Everything else is for working on it.
PYTHON ?= python3
STACK := $(PYTHON) infra/local/stack.py

.PHONY: demo demo-cms test up down setup build status lint bench package clean

demo: build ; @$(STACK) demo $(ARGS)
demo-cms: build ; @$(STACK) demo-cms $(ARGS)
test: ; @$(STACK) test $(ARGS)
up: build ; @$(STACK) up $(ARGS)
down: ; @$(STACK) down
setup: ; @$(STACK) setup
build: setup ; @$(STACK) build
status: ; @$(STACK) status
lint: ; @$(STACK) test format clippy template
bench: setup ; @$(STACK) bench $(ARGS)
package: setup ; @$(STACK) package
clean: down ; rm -rf .galley .venv target
