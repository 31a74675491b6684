# Needs make, git and Python 3.11 or newer. Everything that is made stays in this directory (.venv*, .cache, .state).
RUN := ./scripts/run

.DEFAULT_GOAL := help
.PHONY: help setup demo play shell test test-all unit integration sanity targets lint generate docs bench trials emulator build release changelog clean distclean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## Make the environments: the development one, and one for each other ansible-core
	@$(RUN) setup

demo: ## Show the collection at work, against an emulator that is started for it and stopped after it
	@$(RUN) demo $(ARGS)

play: ## Run your playbook against the emulator, which keeps its users: make play FILE=my.yml ARGS="--check --diff"
	@FILE='$(FILE)' RESET='$(RESET)' EMULATOR_PORT='$(EMULATOR_PORT)' $(RUN) play $(ARGS)

shell: ## Open a shell in which ansible-playbook uses the emulator: make shell FOLDER=~/starter
	@FOLDER='$(FOLDER)' RESET='$(RESET)' EMULATOR_PORT='$(EMULATOR_PORT)' $(RUN) shell $(ARGS)

test: ## Run all of the checks below and end with one line of counts
	@$(RUN) test

test-all: ## Run the checks on every ansible-core from the oldest to the next, and the unit tests with each: about an hour
	@$(RUN) test-all

unit: ## Run the unit tests and the tests about the repository
	@$(RUN) unit $(ARGS)

integration: ## Run playbooks against the emulator, on the newest and on the oldest ansible-core
	@$(RUN) integration $(ARGS)

sanity: ## Run ansible-test sanity on each ansible-core of make test, or on these: make sanity ARGS="2.17 2.18"
	@$(RUN) sanity $(ARGS)

targets: ## Run the smoke tests with ansible-test integration: make targets ARGS="customer_user"
	@$(RUN) targets $(ARGS)

lint: ## Run ruff, mypy, shellcheck, ansible-lint, and the linters of documentation, prose, changelog and pipelines
	@$(RUN) lint $(ARGS)

generate: ## Write the parts of the documentation anew that follow from code
	@$(RUN) generate

docs: ## Render the documentation of the collection as HTML
	@$(RUN) docs

bench: ## Measure the collection against the emulator
	@$(RUN) bench $(ARGS)

emulator: ## Keep an emulator running and print the settings that lead to it
	@$(RUN) emulator $(ARGS)

trials: ## Run the long trials: thousands of lost answers, crashes, a fleet behind throttling, memory
	@$(RUN) trials $(ARGS)

build: ## Build the tarball of the collection, with its list of materials
	@$(RUN) build

release: ## Build what a release consists of: make release ARGS="--tag 0.2.0 --sign KEY"
	@$(RUN) release $(ARGS)

changelog: ## Make the changelog of this version anew from its fragments
	@$(RUN) changelog

clean: ## Remove everything that was made, except the environments
	@$(RUN) clean

distclean: ## Remove everything that was made, the environments too
	@$(RUN) distclean
