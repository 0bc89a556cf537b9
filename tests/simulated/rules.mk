# The control part over simulated ranks: the product's sources under SimGrid's compiler, and what
# stands for the clock, the cores and the kernels.
SIMULATED  = $(BUILD)/simulated
# SimGrid puts getopt.h before everything, whose `struct option` is not ours, and its mpi.h lacks a
# `const` of the standard.
SMPI_FLAGS = -D_GETOPT_EXT_H -DSMPI_NO_OVERRIDE_MALLOC -Wno-discarded-qualifiers $(LANGUAGE) -Itests/simulated -O2 -g
SMPI_PARTS = $(patsubst src/%.c,$(SIMULATED)/%.o,$(wildcard $(addsuffix /*.c,$(addprefix src/,model answer run job sweep runfile checkup ranks machine store text worker system))))
SMPI_OWN   = $(patsubst tests/simulated/%.c,$(SIMULATED)/own/%.o,$(wildcard tests/simulated/*.c)) \
             $(SIMULATED)/kernels/none.o $(SIMULATED)/engines/none.o
WRAPPED    = MPI_Send MPI_Test MPI_Iprobe MPI_Ibarrier MPI_Iallreduce sched_yield comm_command comm_start_together comm_end_together comm_gather

simulate: PACKAGES = $(NEEDED) libsimgrid-dev
simulate: packages ## the control part over 64 … 4 096 simulated ranks: what it takes per cell
	@$(MAKE) --no-print-directory -s simulated
	@BUILD=$(BUILD) $(PYTHON) tests/simulated/cluster.py

simulated: $(SIMULATED)/control
# Of the product only what is called comes out of the archive.
$(SIMULATED)/control: $(SMPI_OWN) $(SIMULATED)/parts.a
	smpicc -o $@ $^ $(WRAPPED:%=-Wl,--wrap=%) -lyaml -lgomp
$(SIMULATED)/parts.a: $(SMPI_PARTS)
	rm -f $@; ar rc $@ $^
$(SIMULATED)/own/%.o: tests/simulated/%.c
	@mkdir -p $(@D); smpicc $(SMPI_FLAGS) -MMD -MP -c -o $@ $<
$(SIMULATED)/%.o: src/%.c
	@mkdir -p $(@D); smpicc $(SMPI_FLAGS) -MMD -MP -c -o $@ $<
-include $(SMPI_PARTS:.o=.d) $(SMPI_OWN:.o=.d)
.PHONY: simulate simulated

# Whole studies without a machine: the program's own plan, rounds and verdicts over simulated samples.
simulate-studies: packages ## judge the method by thousands of simulated studies
	@$(MAKE) --no-print-directory -s $(BUILD)/studies
	@$(BUILD)/studies -p $(shell nproc) $(STUDIED)
$(BUILD)/studies: $(STUDIES) $(filter-out $(BUILD)/main.o,$(OURS))
	$(CC) $(FLAGS) $(KEPT) -o $@ $^ $(LIBS)
-include $(STUDIES:.o=.d)
.PHONY: simulate-studies
