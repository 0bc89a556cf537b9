"""Storage faults, all of them: the long versions of end_to_end/test_storage_faults.py."""

from end_to_end import faults, together
from end_to_end.program import folder


def test_failed_operations():
    """each of the first 300 writes, syncs and renames fails, in each way"""
    operations = faults.count_operations()
    assert operations >= faults.OPERATIONS, f"{operations} operations"
    ended = together.each(faults.check_failure, [(at, kind) for kind in faults.KINDS
                                                 for at in range(1, faults.OPERATIONS + 1)],
                          aloud=True)
    came = [how for how in ended if "never" not in how]
    assert len(came) > 0.95 * len(ended), f"only {len(came)} operations came to fail"


def test_every_prefix_of_the_writes():
    """2 000 prefixes of the log of the writes, torn and whole, lose nothing acknowledged"""
    looked = 0
    with folder() as private:
        while looked < 2000:
            for file in (private / "data").glob("*"):
                file.unlink()
            log, output = faults.record(private, "--rounds", "40")
            looked += faults.prefixes_in_child(log, output, 1 << 30)
            print(f"{looked} prefixes", flush=True)
            log.unlink()
