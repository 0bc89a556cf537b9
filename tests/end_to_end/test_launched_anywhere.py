"""Wherever it is started a run yields a result, or says why it cannot and what to do, in two lines."""

import os
import pathlib
import re
import subprocess
from typing import NamedTuple

from end_to_end import together
from end_to_end.findings import findings
from end_to_end.program import BUILD, Result, Skipped, environment, folder, launcher, run, write

JOB = """
cores: [1]
ranks: [1, 2]
rounds: 1
workloads:
  wait: {wait: timer, latency: 1 ms, tasks: 4}
"""
STRANGER = ("setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups")
OF_SLURM = {"SLURM_JOB_ID": "7", "SLURM_JOBID": "7", "SLURM_CPUS_ON_NODE": str(os.cpu_count()),
            "SLURM_NODELIST": "node7", "SLURM_JOB_NODELIST": "node7", "SLURM_NNODES": "1",
            "SLURM_JOB_NUM_NODES": "1", "SLURM_TASKS_PER_NODE": "4"}
OF_TWO = OF_SLURM | {"SLURM_NODELIST": "node[7-8]", "SLURM_JOB_NODELIST": "node[7-8]", "SLURM_NNODES": "2",
                     "SLURM_JOB_NUM_NODES": "2", "SLURM_TASKS_PER_NODE": "4(x2)"}
OF_OTHERS = {"PBS_JOBID": "7", "PBS_ENVIRONMENT": "PBS_BATCH", "PBS_NODEFILE": "/nonexistent",
             "LSB_JOBID": "7", "LSB_HOSTS": "a b", "PE_HOSTFILE": "/nonexistent", "JOB_ID": "7",
             "SGE_ROOT": "/nonexistent", "ARC": "x"}


def shell(command: str, *before: str) -> tuple:
    """The words that carry out a command of the shell before what follows."""
    return (*before, "sh", "-c", f'{command} && exec "$@"', "sh")


def host(name: str) -> tuple:
    """The words that give the host another name."""
    return shell(f"printf %s {name} > /proc/sys/kernel/hostname", "unshare", "--uts")


def within(*commands: str) -> tuple:
    """The words that carry out commands in a mount namespace."""
    return shell(" && ".join(commands), "unshare", "--mount")


class Surrounding(NamedTuple):
    """A surrounding of a run: what comes before it, variables, and what the user's file of settings of
    Open MPI says; then what the run says when it cannot, and its remedy: None where it can."""

    name: str
    before: tuple = ()
    variables: dict = {}
    settings: str = ""
    reason: str | None = None
    remedy: str | None = None


SURROUNDINGS = (
    Surrounding("plainly"),
    Surrounding("host a_b", host("a_b")),
    Surrounding("host of 56 letters", host("a" * 56)),
    Surrounding("host of 57 letters", host("a" * 57), reason="stack smashing detected",
                remedy="the name of this host has 57 letters"),
    Surrounding("no user, no HOME", (*STRANGER, "env", "-u", "HOME")),
    Surrounding("no user, a foreign HOME", STRANGER, {"HOME": "/root"}),
    Surrounding("empty environment", ("env", "-i")),
    Surrounding("only the loopback", shell("ip link set lo up", "unshare", "--net")),
    Surrounding("no network", ("unshare", "--net"), reason="PMIx server's listener thread",
                remedy="ip link set lo up"),
    Surrounding("no names of hosts", within(*(f"mount --bind /dev/null /etc/{name}" for name in
                                              ("hosts", "resolv.conf", "nsswitch.conf")))),
    Surrounding("no ssh", variables={"OMPI_MCA_plm_rsh_agent": "/nonexistent"}),
    Surrounding("placed by a site", settings="rmaps_base_mapping_policy = ppr:1:socket\n"),
    Surrounding("scheduled by a site", settings="rmaps = rank_file\nrmaps_base_no_schedule_local = 1\n"
                                                "rmaps_base_no_oversubscribe = 1\n"),
    Surrounding("hosts of a site", settings="orte_default_hostfile = {private}/hosts\nplm = rsh\n"
                                            "plm_rsh_agent = /nonexistent\n"),
    Surrounding("network of a site", settings="oob_tcp_if_include = ib0\n", reason="Value given: ib0",
                remedy="mca-params.conf may be the cause"),
    Surrounding("transport of a site", settings="pml = ucx\n", reason="",
                remedy="mca-params.conf may be the cause"),
    Surrounding("hosts of the user", variables={"OMPI_MCA_orte_default_hostfile": "{private}/hosts"}),
    Surrounding("job of Slurm in a container", variables=OF_SLURM),
    Surrounding("job of two nodes in a container", variables=OF_TWO | {"PATH": "/usr/bin:/bin"}, reason="",
                remedy="env -u SLURM_JOB_ID"),
    Surrounding("other batch systems", variables=OF_OTHERS),
    Surrounding("btl", variables={"OMPI_MCA_btl": "nonexistent"}),
    Surrounding("pml", variables={"OMPI_MCA_pml": "nonexistent"}, reason="",
                remedy="OMPI_MCA_pml=nonexistent"),
    Surrounding("gds", variables={"PMIX_MCA_gds": "nonexistent"}, reason="Component: nonexistent",
                remedy="PMIX_MCA_gds=nonexistent"),
    Surrounding("prefix", variables={"OPAL_PREFIX": "/nonexistent"}, reason="unknown option",
                remedy="OPAL_PREFIX=/nonexistent"),
    Surrounding("36 cores", variables={"HWLOC_SYNTHETIC": "package:2 core:18 pu:1",
                                       "HWLOC_THISSYSTEM": "1"}),
    Surrounding("few open files", shell("ulimit -Sn 32")),
    Surrounding("too few open files", shell("ulimit -n 32"), reason="a process may have 32 open files",
                remedy="ulimit -n"),
    Surrounding("small shared memory", within("mount -t tmpfs -o size=64k none /dev/shm"),
                reason="", remedy="cual doctor"),
    Surrounding("read-only shared memory", within("mount -t tmpfs -o ro none /dev/shm")),
    Surrounding("no /proc", within("mount -t tmpfs none /proc")),
    Surrounding("own processes", ("unshare", "--pid", "--fork", "--mount-proc")),
    Surrounding("umask", shell("umask 777")),
    Surrounding("no stdin", ("sh", "-c", 'exec "$@" <&-', "sh")),
    Surrounding("mpirun that fails", variables={"PATH": "{private}:/usr/bin:/bin"},
                reason="mpirun does not say why, and ends with status 243", remedy="'mpirun -n 2 hostname'"),
)


