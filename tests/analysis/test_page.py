"""The report in a browser: headless Chromium, driven by selenium."""

import base64
import contextlib
import csv
import functools
import io
import json
import os
import pathlib
import re
import shutil
import signal
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

from analysis import report
from end_to_end.program import Skipped, folder
from tests.analysis import made, made_advice

EVIL = "<script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>"
WORK = [{"name": f"mixed[wait_fraction={f}]", "compute": "primes", "wait": "timer", "tasks": 64,
         "compute_time": 1e-3 * (1 - f), "wait_time": 1e-3 * f, "wait_fraction": f}
        for f in (0.5, 0.9)] + [{"name": EVIL, "compute": "flops", "compute_time": 1e-4}]
QUICK = [{"name": name, "compute": "primes", "compute_time": 2e-4, "tasks": 64}
         for name in ("flops", "primes", "triad", "chase", "read")] + [
    {"name": "wait", "wait": "timer", "wait_time": 1e-3, "tasks": 128}, *WORK[:2]]
MANY = QUICK + [{"name": f"-{i}+1,\"", "compute": "flops", "compute_time": 2e-4} for i in range(9)]
WARNINGS = ["load: 1.86 in the last minute, 2 cores; wait until it is quiet",
            "pressure: in 11 % of the last ten seconds something waited for a CPU; wait; see 'others'",
            f"others: {EVIL} computes; end it"]
DESKTOP, PHONE = (1280, 800), (400, 800)
PAGES_MOST = 5  # of A4, that the quick job takes


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


def made_page(**given: Any) -> bytes:
    """The report of a made file."""
    with folder() as private, contextlib.redirect_stdout(io.StringIO()):
        path = made.run_file(private / "run.h5", **{"threads": (1, 2, 16), "depth": (1, 64)} | given)
        report.main([str(path)])
        return (private / "run.html").read_bytes()


@functools.cache
def page() -> bytes:
    """The report of few workloads."""
    return made_page(workloads=WORK)


@functools.cache
def quick() -> bytes:
    """The report of a run like that of the quick job, with as many lines as an answer has."""
    def advice(_: object) -> list[dict[str, Any]]:
        some, none = lines([])
        return [some | {"branch": 0}] * 4 + [some] * 4 + [none]

    lines = made_advice.rows
    claims = [made.CLAIMS[0] | {"number": i + 1, "reason": 3 * made.CLAIMS[0]["reason"]} for i in range(16)]
    with mock.patch.object(made_advice, "rows", advice):
        return made_page(workloads=QUICK, ranks=(1, 2), depth=(1, 32), claims=claims,
                         machine={"warnings": "\n".join(WARNINGS[:2])})


@functools.cache
def large() -> bytes:
    """The report of more rows than stand open, with more warnings than stand open."""
    return made_page(workloads=MANY, machine={"warnings": "\n".join(WARNINGS)})


@contextlib.contextmanager
def opened(size: tuple[int, int], text: bytes | None = None, *, script: bool = True,
           view: str = "") -> Iterator[Any]:
    """A browser that shows a page in a window of so many pixels, at a place of it."""
    with folder() as private:
        (private / "run.html").write_bytes(text or page())
        with browser(private) as driver:
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
            driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
            driver.get((private / "run.html").as_uri() + view)
            yield driver


def addresses(driver: Any) -> set[str]:
    """What the page asked for, itself included, without what stands in it as data."""
    found = set()
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked = message["params"]
            # The browser has pages of its own, too.
            if asked["documentURL"].partition("#")[0] == driver.current_url.partition("#")[0]:
                found.add(asked["request"]["url"])
    return {address for address in found if not address.startswith("data:")}


def check_quiet(driver: Any) -> None:
    """No request but for the page itself, and nothing that a browser complains of."""
    asked = addresses(driver)
    assert asked == {driver.current_url.partition("#")[0]}, asked
    log = driver.get_log("browser")
    assert log == [], log  # an alert would have ended what was asked before, too


