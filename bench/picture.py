"""The picture beside the tables, as SVG: bars of throughput, and lines of growth.

In: results as the measuring modules give them.  Out: the text of an SVG.  Pure.
Coordinates are pixels from the left and the top.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from bench.tables import Throughput
from bench.workloads import TITLES

WIDTH = 960
_MARGIN = 32
_INK, _FAINT, _PAPER = "#1f2733", "#8a94a6", "#ffffff"
_COLOURS = {
    "bulkhead": "#2f5bea",
    "floor": "#8a94a6",
    "postgraphile": "#e39b2d",
    "prisma": "#4f9d84",
    "prisma-tuned": "#8cc4ae",
    "strawberry": "#d0647c",
}
_TEXT = "font-family='system-ui, -apple-system, Segoe UI, Roboto, sans-serif'"
_BAR, _GAP, _GROUP_GAP = 13, 3, 16
_BARS_LEFT = 250


def picture(results: dict[str, Any]) -> str:
    """The whole picture, of what has been measured."""
    parts: list[str] = []
    bottom = 0
    if "throughput" in results:
        bars, bottom = _bars(Throughput(results["throughput"]["runs"]), _MARGIN)
        parts += bars
    charts = list(_charts(results))
    for number, chart in enumerate(charts):
        column, row = number % _COLUMNS, number // _COLUMNS
        left = _MARGIN + column * (_CHART_WIDTH + _CHART_GAP)
        parts += _lines(chart, left, bottom + _MARGIN + row * (_CHART_HEIGHT + 64))
    height = bottom + _MARGIN + math.ceil(len(charts) / _COLUMNS) * (_CHART_HEIGHT + 64)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}'>\n"
        f"<rect width='{WIDTH}' height='{height}' rx='12' fill='{_PAPER}'/>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _text(
    x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", ink: str = _INK, bold: bool = False
) -> str:
    weight = " font-weight='600'" if bold else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' {_TEXT} font-size='{size}' text-anchor='{anchor}' fill='{ink}'{weight}>"
        f"{escape(text)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, ink: str, *, dashed: bool = False) -> str:
    dashes = " stroke-dasharray='3 3'" if dashed else ""
    return f"<line x1='{x1:.1f}' y1='{y1:.1f}' x2='{x2:.1f}' y2='{y2:.1f}' stroke='{ink}'{dashes}/>"


# Bars: throughput by the floor's


def _bars(asked: Throughput, top: int) -> tuple[list[str], int]:
    """A group of bars for each workload, and where they end."""
    names = [name for name in _COLOURS if name in asked.contestants and name != "floor"]
    ratios = {(w, n): ratio for w in asked.workloads for n in names if (ratio := asked.ratio(n, w))}
    scale = (WIDTH - _BARS_LEFT - 2 * _MARGIN - 24) / max(1.0, *ratios.values())
    parts = [_text(_MARGIN, top + 8, "Requests per second, by those of SQL written by hand", size=16, bold=True)]
    parts += _legend(names, top + 32)
    y = first = top + 56
    for workload in asked.workloads:
        shown = [name for name in names if (workload, name) in ratios]
        middle = y + len(shown) * (_BAR + _GAP) / 2
        parts.append(_text(_MARGIN, middle, workload, size=13, bold=True))
        parts += [
            _text(_MARGIN + 30, middle + 14 * row, line, size=11, ink=_FAINT)
            for row, line in enumerate(_wrapped(TITLES[workload], 30))
        ]
        for name in shown:
            parts += _bar(y, ratios[workload, name] * scale, f"{ratios[workload, name]:.2f}", name)
            y += _BAR + _GAP
        y += max(_GROUP_GAP, 34 - len(shown) * (_BAR + _GAP))
    at_one = _BARS_LEFT + scale
    parts.append(_line(at_one, first - 8, at_one, y - _GROUP_GAP + 6, _INK, dashed=True))
    parts.append(_text(at_one, y + 2, "SQL by hand", size=11, anchor="middle", ink=_FAINT))
    return parts, y + 8


def _bar(y: int, width: float, label: str, name: str) -> list[str]:
    own = name == "bulkhead"
    return [
        f"<rect x='{_BARS_LEFT}' y='{y}' width='{width:.1f}' height='{_BAR}' rx='2' fill='{_COLOURS[name]}'/>",
        _text(_BARS_LEFT + width + 6, y + _BAR - 2.5, label, size=11, ink=_INK if own else _FAINT, bold=own),
    ]


def _legend(names: Sequence[str], y: int) -> Iterator[str]:
    x = float(_MARGIN)
    for name in names:
        yield f"<rect x='{x:.1f}' y='{y - 9}' width='10' height='10' rx='2' fill='{_COLOURS[name]}'/>"
        yield _text(x + 15, y, name, size=12)
        x += 36 + 7 * len(name)


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most so many characters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


# Lines: growth

_COLUMNS, _CHART_GAP, _CHART_HEIGHT = 3, 44, 130
_CHART_WIDTH = (WIDTH - 2 * _MARGIN - (_COLUMNS - 1) * _CHART_GAP) / _COLUMNS


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over what grows. `points` of a contestant go from the least x to the greatest.

    by_factors   whether a step multiplies: then equal factors are equally far apart
    """

    title: str
    subtitle: str
    points: dict[str, list[tuple[float, float]]]
    by_factors: bool = True


