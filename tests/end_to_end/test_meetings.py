"""Ranks of a cell meet: no value is another's, and nobody leaves before all have come."""

import subprocess

from end_to_end.program import BUILD, SLOWER, environment_in, folder, mpirun

TIMES = int(1000 / SLOWER)


def check(ranks: int, machines: int) -> None:
    """The program finds nothing wrong with so many meetings of random groups."""
    with folder() as private:
        done = subprocess.run([*mpirun(ranks), BUILD / "meetings", str(machines), str(TIMES)],
                              capture_output=True, text=True, check=False, timeout=300,
                              env=environment_in(private))
    assert done.returncode == 0, done.stderr


def test_meetings():
    """ranks of changing groups meet on one machine and over several: right values, none too early"""
    for ranks, machines in ((1, 1), (2, 1), (4, 1), (4, 2), (4, 4), (8, 3)):
        check(ranks, machines)
