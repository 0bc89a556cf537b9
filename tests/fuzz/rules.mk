# Fuzz targets: build/fuzz/NAME is tests/fuzz/NAME.c and the rooms that it takes.
FUZZERS  = arguments job quantity runfile
FUZZ_RUNS ?= 1000000
JOB      = $(wildcard src/job/*.c src/model/*.c src/kernels/*.c src/engines/*.c) \
           src/system/clock.c $(addprefix src/system/,error.c utf8.c) src/machine/cgroup.c src/machine/limits.c src/machine/storage.c src/worker/memory.c \
           src/text/near.c
ROOMS_arguments = $(JOB) src/terminal/arguments.c
ROOMS_job       = $(JOB)
ROOMS_quantity  = $(JOB)
ROOMS_runfile   = tests/fuzz/hdf5.c tests/fuzz/integrity.c $(wildcard src/runfile/runfile*.c src/answer/*.c src/model/*.c) \
                  $(wildcard src/store/*.c) $(addprefix src/system/,error.c path.c utf8.c) src/text/words.c $(addprefix src/terminal/,claims_table.c prose.c table.c)

FUZZ      = clang $(LANGUAGE) -Itests/fuzz $(shell $(MPICC) --showme:compile) -O1 -g -fno-omit-frame-pointer \
            -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_LIBS = $(shell pkg-config --libs yaml-0.1 $(URING)) -lm
# The tables of kernels and engines name functions that call MPI, and writing a run file calls HDF5. No target
# gets there: what is missing stays missing.
FUZZ_CUT  = -no-pie -Wl,--unresolved-symbols=ignore-in-object-files -Wl,--wrap=store_filter

fuzzers: $(FUZZERS:%=$(BUILD)/fuzz/%)

define fuzzer_needs
$(BUILD)/fuzz/$(1): $(patsubst %.c,$(BUILD)/fuzz/%.o,tests/fuzz/main.c tests/fuzz/$(1).c $(ROOMS_$(1)))
endef
$(foreach fuzzer,$(FUZZERS),$(eval $(call fuzzer_needs,$(fuzzer))))
$(FUZZERS:%=$(BUILD)/fuzz/%):
	$(FUZZ) -fsanitize=fuzzer $(FUZZ_CUT) -o $@ $^ $(FUZZ_LIBS)
$(BUILD)/fuzz/%.o: %.c
	@mkdir -p $(@D); $(FUZZ) -fsanitize=fuzzer-no-link $(WARN) $(CLANG_WARN) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD)/fuzz -name '*.d' 2>/dev/null)
