# Everything a developer runs; `make help` lists it. Set-up happens by itself and only when its pins change.

PYTHON := .venv/bin/python
VIEWPORT_PYTHON := .venv-viewport/bin/python

# An environment is ready when a stamp with the checksum of what defines it lies inside.
READY := .venv/ready-$(shell cat setup/requirements.txt setup/environment.sh setup.py pyproject.toml worker/requirements.txt | cksum | cut -d' ' -f1)
VIEWPORT_READY := .venv-viewport/ready-$(shell cat setup/requirements-viewport.txt setup/environment.sh setup.py pyproject.toml worker/requirements.txt | cksum | cut -d' ' -f1)
DOCS_READY := .venv-docs/ready-$(shell cksum < setup/requirements-docs.txt | cut -d' ' -f1)
LIBRARIES_READY := .venv/libraries-$(shell cksum < setup/system_libraries.py | cut -d' ' -f1)

# The rooms whose code runs in Blender's process are tested on Blender 5.2 too; a Blender without torch
# trains in a worker that runs on .venv's Python.
BLENDER_TESTS := $(wildcard $(addprefix tests/,contract worker scene session operators panels viewport))
# Each process has a Blender of its own; a file's tests share what its fixtures trained.
TEST_PROCESSES ?= 2
IN_PARALLEL := --numprocesses $(TEST_PROCESSES) --dist loadfile --durations 20 --durations-min 5
export NEURAL_SHAPES_WORKER_PYTHON := $(CURDIR)/$(PYTHON)

# What the benchmarks measure where nothing else is asked for.
MESHES ?= $(addprefix ../shared/meshes/,stanford-bunny.obj spot.obj fandisk.obj armadillo.obj lucy.ply)
CURVES_MESH ?= ../shared/meshes/armadillo.obj
VIEWPORT_MESHES ?= $(addprefix ../shared/meshes/,stanford-bunny.obj spot.obj armadillo.obj)
NORMAL_MESHES ?= $(addprefix ../shared/meshes/,stanford-bunny.obj armadillo.obj falconstatue.obj lucy.ply)
MORPH_MESHES ?= ../shared/meshes

# Threads that wait sleep, as in the worker: a test and the worker that it started share the cores.
export OMP_WAIT_POLICY := PASSIVE

# Blender's own builder of extensions, as the bpy module carries it.
EXTENSION_TOOL := .venv/lib/python3.11/site-packages/bpy/4.5/scripts/addons_core/bl_pkg/cli/blender_ext.py

.PHONY: help setup demo test test-4.5 test-5.2 lint bench package docs test-window

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(READY) $(VIEWPORT_READY) $(LIBRARIES_READY)  ## make .venv and .venv-viewport and check the system's libraries

$(READY):
	setup/environment.sh .venv 3.11 setup/requirements.txt
	rm -f .venv/ready-* && touch $@

$(VIEWPORT_READY):
	setup/environment.sh .venv-viewport 3.13 setup/requirements-viewport.txt --no-deps
	rm -f .venv-viewport/ready-* && touch $@

$(LIBRARIES_READY): $(READY)
	$(PYTHON) setup/system_libraries.py
	touch $@

demo: setup  ## sculpt, train, extract and render a shape in headless Blender
	$(PYTHON) demo/demo.py

test: test-4.5 test-5.2  ## all tests on Blender 4.5, those of Blender's process also on 5.2

test-4.5: setup
	.venv/bin/pytest $(IN_PARALLEL)

test-5.2: setup
	.venv-viewport/bin/pytest $(IN_PARALLEL) $(BLENDER_TESTS)

lint: setup  ## ruff, and the imports between the rooms
	.venv/bin/ruff check
	.venv/bin/ruff format --check --quiet
	.venv/bin/lint-imports --no-logo

bench: setup  ## print the figures of the README; MESHES="A.obj B.ply" for other meshes
	mkdir -p build/bench/morphs
	$(PYTHON) benchmarks/training.py $(MESHES) --fine 512 --baseline --json build/bench/training.json
	$(PYTHON) benchmarks/error_over_time.py $(CURVES_MESH) --plot build/bench/error-over-time.png
	$(PYTHON) benchmarks/tracing.py $(MESHES)
	$(PYTHON) benchmarks/normals.py $(NORMAL_MESHES)
	$(PYTHON) benchmarks/morph.py $(MORPH_MESHES) --csv build/bench/morphs
	$(PYTHON) benchmarks/scrubbing.py build/bench/morphs/*.shape
	for preset in standard detailed; do for mesh in $(VIEWPORT_MESHES); do \
	    .venv/bin/neural-shapes train $$mesh --preset $$preset \
	        -o build/bench/$$(basename $${mesh%.*})-$$preset.safetensors || exit; done; done
	$(VIEWPORT_PYTHON) benchmarks/viewport.py build/bench/*.safetensors build/bench/morphs/*.shape

package: setup  ## build and validate the extension's zip, and a static repository of it, in dist/
	rm -rf dist && mkdir dist
	$(PYTHON) $(EXTENSION_TOOL) build --source-dir . --output-dir dist
	$(PYTHON) $(EXTENSION_TOOL) validate dist/neural_shapes-*.zip
	$(PYTHON) $(EXTENSION_TOOL) server-generate --repo-dir dist --html

# The guide's generator reads the package's sources; of the root it is shown the core alone.
docs: $(DOCS_READY)  ## build the user guide in build/docs
	mkdir -p build/docs-source/neural_shapes
	ln -sfn $(CURDIR)/__init__.py build/docs-source/neural_shapes/__init__.py
	ln -sfn $(CURDIR)/core build/docs-source/neural_shapes/core
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict --quiet

$(DOCS_READY):
	$$(setup/find-python.sh 3.13) -m venv --clear .venv-docs
	.venv-docs/bin/pip install --quiet --requirement setup/requirements-docs.txt
	touch $@

test-window:  ## drive a real Blender 5.2 with a window; needs blender, xdotool and scrot, and a display
	python3 -m pytest tests/window
