"""A chart holds every figure as a shape and as text, and nothing that a browser would run or fetch."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from adapters.bench.common.chart import SVG, Chart, figure, svg, write_chart

BARS = Chart(
    title="Sent & <received>",
    unit="notices/s",
    places=["20 ms", "100 ms"],
    series={"one a call": [7.1, None], "50 a call": [150.0, 1234.5]},
)
LINES = Chart(title="Cost", unit="ms", places=["1", "2", "3"], series={"claim": [0.5, 0.6, 0.0]}, lines=True)


def texts(root: etree._Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{{{SVG}}}text")]


def test_every_figure_is_there_as_text() -> None:
    root = etree.fromstring(svg(BARS, LINES))
    shown = texts(root)
    for words in (BARS.title, LINES.title, BARS.unit, *BARS.places, *BARS.series, "7.10", "150", "1,234", "0.60"):
        assert words in shown
    assert len(list(root.iter(f"{{{SVG}}}circle"))) == 3
    assert {etree.QName(element).localname for element in root.iter()} <= {
        "svg", "g", "rect", "line", "text", "circle", "polyline",
    }  # fmt: skip


def test_bars_stand_on_the_axis_and_the_largest_is_the_highest() -> None:
    bars = [bar for bar in etree.fromstring(svg(BARS)).iter(f"{{{SVG}}}rect") if bar.get("width") not in ("100%", "10")]
    feet = {round(float(bar.get("y", "")) + float(bar.get("height", ""))) for bar in bars}
    assert len(bars) == 3
    assert len(feet) == 1
    heights = sorted(float(bar.get("height", "")) for bar in bars)
    assert heights[-1] == float(bars[-1].get("height", ""))


def test_of_many_figures_each_is_the_title_of_its_bar() -> None:
    many = Chart(title="Many", unit="ms", places=[f"p{n}" for n in range(30)], series={"a": [n / 8 for n in range(30)]})
    titles = [each.text for each in etree.fromstring(svg(many)).iter(f"{{{SVG}}}title")]
    assert titles == [figure(n / 8) for n in range(30)]


def test_a_chart_without_figures_is_drawn(tmp_path: Path) -> None:
    empty = Chart(title="Nothing", unit="s", places=["1"], series={"a": [None]})
    write_chart(tmp_path / "a.svg", empty)
    write_chart(None, empty)
    assert "Nothing" in texts(etree.fromstring((tmp_path / "a.svg").read_bytes()))


def test_figures_keep_three_digits() -> None:
    assert [figure(value) for value in (None, 0, 0.125, 9.999, 42.04, 12345.6)] == [
        "–", "0.00", "0.12", "10.00", "42.0", "12,346",
    ]  # fmt: skip
