# cual: `make run` answers the question on this machine; `make help` lists the rest.
VERSION  = 0.9.0
# The MPI library to build and run with: openmpi or mpich. Where several are installed, their
# compilers have names of their own, and the program finds the launcher that belongs to it.
MPI      = openmpi
# A sanitizer to build and check with: address, undefined or thread.
SAN     ?=
BUILD   ?= build$(patsubst %,-%,$(filter-out openmpi,$(MPI)))$(SAN:%=-%)
PREFIX  ?= /usr/local
CFLAGS  ?= -O2 -g
MPICC   := $(or $(shell command -v mpicc.$(MPI)),mpicc)
ifeq ($(origin CC),default)
CC       = $(MPICC)
endif
PYTHON   = /usr/bin/python3
# Debian packages: for report, compare and export; to build and run; and on top of those to test.
ANALYSIS = python3 python3-h5py python3-xarray python3-h5netcdf python3-scipy python3-matplotlib python3-jinja2 python3-xxhash
MPI_openmpi = libopenmpi-dev openmpi-bin
MPI_mpich   = libmpich-dev mpich
NEEDED   = gcc pkg-config $(or $(MPI_$(MPI)),$(error MPI=$(MPI): allowed: openmpi, mpich)) libhwloc-dev libhdf5-dev libyaml-dev liburing-dev libxxhash-dev libjansson-dev $(ANALYSIS)
CLUSTER  = slurmctld slurmd slurm-client munge iproute2 util-linux
CHECKED  = libcunit1-dev hdf5-tools librsvg2-bin python3-cairosvg chromium chromium-driver python3-selenium python3-nbclient python3-nbformat python3-ipykernel python3-jsonschema man-db zsh fish $(CLUSTER) libsimgrid-dev
FUZZED   = clang libclang-rt-dev
LINTED   = clang-tidy cppcheck shellcheck libuv1-dev
ifneq ($(SAN),)
include tests/sanitize/rules.mk
endif
URING    = $(shell pkg-config --exists liburing 2>/dev/null && echo liburing)
HDF5     = $(shell pkg-config --exists hdf5-serial 2>/dev/null && echo hdf5-serial || echo hdf5)
LANGUAGE = -std=c11 -D_GNU_SOURCE -Isrc $(shell pkg-config --cflags hwloc yaml-0.1 jansson $(HDF5) 2>/dev/null) $(if $(URING),-DCUAL_HAS_LIBURING)
FLAGS    = $(LANGUAGE) -fopenmp $(CPPFLAGS) $(CFLAGS) $(SANITIZE)
WARN     = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wconversion -Werror
# To clang -Wconversion says more than to gcc.
CLANG_WARN = -Wno-sign-conversion
LIBS     = $(LDFLAGS) $(shell { pkg-config --libs hwloc yaml-0.1 jansson $(URING); pkg-config --libs-only-L $(HDF5); } 2>/dev/null) -lhdf5_hl -lhdf5 -lm
# -I keeps away what the user's environment would put in place of a module; -s where packages are found by PYTHONPATH.
PYTHON_OPTION = -I
ABOUT    = '-DCUAL_VERSION="$(VERSION)"' \
           '-DCUAL_GIT="$(shell [ -e .git ] && git describe --always --dirty --tags 2>/dev/null || echo no git commit)"' \
           '-DCUAL_CFLAGS="$(strip $(CFLAGS) $(SANITIZE))"' '-DCUAL_ANALYSIS_PACKAGES="$(ANALYSIS)"' \
           '-DCUAL_PYTHON="$(PYTHON)"' '-DCUAL_PYTHON_OPTION="$(PYTHON_OPTION)"'