def bottom(driver: Any, selector: str) -> float:
    """Pixels from the top of the window to the lower edge of the first such element."""
    return driver.execute_script(
        "return document.querySelector(arguments[0]).getBoundingClientRect().bottom", selector)


def is_shown(driver: Any, selector: str) -> list[bool]:
    """Whether each of such elements takes room."""
    return driver.execute_script("return Array.from(document.querySelectorAll(arguments[0]), "
                                 "e => e.checkVisibility() && e.getBoundingClientRect().height > 0)", selector)


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
    """no error, no request leaves the page, every picture
    is drawn and has a text, and a name that is a script does nothing"""
    with opened(DESKTOP) as driver:
        images = driver.execute_script("return Array.from(document.images, i => "
                                       "[i.alt, i.complete && i.naturalWidth])")
        assert images and all(alt and width > 0 for alt, width in images), images
        inline = driver.execute_script("return Array.from(document.querySelectorAll('svg[role=img]'), s => "
                                       "[s.ariaLabel, s.getBBox().width])")
        assert len(inline) >= 4 and all(alt and width > 400 for alt, width in inline), inline
        assert EVIL in driver.find_element("id", "verdict").text
        check_quiet(driver)


def test_at_a_glance():
    """at 1280 × 800 two warnings, the answer of nine lines and its picture are seen without scrolling, in
    this order"""
    with opened(DESKTOP, quick()) as driver:
        places = [bottom(driver, one) for one in ("#warned li:last-child", ".headline", ".tree", ".sure", "#bars svg")]
        assert places == sorted(places) and 0 < places[0] and places[-1] <= DESKTOP[1], places
        assert len(driver.find_elements("css selector", ".tree tr")) == 9
        warned = driver.find_element("id", "warned").text.splitlines()
        assert warned == ["Warning: load: 1.86 in the last minute, 2 cores. What to do", "Warning: pressure: in 11 % "
                          "of the last ten seconds something waited for a CPU. What to do"], warned
        assert not driver.find_elements("css selector", "#warned details")
        check_quiet(driver)


def test_folded():
    """more than two warnings and more than 16 rows are folded; what is seen of a group names workload, choice
    and speed-up; a key unfolds it, and fewer rows stand open"""
    with opened(DESKTOP, large()) as driver:
        assert not any(is_shown(driver, "#warned li, .verdicts li")), "something stands open"
        assert driver.find_element("css selector", "#warned summary").text.startswith("3 warnings:")
        lines = [one.text for one in driver.find_elements("css selector", ".family > summary")]
        assert len(lines) == len({one["name"].partition("[")[0] for one in MANY}) == 16, lines
        mixed = next(line for line in lines if line.startswith("mixed"))
        assert re.fullmatch(r"mixed \(2 workloads\) 1 core: [a-z+, ]+, [\d.–]+×; 2 cores: [a-z+, ]+, [\d.–]+×",
                            mixed), mixed
        for selector in ("#warned", ".family:nth-of-type(2)"):
            summary = driver.find_element("css selector", f"{selector} summary")
            summary.send_keys("\ue007")  # Enter
            assert all(is_shown(driver, f"{selector} li")), selector
        assert EVIL in driver.find_element("id", "warned").text
        check_quiet(driver)
    with opened(DESKTOP, quick()) as driver:
        shown = is_shown(driver, ".verdicts li")
        assert len(shown) == 16 and all(shown), shown


