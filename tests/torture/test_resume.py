"""Runs that are interrupted up to twenty times and go on."""

from end_to_end import resuming
from end_to_end.program import folder


def test_resumed_again_and_again():
    """interrupted one to twenty times and resumed, every run leaves what one does that was never
    interrupted"""
    with folder() as private:
        whole = resuming.never_interrupted(private, 40)
        parts = [resuming.check_parts(count, private, whole) for count in range(1, 21)]
        assert max(parts) >= 5, f"resumed at most {max(parts)} times"
