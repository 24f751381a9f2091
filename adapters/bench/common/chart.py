"""A chart as SVG: bars, or points that lines join. It holds every figure as text, or as a title of its shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from lxml import etree

ChartOption = Annotated[Path | None, typer.Option("--chart", help="Write the figures as a chart (SVG) into this file.")]

SVG: Final = "http://www.w3.org/2000/svg"
_COLOURS: Final = ("#1b5e9c", "#c65d00", "#3c7d3c", "#7b3f98", "#b02a37", "#666666")
_WIDTH, _HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP = 70, 20, 60
_BOTTOM, _BOTTOM_OF_MANY = 40, 130
_FEW_PLACES, _FEW_FIGURES = 8, 24
"""Numbers up to which names stand level, and figures stand beside their shapes."""
_STEPS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Figures in ``unit`` of each series at each place of the horizontal axis; None where nothing was measured."""

    title: str
    unit: str
    places: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    lines: bool = False


def write_chart(path: Path | None, *charts: Chart) -> None:
    """Write charts below each other into one file; into none without a path."""
    if path is not None:
        path.write_bytes(svg(*charts))


def svg(*charts: Chart) -> bytes:
    """Return the charts below each other."""
    height = _HEIGHT * len(charts)
    root = etree.fromstring(f'<svg xmlns="{SVG}" font-family="sans-serif" font-size="12"/>')
    for name, value in (("width", _WIDTH), ("height", height), ("viewBox", f"0 0 {_WIDTH} {height}")):
        root.set(name, str(value))
    etree.SubElement(root, f"{{{SVG}}}rect", width="100%", height="100%", fill="white")
    for number, chart in enumerate(charts):
        _draw(etree.SubElement(root, f"{{{SVG}}}g", transform=f"translate(0 {number * _HEIGHT})"), chart)
    octets: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return octets


def figure(value: float | None) -> str:
    """Return a figure with three digits that say something; a dash for None."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _draw(group: etree._Element, chart: Chart) -> None:
    most = _round_up(max((value for _, _, value in _figures(chart)), default=1.0))
    many = len(chart.places) > _FEW_PLACES
    foot = _HEIGHT - (_BOTTOM_OF_MANY if many else _BOTTOM)

    def level(value: float) -> float:
        return foot - (foot - _TOP) * value / most

    _text(group, 16, 22, chart.title, **{"font-size": "15", "font-weight": "bold"})
    _text(group, 16, 42, chart.unit, fill="#444444")
    for step in range(_STEPS + 1):
        height = level(most * step / _STEPS)
        edges = {"x1": f"{_LEFT}", "x2": f"{_WIDTH - _RIGHT}", "y1": f"{height:.1f}", "y2": f"{height:.1f}"}
        etree.SubElement(group, f"{{{SVG}}}line", {**edges, "stroke": "#dddddd"})
        _text(group, _LEFT - 6, height + 4, figure(most * step / _STEPS), **{"text-anchor": "end"})
    width = (_WIDTH - _LEFT - _RIGHT) / max(1, len(chart.places))
    for place, name in enumerate(chart.places):
        across, down = _LEFT + width * (place + 0.5), foot + 18
        slant = {"text-anchor": "end", "font-size": "9", "transform": f"rotate(-45 {across:.1f} {down - 6:.1f})"}
        _text(group, across, down, name, **(slant if many else {"text-anchor": "middle"}))
    for number, name in enumerate(chart.series):
        column = _WIDTH - _RIGHT - 130 * (len(chart.series) - number)
        etree.SubElement(group, f"{{{SVG}}}rect", x=f"{column}", y="32", width="10", height="10", fill=_colour(number))
        _text(group, column + 14, 42, name)
    (_draw_lines if chart.lines else _draw_bars)(group, chart, width, level)


def _draw_bars(group: etree._Element, chart: Chart, width: float, level: Callable[[float], float]) -> None:
    bar = width * 0.8 / max(1, len(chart.series))
    for number, place, value in _figures(chart):
        left, top = _LEFT + width * (place + 0.1) + bar * number, level(value)
        shape = {"x": f"{left:.1f}", "y": f"{top:.1f}", "width": f"{bar * 0.95:.1f}"}
        shape |= {"height": f"{level(0) - top:.1f}", "fill": _colour(number)}
        drawn = etree.SubElement(group, f"{{{SVG}}}rect", shape)
        _name(drawn, chart, figure(value), left + bar / 2, top - 4)


def _draw_lines(group: etree._Element, chart: Chart, width: float, level: Callable[[float], float]) -> None:
    points: dict[int, list[str]] = {}
    for number, place, value in _figures(chart):
        across, down = _LEFT + width * (place + 0.5), level(value)
        points.setdefault(number, []).append(f"{across:.1f},{down:.1f}")
        shape = {"cx": f"{across:.1f}", "cy": f"{down:.1f}", "r": "4", "fill": _colour(number)}
        _name(etree.SubElement(group, f"{{{SVG}}}circle", shape), chart, figure(value), across, down - 8)
    for number, joined in points.items():
        line = {"points": " ".join(joined), "fill": "none", "stroke": _colour(number), "stroke-width": "2"}
        etree.SubElement(group, f"{{{SVG}}}polyline", line)


def _figures(chart: Chart) -> Iterator[tuple[int, int, float]]:
    """Yield number of series, number of place, and value."""
    for number, values in enumerate(chart.series.values()):
        for place, value in enumerate(values):
            if value is not None:
                yield number, place, value


def _name(shape: etree._Element, chart: Chart, words: str, across: float, down: float) -> None:
    """Write a figure beside its shape; among many, as the shape's title."""
    if len(chart.places) * len(chart.series) > _FEW_FIGURES:
        etree.SubElement(shape, f"{{{SVG}}}title").text = words
        return
    group = shape.getparent()
    assert group is not None
    _text(group, across, down, words, **{"text-anchor": "middle", "font-size": "10"})


def _text(group: etree._Element, across: float, down: float, words: str, **attributes: str) -> None:
    etree.SubElement(group, f"{{{SVG}}}text", {"x": f"{across:.1f}", "y": f"{down:.1f}", **attributes}).text = words


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _round_up(value: float) -> float:
    """Return the next 1, 2, 4, 5 or 8 of the value's size, so that the axis has plain numbers."""
    size = 1.0
    while size > value > 0:
        size /= 10
    while size * 10 <= value:
        size *= 10
    return next((size * step for step in (1, 2, 4, 5, 8) if size * step >= value), size * 10)
