"""1 000 runs beside an adversary, as end_to_end/test_others_files.py does 8."""

import os

from end_to_end import adversary

TRIES = int(os.environ.get("TRIES", "1000"))


def test_adversary():
    """1 000 runs beside a process that puts links and files in the place of the scratch folder, the output,
    its part file and its lock write to no file of others and remove none"""
    print(adversary.attack_many(TRIES, aloud=True))