def test_on_paper():
    """the quick job takes fewer than six sheets of A4, every sentence of the verdict is on them, with and without
    JavaScript, and it is said what is not; afterwards what was folded is folded"""
    for script in (True, False):
        with opened(DESKTOP, large(), script=script) as driver:
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
            shown = is_shown(driver, ".verdicts li")
            assert len(shown) == 2 * len(MANY) and all(shown), (script, shown)
            assert "table of every number" in driver.find_element("class name", "paper").text
            assert not driver.find_element("id", "cells").is_displayed()
            families = len(driver.find_elements("class name", "family"))
            for event, wanted in (("beforeprint", families), ("afterprint", 0)) if script else ():
                driver.execute_script("dispatchEvent(new Event(arguments[0]))", event)
                unfolded = driver.find_elements("css selector", ".family[open]")
                assert len(unfolded) == wanted, (event, len(unfolded))
    with opened(DESKTOP, quick()) as driver:
        paper = base64.b64decode(driver.execute_cdp_cmd(
            "Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True})["data"])
        pages = len(re.findall(rb"/Type /Page\b", paper))
        assert 1 < pages <= PAGES_MOST, pages


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


def test_view_in_the_address():
    """what is filtered and sorted stands in the address, a page that is opened there shows the same, and an
    address that is changed by hand or by the way back is followed"""
    with opened(DESKTOP) as driver:
        driver.find_element("name", "words").send_keys("threads ×64@2")
        driver.find_element("name", "workload").send_keys(WORK[1]["name"])
        press(driver, "time"), press(driver, "time")
        first, view = rows(driver), driver.current_url.partition("#")[2]
        assert len(first) > 1 and view.startswith("numbers?"), (first, view)
        driver.execute_script("location.hash = 'numbers?sort=model'")
        deadline = time.monotonic() + 5
        while rows(driver) == first and time.monotonic() < deadline:
            time.sleep(0.05)
        models = [row[2] for row in rows(driver)]
        assert len(models) > len(first) and models == sorted(models), models
    with opened(DESKTOP, view=f"#{view}") as driver:
        assert rows(driver) == first, (view, rows(driver))
        heads = driver.find_elements("css selector", "th[aria-sort=descending]")
        assert [head.text for head in heads] == ["time ▼"] or len(heads) == 1, heads
        top = driver.execute_script("return document.getElementById('numbers').getBoundingClientRect().top")
        assert 0 <= top < DESKTOP[1], top
        check_quiet(driver)


def test_hostile_addresses():
    """an address that holds markup, names of methods, broken signs or what the page does not have shows every row
    as it was written"""
    with opened(DESKTOP) as driver:
        whole = rows(driver)
        for view in ("workload=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", "sort=__proto__&down=constructor",
                     "sort=-1", "model=%E0%A4%A&workload=%00", "__proto__=x&toString=1&sort=", "&&==&%",
                     "#numbers?words", "words=" + "%20" * 5000, "sort=" + "9" * 100000):
            driver.execute_script("location.hash = 'numbers?sort=time'; dispatchEvent(new Event('hashchange'))")
            assert rows(driver) != whole, "the view before is none"
            driver.execute_script("location.hash = arguments[0]; dispatchEvent(new Event('hashchange'))",
                                  f"numbers?{view}")
            assert rows(driver) == whole, view
            chosen = driver.execute_script("return Array.from(document.querySelectorAll('select'), "
                                           "s => s.selectedIndex)")
            assert chosen == [0, 0], (view, chosen)
        script = "<script>alert(1)</script>"
        driver.execute_script("location.hash = arguments[0]; dispatchEvent(new Event('hashchange'))",
                              f"numbers?words={script}")
        assert driver.find_element("name", "words").get_attribute("value") == script
        assert len(rows(driver)) == sum(row[0] == EVIL for row in whole)
        check_quiet(driver)


def saved(driver: Any, private: pathlib.Path) -> list[dict[str, str]]:
    """What the button saves."""
    driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(private)})
    driver.find_element("id", "save").click()
    deadline = time.monotonic() + 10
    while not (private / "numbers.csv").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    text = (private / "numbers.csv").read_bytes().decode("utf-8")
    assert text.endswith("\r\n"), text[-20:]
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_saved_as_csv():
    """the button saves the rows that are shown in their order, with whole numbers and ends of intervals, and no
    text is a formula to a spreadsheet; nothing is asked of anyone"""
    with folder() as private, opened(DESKTOP, large()) as driver:
        driver.find_element("name", "words").send_keys("@2 +1,")
        press(driver, "time")
        shown, found = rows(driver), saved(driver, private)
        assert [row["point"] for row in found] == [row[1] for row in shown] and len(found) > 20, found
        names = [row["workload"] for row in found]
        assert names == ["\\x2d" + row[0][1:] for row in shown], names
        times = [float(row["time"]) for row in found]
        assert times == sorted(times) and len(set(times)) > 3, times
        for row, cells in zip(found, shown, strict=True):
            assert float(row["time_low"]) <= float(row["time"]) * 1.001 <= float(row["time_high"]) * 1.002, row
            assert f"{row['valid']} of {row['samples']}" == cells[6] and "–" not in row.values(), row
        asked = {one for one in addresses(driver) if not one.startswith("blob:")}
        assert len(asked) == 1 and driver.get_log("browser") == [], asked


