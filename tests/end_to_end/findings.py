"""What `cual doctor` finds, as the tests read it."""

import os

from end_to_end.program import Result, folder, run

COLUMNS = 100
NAME_COLUMNS = 20


def findings(result: Result) -> dict[str, tuple[str, str]]:
    """Mark and text, advice included, of every finding by its name; checks the form."""
    assert result.status == 0, result
    found: dict[str, tuple[str, str]] = {}
    name = ""
    for line in result.out.splitlines()[2:]:
        assert len(line) <= COLUMNS, line
        if not line:
            break
        head, text = line[:NAME_COLUMNS], line[NAME_COLUMNS:]
        if head.strip():
            name = head[3:].strip()
            assert head[:3] in ("ok ", "!  ", "?  ") and name not in found, line
            found[name] = (head[0], text)
        else:
            found[name] = (found[name][0], f"{found[name][1]} {text}")
    warnings = [name for name, (mark, _) in found.items() if mark == "!"]
    last = " ".join(result.out[result.out.rindex("\n\n"):].split())
    assert last.startswith(f"{len(warnings)} warning" if warnings else "nothing that was found spoils"), last
    assert all(name in last for name in warnings), last
    return found


def doctor(*arguments: str, **options) -> dict[str, tuple[str, str]]:
    """What doctor finds, of which it leaves nothing behind."""
    with folder() as private:
        result = run("doctor", *arguments, **({"TMPDIR": str(private)} | options))
        found = findings(result)
        assert result.err == "", result.err
        assert os.listdir(private) == [], os.listdir(private)
    return found