OBJECTS  = $(patsubst src/%.c,$(BUILD)/%.o,$(wildcard src/*.c src/*/*.c))
OURS     = $(OBJECTS) $(KEEP)
UNITS    = $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard tests/unit/*.c tests/unit/*/*.c))
STUDIES  = $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(wildcard tests/simulated/studies/*.c))
FAULTS   = $(patsubst tests/%.c,$(BUILD)/tests/%.o,$(filter-out %/fail.c,$(wildcard tests/faults/*.c)))

all: $(BUILD)/cual ## build the program, build/cual

run: packages ## answer the question on this machine: jobs/quick.yaml into results/quick.h5
	@$(MAKE) --no-print-directory -s all
	@mkdir -p results; [ ! -e results/quick.h5 ] || mv results/quick.h5 results/quick-$$(date -r results/quick.h5 +%Y%m%d-%H%M%S).h5
	@$(BUILD)/cual run jobs/quick.yaml -o results/quick.h5

check: PACKAGES = $(NEEDED) $(CHECKED)
check: packages ## run every test; SAN=address, undefined or thread: with that sanitizer
	@$(MAKE) --no-print-directory -s -j$(shell nproc) all $(BUILD)/unit $(BUILD)/cual-faults $(BUILD)/meetings $(BUILD)/fail.so $(BUILD)/share/made $(if $(SAN),,$(if $(shell command -v clang),fuzzers) $(if $(shell command -v smpicc),simulated))
	@BUILD=$(BUILD) $(PYTHON) tests/run.py "$$TESTS"

check-cluster: PACKAGES = $(NEEDED) $(CLUSTER)
check-cluster: packages ## only the tests on a Slurm cluster of their own, which take root
	@$(MAKE) --no-print-directory -s all
	@BUILD=$(BUILD) $(PYTHON) tests/cluster/run.py "$$TESTS"

check-releases: ## `make run` and the tests on other releases of Debian, in trees made for it, which take root
	@$(PYTHON) tests/releases/run.py "$$TESTS"

fuzz: PACKAGES = $(NEEDED) $(FUZZED)
fuzz: packages ## fuzz all that reads what comes from outside, FUZZ_RUNS (1000000) times each
	@$(MAKE) --no-print-directory -s fuzzers
	@BUILD=$(BUILD) $(PYTHON) tests/fuzz/fuzzing.py $(FUZZ_RUNS)

lint: PACKAGES = $(NEEDED) $(LINTED)
lint: packages ## static analysis: clang-tidy, cppcheck, shellcheck; sizes of files, functions and structs
	@BUILD=$(BUILD) $(PYTHON) tests/lint.py $(shell $(MPICC) --showme:compile) $(LANGUAGE)

torture: PACKAGES = $(NEEDED) $(CHECKED) $(FUZZED)
torture: packages ## the long tests: kills, signals, faults, damage, fuzzing; hours
	@$(MAKE) --no-print-directory -s all fuzzers $(BUILD)/unit $(BUILD)/cual-faults $(BUILD)/fail.so
	@BUILD=$(BUILD) $(PYTHON) tests/torture/run.py "$$TESTS"

bench: packages ## measure kernels and waits beside the best single-purpose tools
	@$(MAKE) --no-print-directory -s all
	@BUILD=$(BUILD) $(PYTHON) tests/bench/run.py

# Man pages and completion, as they lie in BUILD and in PREFIX.
PAGES     = $(addprefix share/,man/man1/cual.1 man/man5/cual-job.5 man/man5/cual-runfile.5 \
              bash-completion/completions/cual zsh/site-functions/_cual fish/vendor_completions.d/cual.fish)
# What is installed, MODE:FOLDER:FILE, into that folder of PREFIX under the file's own name.
INSTALLED = 755:bin:$(BUILD)/cual \
            $(patsubst %,644:share/cual/jobs:%,$(wildcard jobs/*.yaml)) \
            $(patsubst %,755:share/cual/slurm:%,slurm/cual.sbatch slurm/report.sbatch slurm/scaling.sh) \
            $(patsubst %,644:share/cual/slurm:%,slurm/common.sh slurm/site.conf.example) \
            $(foreach file,$(shell find -L analysis -type f ! -name '*.pyc'),644:$(patsubst analysis%,share/cual/python/cual%,$(patsubst %/,%,$(dir $(file)))):$(file)) \
            $(foreach file,$(PAGES),644:$(patsubst %/,%,$(dir $(file))):$(BUILD)/$(file)) \
            644:share/doc/cual:README.md 644:share/doc/cual:LICENSE \
            $(patsubst %,644:share/doc/cual/docs:%,$(wildcard docs/*.md) docs/cube.svg)
# The files of these below PREFIX, and the list of them there, which also has, with a slash at the end, the
# folders that were not there before. Nothing but what is in that list is ever taken away.
FILES     = $(foreach one,$(INSTALLED),$(word 2,$(subst :, ,$(one)))/$(notdir $(word 3,$(subst :, ,$(one)))))
LIST      = share/cual/installed
INTO      = root=$$(realpath -m -- "$(DESTDIR)/"); root=$${root%/}; \
            into=$$(realpath -m -- "$(DESTDIR)$(PREFIX)"); list="$$into/$(LIST)"
LISTED    = grep -v -e '/$$' -e '^/' -e '^\.\./' -e '/\.\./'

install: all $(BUILD)/share/made ## into PREFIX (/usr/local)
	@$(INTO); made=; for one in $(FILES) $(LIST); do \
		at="$$into/$${one%/*}"; \
		while [ ! -d "$$at/" ]; do made="$$made$${at#"$$root"}/\n"; at=$${at%/*}; done; \
	done; \
	mkdir -p "$${list%/*}" && touch "$$list" || exit; \
	{ printf '%s\n' $(FILES) $(LIST); { grep '/$$' "$$list"; printf %b "$$made"; } | sort -u; } >"$$list.new"; \
	$(LISTED) "$$list" | grep -vxFf "$$list.new" | while read -r file; do rm -f "$$into/$$file"; done; \
	mv "$$list.new" "$$list" || exit; \
	for one in $(INSTALLED); do folder=$${one#*:}; \
		install -D -m $${one%%:*} -t "$$into/$${folder%:*}" "$${one##*:}" || exit; done

uninstall: ## take away what was installed into PREFIX
	@$(INTO); [ -e "$$list" ] || { echo "nothing of cual was installed into $$into"; exit 0; }; \
	folders=$$(grep '/$$' "$$list" | sort -r); \
	$(LISTED) "$$list" | while read -r file; do rm -f "$$into/$$file"; done; \
	find "$$into/share/cual/python" -name __pycache__ -prune -exec rm -r {} + 2>/dev/null || true; \
	[ -z "$$folders" ] || printf '%s\n' "$$folders" | while read -r folder; do \
		rmdir --ignore-fail-on-non-empty "$$root$$folder" 2>/dev/null || true; done

pages: $(BUILD)/share/made ## man pages and completion, and the tables of docs/*.md anew
	$(PYTHON) docs/pages.py $(BUILD)/tables.json --docs docs

clean: ## remove what was built
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

PACKAGES = $(NEEDED)
# Those of PACKAGES that are not installed, and what to type then.
MISSING  = $$(for p in $(PACKAGES); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q ' installed$$' || echo $$p; done | tr '\n' ' ')
ADVICE   = "packages are missing; type: sudo apt-get install $$missing"
# Installing starts no services: the tests start those of their cluster themselves. It says nothing unless it fails.
SERVICES = /usr/sbin/policy-rc.d
packages:
	@command -v dpkg-query >/dev/null || exit 0; \
	missing=$(MISSING); [ -n "$$missing" ] || exit 0; \
	as=; [ "$$(id -u)" = 0 ] || as=sudo; \
	if [ -n "$$as" ] && ! sudo -n true 2>/dev/null; then echo $(ADVICE) >&2; exit 1; fi; \
	echo "installing $$missing" >&2; \
	said=$$($$as env DEBIAN_FRONTEND=noninteractive sh -c ' \
		[ -e $(SERVICES) ] || { trap "rm -f $(SERVICES)" EXIT INT TERM; \
			printf "#!/bin/sh\nexit 101\n" >$(SERVICES); chmod +x $(SERVICES); }; \
		apt-get update -qq && apt-get install -qq -y --no-install-recommends "$$@"' sh $$missing 2>&1) || \
		{ printf '%s\n' "$$said" >&2; exit 1; }

# Before anything is compiled: what the compiler or pkg-config does not find is said in one line.
HEADERS  = mpi.h omp.h hwloc.h hdf5_hl.h yaml.h xxhash.h
$(BUILD)/found:
	@lacking=$$(command -v pkg-config >/dev/null || echo pkg-config; \
		for module in hwloc yaml-0.1; do pkg-config --exists $$module 2>/dev/null || echo $$module.pc; done; \
		for header in $(HEADERS); do \
			echo "#include <$$header>" | $(CC) $(FLAGS) -fsyntax-only -xc /dev/stdin 2>/dev/null || echo $$header; \
		done | tr '\n' ' '); \
	if [ -n "$$lacking" ]; then \
		missing=; ! command -v dpkg-query >/dev/null || missing=$(MISSING); \
		if [ -n "$$missing" ]; then echo $(ADVICE) >&2; \
		else echo "$(CC) and pkg-config do not find" $$lacking"(docs/installing.md says what is needed)" >&2; fi; \
		exit 1; \
	fi; mkdir -p $(@D); touch $@

$(BUILD)/cual: $(OURS)
	$(CC) $(FLAGS) $(KEPT) -o $@ $^ $(LIBS)
	@mkdir -p $(@D)/python; ln -sfnr analysis $(@D)/python/cual; ln -sfnr jobs $(@D)/jobs
$(BUILD)/unit: $(UNITS) $(filter-out %/main.o,$(STUDIES)) $(filter-out $(BUILD)/main.o,$(OURS))
	$(CC) $(FLAGS) $(KEPT) -o $@ $^ $(LIBS) -lcunit
$(BUILD)/cual-faults: $(FAULTS) $(filter-out $(BUILD)/kernels/kernels.o $(BUILD)/engines/engines.o,$(OURS))
	$(CC) $(FLAGS) $(KEPT) -Wl,--wrap=disturbed_flags -o $@ $^ $(LIBS)
$(BUILD)/meetings: $(BUILD)/tests/end_to_end/meetings.o $(filter-out $(BUILD)/main.o,$(OURS))
	$(CC) $(FLAGS) $(KEPT) -o $@ $^ $(LIBS)
$(BUILD)/tables: $(BUILD)/docs/tables.o $(filter-out $(BUILD)/main.o,$(OURS))
	$(CC) $(FLAGS) $(KEPT) -o $@ $^ $(LIBS)
# Man pages and completion for bash, zsh and fish, as they lie below PREFIX/share.
$(BUILD)/share/made: $(BUILD)/tables docs/pages.py $(wildcard docs/*.md analysis/*.py)
	$(BUILD)/tables >$(BUILD)/tables.json
	$(PYTHON) docs/pages.py $(BUILD)/tables.json --share $(@D)
	@touch $@
$(BUILD)/fail.so: tests/faults/fail.c
	@mkdir -p $(@D); $(CC) -std=c11 -D_GNU_SOURCE $(CFLAGS) $(WARN) -shared -fPIC -o $@ $< -ldl
$(BUILD)/tests/%.o: tests/%.c | $(BUILD)/found
	@mkdir -p $(@D); $(CC) $(FLAGS) -Itests $(WARN) $(WARN_LESS) -MMD -MP -c -o $@ $<
$(BUILD)/docs/%.o: docs/%.c | $(BUILD)/found
	@mkdir -p $(@D); $(CC) $(FLAGS) $(WARN) $(WARN_LESS) -MMD -MP -c -o $@ $<
$(BUILD)/%.o: src/%.c | $(BUILD)/found
	@mkdir -p $(@D); $(CC) $(FLAGS) $(WARN) $(WARN_LESS) $(if $(filter %/version.o %/analysis.o,$@),$(ABOUT)) -MMD -MP -c -o $@ $<
$(BUILD)/run/version.o: Makefile $(wildcard $(shell [ ! -e .git ] || git rev-parse --git-path HEAD --git-path index 2>/dev/null))
$(BUILD)/commands/analysis.o: Makefile

include tests/fuzz/rules.mk
include tests/simulated/rules.mk

.PHONY: all run pages check check-cluster check-releases torture fuzz fuzzers lint bench install uninstall clean help packages
.DELETE_ON_ERROR:
-include $(OBJECTS:.o=.d) $(UNITS:.o=.d) $(FAULTS:.o=.d) $(BUILD)/tests/end_to_end/meetings.d $(BUILD)/docs/tables.d
