"""How tests are chosen: TESTS takes what a run prints."""

import subprocess

from choice import choose

from end_to_end.program import BUILD

TIMELESS = True

NAMES = ["unit store: a part is whole", "unit store: a part is whole or absent", "unit table: one row",
         "end_to_end stop: a stopped run is whole", "analysis page: whole"]


def test_all() -> None:
    """Without words every test is chosen."""
    assert choose(NAMES, [""]) == choose(NAMES, []) == set(NAMES)


def test_lines() -> None:
    """A line that a run prints chooses its test and no other, whatever its outcome and time are."""
    for line, name in [("ok unit store: a part is whole", NAMES[0]),
                       ("FAIL unit store: a part is whole or absent", NAMES[1]),
                       ("ok stop: a stopped run is whole (0.3 s)", NAMES[3]),
                       ("skipped: no disk here: stop: a stopped run is whole", NAMES[3])]:
        assert choose(NAMES, [line]) == {name}, line
    assert choose(NAMES, ["ok unit table: one row\nok page: whole (1.0 s)\n"]) == {NAMES[2], NAMES[4]}


def test_words() -> None:
    """A part of a line chooses all that hold it; other words, all that hold any of them."""
    assert choose(NAMES, ["is whole"]) == {NAMES[0], NAMES[1], NAMES[3]}
    assert choose(NAMES, ["store"]) == {NAMES[0], NAMES[1]}
    assert choose(NAMES, ["row page:"]) == choose(NAMES, ["row", "page:"]) == {NAMES[2], NAMES[4]}
    assert choose(NAMES, ["end_to_end"]) == {NAMES[3]}


def test_no_such() -> None:
    """Words that no test has are an error, also beside such as one has."""
    for texts in (["nowhere"], ["store", "nowhere"], ["store\nnowhere"]):
        try:
            choose(NAMES, texts)
        except LookupError as error:
            assert "nowhere" in str(error)
        else:
            raise AssertionError(f"{texts} were taken")


def unit(*words: str) -> list[str]:
    """The lines of the unit program."""
    return subprocess.run([BUILD / "unit", *words], capture_output=True, text=True,
                          check=False).stdout.splitlines()


def test_unit() -> None:
    """The unit program runs the one test that its line names, the suite of a name, or none."""
    names, suites = unit("--names"), unit("--list")
    assert len(names) == len(set(names)) and len(suites) == len(set(suites))
    assert suites == list(dict.fromkeys(name.split(": ")[0].removeprefix("unit ") for name in names))
    first = next(name for name in names if name.startswith("unit tree: "))
    assert unit(first) == [f"ok {first}"]
    assert unit("tree") == [f"ok {name}" for name in names if name.startswith("unit tree: ")]
    assert unit("nowhere") == []
