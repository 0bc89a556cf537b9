#!/usr/bin/env python3
"""Draws docs/cube.svg, the cube R×T×D on one core and on several: usage: docs/cube.py >docs/cube.svg"""

import itertools

SIZE = 860, 420
STEPS = 4  # points along an edge: 1, 2, 4, 8
THREADS, RANKS, DEPTH = (186.0, 0.0), (92.0, -64.0), (0.0, -168.0)  # edges, in pixels
FONT = "font:13px Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif"
LIGHT = {"ink": "#1f2328", "faint": "#7d8590", "serial": "#57606a", "threads": "#0072b2",
         "processes": "#d55e00", "async": "#00875f", "mix": "#b0589a"}
DARK = {"ink": "#e6edf3", "faint": "#8b949e", "serial": "#b1bac4", "threads": "#56b4e9",
        "processes": "#f0883e", "async": "#3fc48f", "mix": "#d98cc5"}


def colours(of: dict[str, str]) -> str:
    """The rules for text, lines and points, on a light or on a dark page."""
    kinds = "".join(f".{kind}{{fill:{of[kind]}}}" for kind in list(of)[2:])
    return (f"text,.head{{fill:{of['ink']}}}.small{{fill:{of['faint']}}}{kinds}"
            f".edge,.none{{stroke:{of['faint']}}}.arrow{{stroke:{of['ink']}}}")


STYLE = f"""
text{{{FONT}}}.big{{font-size:16px;font-weight:bold}}.small{{font-size:12px}}
.axis{{font-size:14px;font-weight:bold}}.arrow{{stroke-width:1.6;fill:none}}
.edge{{stroke-width:1;fill:none}}.back{{stroke-dasharray:3 4}}.none{{fill:none;stroke-width:1.2}}
{colours(LIGHT)}
@media (prefers-color-scheme:dark){{{colours(DARK)}}}
"""


def place(origin: tuple[float, float], threads: float, ranks: float, depth: float) -> tuple[float, float]:
    """Where a point lies in the picture; each number from 0 to 1 along its edge."""
    parts = zip((threads, ranks, depth), (THREADS, RANKS, DEPTH), strict=True)
    shifts = [(part * edge[0], part * edge[1]) for part, edge in parts]
    return origin[0] + sum(x for x, _ in shifts), origin[1] + sum(y for _, y in shifts)


def model(threads: int, ranks: int, depth: int) -> str:
    """The kind of a point, by which of its numbers are more than 1."""
    more = [name for name, number in (("threads", threads), ("processes", ranks), ("async", depth))
            if number > 1]
    return "serial" if not more else more[0] if len(more) == 1 else "mix"


def text(at: tuple[float, float], words: str, style: str = "", anchor: str = "start") -> str:
    """Words at a place."""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{at[0]:.0f}" y="{at[1]:.0f}" text-anchor="{anchor}"{kind}>{words}</text>'


def edges(origin: tuple[float, float]) -> list[str]:
    """The twelve edges; the three that a solid cube would hide are dashed."""
    lines = []
    for start in itertools.product((0, 1), repeat=3):
        for axis in range(3):
            if start[axis] == 0:
                end = tuple(1 if i == axis else n for i, n in enumerate(start))
                hidden = (0, 1, 0) in (start, end)  # the corner at the back, below, to the left
                (x, y), (to_x, to_y) = place(origin, *start), place(origin, *end)
                lines.append(f'<path class="edge{" back" if hidden else ""}" '
                             f'd="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}"/>')
    return lines


def points(origin: tuple[float, float], cores: int) -> list[str]:
    """The points, from the back to the front; hollow where there are fewer workers than cores."""
    dots = []
    for r, d, t in itertools.product(reversed(range(STEPS)), range(STEPS), range(STEPS)):
        numbers = 2**t, 2**r, 2**d
        if sum(n in (0, STEPS - 1) for n in (t, r, d)) < 2:
            continue  # inside, where a picture has no room for them
        x, y = place(origin, *(n / (STEPS - 1) for n in (t, r, d)))
        kind = model(*numbers) if numbers[0] * numbers[1] >= cores else "none"
        corner = all(n in (0, STEPS - 1) for n in (t, r, d))
        radius = 6.5 if corner else 3.2
        dots.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>')
    return dots