def test_a_picture_says_what_its_marks_are():
    """where a pointer rests on a bar or a mark, its cell, value, interval and rounds are told, also of a mark that
    another lies on"""
    with opened(DESKTOP, quick()) as driver:
        for name, unit in (("bars", "times serial"), ("throughput", "tasks/s"), ("wait_fraction", "times serial"),
                           ("pareto", "[mµn]?s a task"), ("costs", "([mµn]?s CPU time|switches) a task")):
            told = driver.execute_script("""
                document.getElementById(arguments[0]).scrollIntoView();
                return Array.from(document.querySelectorAll(`#${arguments[0]} svg rect > title`), (title) => {
                  const box = title.parentNode.getBoundingClientRect();
                  const found = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                  return [title.textContent, found?.querySelector("title")?.textContent ?? ""];
                });""", name)
            assert len(told) > 10, len(told)
            for text in (part for text, _ in told for part in text.split("\n\n") if not part.startswith("and ")):
                assert re.fullmatch(r"[^\n]+: [a-z+]+ \d+×\d+×\d+@\d\n[\d.]+( [kMG])? " + unit + r"\n"
                                    r"95 % interval "
                                    r"[^\n]+ to [^\n]+, from \d+ rounds(\n[\d.]+ MiB of memory)?", text), text
            # Of marks that lie on each other any is found, and tells of the others, bars have each a place.
            for text, found in told:
                own = text.split("\n\n")[0]
                assert own in found if name == "bars" else own in found or re.search(r"and \d+ more", found), (own, found)


def test_enlarged():
    """a click or Enter opens a picture large, Escape closes it, the focus comes back and the page is as it was"""
    with opened(DESKTOP) as driver:
        focus = "return document.activeElement.className + document.activeElement.ariaLabel"
        before = driver.execute_script("return document.getElementById('pictures').innerHTML")
        for figure, picture in (("bars", "svg"), ("timeline", "img")):
            box = driver.find_element("css selector", f"#{figure} .box")
            button = driver.find_element("css selector", f"#{figure} .enlarge")
            small = driver.find_element("css selector", f"#{figure} .box > {picture}").size["width"]
            for start, given in ((box, None), (button, None), (box, "\ue007"), (button, "\ue007")):
                start.send_keys(given) if given else start.click()
                assert driver.execute_script("return document.getElementById('large').open"), figure
                large_ = driver.find_element("css selector", f"#large > {picture}")
                assert large_.size["width"] > small and large_.size["height"] < DESKTOP[1], large_.size
                driver.switch_to.active_element.send_keys("\ue00c")  # Escape
                assert not driver.execute_script("return document.getElementById('large').open"), figure
                left = driver.execute_script(focus)
                assert "enlarge" in left and "null" not in left, left
                assert len(driver.find_elements("css selector", "#large > *")) == 1, "the picture stays away"
        after = driver.execute_script("return document.getElementById('pictures').innerHTML")
        assert after.replace(' style=""', "") == before
        check_quiet(driver)


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
        assert not driver.find_elements("css selector", "button"), "a button does nothing"
        assert len(driver.find_elements("css selector", "#cells tbody tr")) > 20
