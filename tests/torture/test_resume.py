"""Runs that are interrupted up to twenty times and go on."""

from end_to_end import resuming, together
from end_to_end.program import folder

MOST = 20  # interruptions


def test_resumed_again_and_again():
    """interrupted one to twenty times and resumed, every run leaves what one does that was never
    interrupted"""
    with folder() as private:
        whole = resuming.never_interrupted(private, 40)

    def check_parts(interruptions: int) -> int:
        """How many parts came to measuring."""
        with folder() as private:
            return resuming.check_parts(interruptions, private, whole)

    parts = together.each(check_parts, [(count,) for count in range(MOST, 0, -1)], aloud=True)
    assert max(parts) >= 5, f"resumed at most {max(parts)} times"
