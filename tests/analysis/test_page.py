"""The report in a browser: headless Chromium, driven by selenium."""

import contextlib
import functools
import io
import json
import os
import pathlib
import shutil
import signal
import time
from collections.abc import Iterator
from typing import Any

from analysis import report
from end_to_end.program import Skipped, folder
from tests.analysis import made

EVIL = "<script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>"
WORK = [{"name": f"mixed[wait_fraction={f}]", "compute": "primes", "wait": "timer", "tasks": 64,
         "compute_time": 1e-3 * (1 - f), "wait_time": 1e-3 * f, "wait_fraction": f}
        for f in (0.5, 0.9)] + [{"name": EVIL, "compute": "flops", "compute_time": 1e-4}]
DESKTOP, PHONE = (1280, 800), (400, 800)


def end_processes_of(profile: pathlib.Path) -> None:
    """Ends what was started with this profile and is still there."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if str(profile).encode() in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)


@contextlib.contextmanager
def browser(private: pathlib.Path) -> Iterator[Any]:
    """A headless Chromium with a profile below a private folder; gone afterwards."""
    try:
        from selenium import webdriver
    except ImportError as missing:
        raise Skipped("selenium is not installed") from missing
    program, server = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not server:
        raise Skipped("chromium is not installed")
    profile = private / "profile"
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ("headless=new", f"user-data-dir={profile}", "disable-gpu",
                     "disable-dev-shm-usage", "disable-background-networking", "no-first-run",
                     *(["no-sandbox"] if os.geteuid() == 0 else [])):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    service = webdriver.chrome.service.Service(server)
    driver = None
    try:
        driver = webdriver.Chrome(service=service, options=options)
        yield driver
    finally:
        with contextlib.suppress(Exception):
            driver.quit()
        with contextlib.suppress(Exception):
            service.stop()
        end_processes_of(profile)


@functools.cache
def page() -> bytes:
    """The report of a made file."""
    with folder() as private, contextlib.redirect_stdout(io.StringIO()):
        path = made.run_file(private / "run.h5", workloads=WORK, threads=(1, 2, 16), depth=(1, 64))
        report.main([str(path)])
        return (private / "run.html").read_bytes()


@contextlib.contextmanager
def opened(size: tuple[int, int], *, script: bool = True) -> Iterator[Any]:
    """A browser that shows the page in a window of so many pixels."""
    with folder() as private:
        (private / "run.html").write_bytes(page())
        with browser(private) as driver:
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
            driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
            driver.get((private / "run.html").as_uri())
            yield driver


def addresses(driver: Any) -> set[str]:
    """What the page asked for, itself included, without what stands in it as data."""
    found = set()
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked = message["params"]
            # The browser has pages of its own, too.
            if asked["documentURL"] == driver.current_url:
                found.add(asked["request"]["url"])
    return {address for address in found if not address.startswith("data:")}


def rows(driver: Any) -> list[list[str]]:
    """The texts of the rows of numbers that are shown."""
    return driver.execute_script(
        "return Array.from(document.querySelectorAll('#cells tbody tr')).filter(r => !r.hidden)"
        ".map(r => Array.from(r.cells, c => c.textContent))")


def press(driver: Any, title: str) -> list[float]:
    """Sorts by a column; what the column then holds, without what is missing."""
    driver.execute_script(
        "Array.from(document.querySelectorAll('#cells thead button'))"
        ".find(b => b.textContent === arguments[0]).click()", title)
    return driver.execute_script(
        "const at = Array.from(document.querySelectorAll('#cells thead th'))"
        ".findIndex(h => h.textContent === arguments[0]);"
        "return Array.from(document.querySelectorAll('#cells tbody tr'), r => "
        "r.cells[at].dataset.value).filter(v => v !== '').map(Number)", title)


def test_on_a_desktop():
    """no error, no request leaves the page, the verdict is seen without scrolling, every picture
    is drawn and has a text, and a name that is a script does nothing"""
    with opened(DESKTOP) as driver:
        address = driver.current_url
        bottom = driver.execute_script(
            "return document.querySelector('.verdicts .why').getBoundingClientRect().bottom")
        assert 0 < bottom < DESKTOP[1], bottom
        pictures = driver.execute_script("return Array.from(document.images, i => "
                                         "[i.alt, i.complete && i.naturalWidth])")
        assert pictures and all(alt and width > 0 for alt, width in pictures), pictures
        assert EVIL in driver.find_element("id", "verdict").text
        asked = addresses(driver)
        assert asked == {address}, asked
        log = driver.get_log("browser")
        assert log == [], log  # an alert would have ended find_element, too


def test_sorting_and_filtering():
    """a column sorts up and down by its number, words and choices filter, and the count is said"""
    with opened(DESKTOP) as driver:
        whole = rows(driver)
        up, down = press(driver, "time"), press(driver, "time")
        assert up == sorted(up) and down == up[::-1] and len(set(up)) > 3, (up, down)
        by_name = [row[0] for row in (press(driver, "workload"), rows(driver))[1]]
        assert by_name == sorted(by_name, key=str.lower) and len(by_name) == len(whole), by_name
        driver.find_element("name", "words").send_keys("threads ×64@2")
        found = rows(driver)
        wanted = [row for row in whole if "threads" in row[2] and row[1].endswith("×64@2")]
        assert 0 < len(found) == len(wanted) < len(whole), found
        driver.find_element("name", "workload").send_keys("mixed[wait_fraction=0.9]")
        assert {row[0] for row in rows(driver)} == {"mixed[wait_fraction=0.9]"}, rows(driver)
        said = driver.find_element("css selector", "#filter output").text
        assert said == f"{len(rows(driver))} of {len(whole)} cells", said


def test_on_a_phone():
    """at 400 pixels nothing scrolls sideways but what stands in its own box"""
    with opened(PHONE) as driver:
        wide, inner = driver.execute_script(
            "return [document.documentElement.scrollWidth, window.innerWidth]")
        assert wide <= inner == PHONE[0], (wide, inner)
        over = driver.execute_script(
            "return Array.from(document.querySelectorAll('body *')).filter(e => !e.closest('.box')"
            " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML)")
        assert over == [], over


def test_without_script():
    """without JavaScript everything is there but sorting and filtering"""
    with opened(DESKTOP, script=False) as driver:
        page = driver.find_element("tag name", "body").text
        for text in ("Use ", "holds here", "R×T×D@C", "The run", EVIL):
            assert text in page, text
        assert not driver.find_element("id", "filter").is_displayed()
        assert len(driver.find_elements("css selector", "#cells tbody tr")) > 20