def prepare(private: pathlib.Path, surrounding: Surrounding) -> dict[str, str]:
    """Makes the files of a surrounding; returns its variables."""
    home = private / "home"
    (home / ".openmpi").mkdir(parents=True)
    write(private / "hosts", "node7 slots=4\nnode8 slots=4\n")
    if surrounding.settings:
        write(home / ".openmpi" / "mca-params.conf", surrounding.settings.format(private=private))
    if "fails" in surrounding.name:
        write(private / "mpirun", "#!/bin/sh\nexit 243\n").chmod(0o755)
    if surrounding.before[:1] == STRANGER[:1]:
        private.chmod(0o1777)
    variables = {name: text.format(private=private) for name, text in surrounding.variables.items()}
    return {"HOME": str(home), "TMPDIR": str(private)} | variables


def try_before(surrounding: Surrounding) -> None:
    """Skips a surrounding that cannot be had here."""
    tried = subprocess.run([*surrounding.before, "test", "-x", str(BUILD / "cual")], check=False,
                           capture_output=True, text=True, env=environment(), stdin=subprocess.DEVNULL)
    if tried.returncode != 0:
        raise Skipped(f"{surrounding.name}: {tried.stderr.strip()}")


def check_refused(result: Result, surrounding: Surrounding) -> None:
    """The environment cannot do it: two lines, a reason and a remedy."""
    said = result.err.removesuffix("\n").split("\n")
    assert result.status == 5 and result.out == "", result
    assert len(said) == 2 or ": raise" in said[0], result.err
    assert said[0].startswith("cual: ") and surrounding.reason in said[0], result.err
    assert surrounding.remedy in said[-1], result.err
    assert "without" not in result.err and "interrupted" not in result.err, result.err


def is_open_mpi_4() -> bool:
    """Whether mpirun is that of Open MPI 4, whose settings and messages these are."""
    told = subprocess.run([launcher(), "--version"], capture_output=True, text=True, check=False)
    return re.search(r"\((Open MPI|OpenRTE)\) 4\.", told.stdout) is not None


def check(surrounding: Surrounding) -> None:
    """Runs the job in a surrounding."""
    try:
        try_before(surrounding)
    except Skipped as why:
        print(f"   left out: {why}")
        return
    with folder() as private:
        variables = prepare(private, surrounding)
        job, output = write(private / "job.yaml", JOB), private / "out.h5"
        result = run("run", job, "-o", output, before=surrounding.before, timeout=60, **variables)
        if surrounding.reason is not None:
            check_refused(result, surrounding)
            assert not output.exists(), os.listdir(private)
        else:
            assert result.status == 0 and re.search(r"^job · 1 round of ", result.out, re.MULTILINE), result
            noise = [line for line in result.err.splitlines()
                     if re.search("mpirun|ORTE|PMIX|MCA|^-----|^\\[", line) and "set aside" not in line]
            assert not noise, result.err


def test_surroundings():
    """each surrounding of a table yields a result, or a reason and a remedy in two lines"""
    together.each(check, [(surrounding,) for surrounding in SURROUNDINGS
                          if is_open_mpi_4() or surrounding.reason is None])


def test_doctor():
    """doctor warns of a launcher that cannot start a rank, with its reason and a remedy"""
    if not is_open_mpi_4():
        raise Skipped("mpirun is not that of Open MPI 4")
    for surrounding in SURROUNDINGS:
        if surrounding.name in ("network of a site", "mpirun that fails"):
            with folder() as private:
                found = findings(run("doctor", before=surrounding.before, **prepare(private, surrounding)))
            mark, text = found["launcher"]
            assert mark == "!" and "mpirun could not start a rank" in text, (surrounding.name, text)
            assert surrounding.remedy in text, (surrounding.name, text)


def test_replaced_machine():
    """variables that replace the machine are set aside by run and doctor, and kept by plan; all say so"""
    replaced = {"HWLOC_SYNTHETIC": "package:2 core:18 pu:1", "HWLOC_THISSYSTEM": "0"}
    words = [f"{name}={value}" for name, value in replaced.items()]
    with folder() as private:
        job = write(private / "job.yaml", JOB)
        result = run("run", job, "-o", private / "out.h5", TMPDIR=str(private), **replaced)
        planned = run("plan", job, **replaced)
        mark, text = findings(run("doctor", TMPDIR=str(private), **replaced))["environment"]
    said = [line for line in result.err.splitlines() if line.startswith("note: set aside")]
    assert len(said) == 1 and all(word in said[0] for word in words), result.err
    assert "36 cores" not in result.out + result.err, result
    assert mark == "!" and all(word in text for word in words), text
    assert " 36 cores" in planned.out and all(word in planned.out for word in words), planned.out
