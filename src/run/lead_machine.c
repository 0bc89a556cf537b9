#include "run/lead_machine.h"

#include "launch/launch.h"
#include "launch/launcher.h"
#include "launch/settle.h"
#include "machine/cgroup.h"
#include "run/provenance.h"

void lead_machine_look(struct lead_machine *machine, const struct lead_given *given)
{
    char hardware[NODES_TEXT_BYTES], remedy[LAUNCHER_REMEDY_BYTES];
    const char *program;
    const struct launcher *own = launcher_own(&program);
    const struct study *study = given->study;
    const struct checkup_input input = {
        .root = "",
        .topo = study->topo,
        .allowed = *given->allowed,
        .quota = cgroup_quota(""),
        .cores_used = study_cores(study->topo),
        .ranks = launch_is_own() ? 0 : comm_node_size(given->comm, 0),
        .bound = launch_is_bound(),
        .starter = {own->name, own->unbound, launcher_remedy(own, remedy, sizeof remedy)},
        .overruled = settle_overruled(),
        .batch = &machine->batch,
        .scratch = study->job.scratch,
    };
    batch_read(&machine->batch);
    provenance_machine(nodes_hardware(given->nodes, hardware), machine->line, sizeof machine->line);
    checkup_run(&machine->checkup, &input, CHECKUP_QUICK, NULL, NULL);
}