def corner_names(origin: tuple[float, float]) -> list[str]:
    """What the corners of the cube are called."""
    def beside(corner: tuple[int, int, int], x: float, y: float) -> tuple[float, float]:
        at = place(origin, *corner)
        return at[0] + x, at[1] + y

    return [
        text(beside((0, 0, 0), -12, 5), "serial", "serial", "end"),
        text(beside((1, 0, 0), 0, 23), "threads", "threads", "middle"),
        text(beside((0, 1, 0), 9, -9), "processes", "processes"),
        text(beside((0, 0, 1), -12, 5), "async", "async", "end"),
        text(beside((1, 0, 1), -10, 20), "threads", "mix", "end"),
        text(beside((1, 0, 1), -10, 35), "+async", "mix", "end"),
        text(beside((0, 1, 1), 0, -14), "processes+async", "mix", "middle"),
        text(beside((1, 1, 0), 12, 5), "processes+threads", "mix"),
        text(beside((1, 1, 1), 12, 5), "all three", "mix"),
    ]


def axes(origin: tuple[float, float]) -> list[str]:
    """Arrows along the three edges from serial, a little outside the cube."""
    x, y = origin
    shafts = [
        ((x, y + 38), (x + THREADS[0] * 0.8, y + 38), "T threads in each rank", (0, 20), "start"),
        ((x - 34, y - 22), (x - 34, y + DEPTH[1] * 0.86), "D", (-12, 0), "end"),
        ((x + THREADS[0] + 30, y - 4), (x + THREADS[0] + 30 + RANKS[0] * 0.7, y - 4 + RANKS[1] * 0.7),
         "R ranks", (38, 6), "start"),
    ]
    lines = []
    for (from_x, from_y), (to_x, to_y), name, shift, anchor in shafts:
        lines.append(f'<path class="arrow" marker-end="url(#head)" '
                     f'd="M{from_x:.1f} {from_y:.1f}L{to_x:.1f} {to_y:.1f}"/>')
        at = (from_x + shift[0], from_y + shift[1]) if anchor == "start" else (
            to_x + shift[0], (from_y + to_y) / 2 + shift[1])
        lines.append(text(at, name, "axis", anchor))
    lines.append(text((x - 46, (y - 22 + y + DEPTH[1] * 0.86) / 2 + 16), "in flight", "small", "end"))
    return lines


def picture() -> str:
    """The whole picture, as SVG."""
    one, several = (122.0, 318.0), (554.0, 318.0)
    arrow = ('<path class="arrow" marker-end="url(#head)" d="M462 190L524 190"/>'
             + text((491, 178), "C cores", "axis", "middle"))
    body = [
        text((20, 26), "A point R×T×D@C says how tasks are executed", "big"),
        text((one[0] + 138, 50), "on one core: concurrency", "axis", "middle"),
        text((several[0] + 138, 50), "on C cores: parallelism, too", "axis", "middle"),
        *edges(one), *points(one, 1), *corner_names(one), *axes(one),
        arrow, *edges(several), *points(several, 2),
        text((several[0], several[1] + 28), "hollow: fewer workers than cores, not feasible", "small"),
        text((several[0], several[1] + 58), "concurrency = R·T·D", "axis"),
        text((several[0], several[1] + 80), "parallelism = min(R·T, C)", "axis"),
    ]
    head = ('<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" '
            'markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE[0]} {SIZE[1]}" '
            f'width="{SIZE[0]}" height="{SIZE[1]}" role="img">\n<title>The cube of points: ranks, '
            f'threads and depth, on one core and on several</title>\n<style>{STYLE}</style>\n{head}\n'
            + "\n".join(body) + "\n</svg>\n")


if __name__ == "__main__":
    print(picture(), end="")
