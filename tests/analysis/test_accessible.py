"""The page for those who read with a keyboard, a screen reader or other eyes: judged by axe-core."""

import pathlib
import shutil
import subprocess
import tarfile
from typing import Any

from end_to_end.program import Skipped, folder
from tests.analysis import test_page

AXE = "axe-core@4.14.1"
SCHEMES = ("light", "dark")


def axe(private: pathlib.Path) -> str:
    """The script of axe-core, as npm has it; skips where it cannot be had."""
    if not shutil.which("npm"):
        raise Skipped("npm is not installed")
    try:
        done = subprocess.run(["npm", "pack", "--silent", AXE], cwd=private, capture_output=True, text=True,
                              timeout=60, check=False)
    except subprocess.TimeoutExpired as late:
        raise Skipped(f"{AXE} cannot be had in a minute") from late
    found = list(private.glob("axe-core-*.tgz"))
    if done.returncode != 0 or not found:
        raise Skipped(f"{AXE} cannot be had")
    with tarfile.open(found[0]) as package:
        return package.extractfile("package/axe.min.js").read().decode("utf-8")


def violations(driver: Any, script: str, page: pathlib.Path, scheme: str) -> list[tuple[str, list]]:
    """What axe-core finds wrong with a page, by rule, with the places; a page without rules that hold is no page."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    driver.get(page.as_uri())
    driver.execute_script(script)
    found = driver.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    assert len(found["passes"]) > 20, found["passes"]
    return [(one["id"], [node["target"] for node in one["nodes"][:5]]) for one in found["violations"]]


def test_axe() -> None:
    """axe-core finds no violation on the page of a small and of a large job, in the light and in the dark, and one that is planted"""
    with folder() as private:
        script = axe(private)
        pages = {"small": test_page.page(), "large": test_page.large()}
        pages["planted"] = pages["small"].replace(b'<html lang="en">', b"<html>")
        for name, text in pages.items():
            (private / f"{name}.html").write_bytes(text)
        with test_page.browser(private) as driver:
            for scheme in SCHEMES:
                for name in ("small", "large"):
                    found = violations(driver, script, private / f"{name}.html", scheme)
                    assert not found, (name, scheme, found)
            planted = violations(driver, script, private / "planted.html", SCHEMES[0])
            assert "html-has-lang" in dict(planted), planted