def _charts(results: dict[str, Any]) -> Iterator[Chart]:
    cost = "CPU µs of a request, server and Postgres"
    growth = results.get("growth", {}).get("series", {})
    for series, workload, title in (
        ("tenants", "Q1", "Tenants (Q1)"),
        ("rows", "Q2", "Rows of a tenant (Q2)"),
        ("depth", None, "Depth of a query"),
    ):
        if series in growth:
            yield Chart(title, cost, _by_contestant(growth[series], workload, _cpu_us), series != "depth")
    if "connections" in growth:
        rates = _by_contestant(growth["connections"], "Q1", lambda point: float(point["requests_per_s"]))
        yield Chart("Connections (Q1)", "requests per second", rates)
    if "schema" in results:
        sizes = results["schema"]
        yield Chart(
            "Entities of the schema (Q1)", cost, {"bulkhead": [(s["entities"], _cpu_us(s)) for s in sizes]}, False
        )
        first = {"bulkhead": [(s["entities"], s["first_answer_s"]) for s in sizes]}
        yield Chart("Entities of the schema", "seconds from start to first answer", first, False)


def _cpu_us(point: dict[str, Any]) -> float:
    return float(point["app_cpu_us"] + point["postgres_cpu_us"])


def _by_contestant(
    points: Sequence[dict[str, Any]], workload: str | None, measure: Callable[[dict[str, Any]], float]
) -> dict[str, list[tuple[float, float]]]:
    """The lines of a series; of one workload of it, where there are several."""
    found: dict[str, list[tuple[float, float]]] = {}
    for point in sorted(points, key=lambda point: point["x"]):
        if workload in (None, point["workload"]):
            found.setdefault(point["contestant"], []).append((point["x"], measure(point)))
    return found


def _lines(chart: Chart, left: float, top: float) -> list[str]:
    """One chart."""
    xs = sorted({x for points in chart.points.values() for x, _ in points})
    most = _rounded_up(max(y for points in chart.points.values() for _, y in points))
    floor_y, ceiling_y = top + 40 + _CHART_HEIGHT - 30, top + 48
    at = {x: left + 40 + share * (_CHART_WIDTH - 56) for x, share in _shares(xs, chart.by_factors).items()}
    parts = [
        _text(left, top + 8, chart.title, size=13, bold=True),
        _text(left, top + 25, chart.subtitle, size=11, ink=_FAINT),
    ]
    for share in (0, 0.5, 1):
        y = floor_y - share * (floor_y - ceiling_y)
        parts.append(_line(left + 34, y, left + _CHART_WIDTH, y, "#e4e8ef"))
        parts.append(_text(left + 30, y + 4, _short(most * share), size=10, anchor="end", ink=_FAINT))
    parts += [_text(at[x], floor_y + 16, _short(x), size=10, anchor="middle", ink=_FAINT) for x in xs]
    for name, points in sorted(chart.points.items(), reverse=True):
        places = [(at[x], floor_y - y / most * (floor_y - ceiling_y)) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        ink = _COLOURS[name]
        parts.append(f"<polyline points='{path}' fill='none' stroke='{ink}' stroke-width='2'/>")
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{ink}'/>" for x, y in places]
        parts.append(_text(places[-1][0], places[-1][1] - 7, name, size=10, anchor="end", ink=ink))
    return parts


def _shares(xs: Sequence[float], by_factors: bool) -> dict[float, float]:
    """Where each value stands between the least, 0, and the greatest, 1."""
    scaled = [math.log(x) if by_factors else x for x in xs]
    return {x: (s - scaled[0]) / ((scaled[-1] - scaled[0]) or 1) for x, s in zip(xs, scaled, strict=True)}


def _rounded_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 10, 20, …"""
    power: float = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= value)


def _short(number: float) -> str:
    """`10,000` as `10k`."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
