"""A form's texts become values of the wanted types: days, negative numbers, texts of digits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.console.versions import rule_text, table_text
from adapters.console.versions.rule_text import StepText
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.model.schema import Leaf
from gateway.mapping.model.values import Type


def typed(text: str, before: Any, type: Type = Type.TEXT) -> Any:
    """Return the default that a form makes of a text."""
    entry = {"target": "x"} if before is None else {"target": "x", "default": before}
    made, wrong = rule_text.changed(entry, {"default": text}, None, Leaf(type=type), [])
    assert not wrong
    return made.get("default")


def parameters(name: str, text: str) -> Any:
    made, wrong = rule_text.changed({"target": "x"}, {}, [StepText(name, text)], Leaf(), [])
    assert not wrong
    return {key: value for key, value in made["do"][0].items() if key != "name"}


@pytest.mark.parametrize(
    ("text", "before", "type", "wanted"),
    [
        ("2026-02-04", date(2026, 2, 3), Type.DATE, date(2026, 2, 4)),
        ("۲۰۲۶-۰۲-۰۴", None, Type.DATE, date(2026, 2, 4)),
        ("2026-02-04", date(2026, 2, 3), Type.ANY, date(2026, 2, 4)),
        ("2026-02-04T10:00:00Z", None, Type.TIME, datetime(2026, 2, 4, 10, tzinfo=UTC)),
        ("3.5", 2.5, Type.ANY, 3.5),
        ("-3.5", None, Type.DECIMAL, -3.5),
        ("3", None, Type.DECIMAL, 3),
        ("-4", 3, Type.INTEGER, -4),
        # A text stays one where a text is wanted, and where it is not of the wanted type: the check says what it lacks.
        ("2026-02-04", "2026-02-03", Type.TEXT, "2026-02-04"),
        ("3.5", "2.5", Type.TEXT, "3.5"),
        ("tomorrow", None, Type.DATE, "tomorrow"),
        ("7", None, Type.DATE, "7"),
        ("nan", None, Type.DECIMAL, "nan"),
    ],
)
def test_a_constant_has_the_type_of_its_target(text: str, before: Any, type: Type, wanted: Any) -> None:
    found = typed(text, before, type)
    assert (found, found.__class__) == (wanted, wanted.__class__)


def test_a_day_is_shown_as_it_is_typed() -> None:
    assert rule_text.shown({"target": "x", "default": date(2026, 2, 3)})["default"] == "2026-02-03"
    assert rule_text.new_text("field", {"default": date(2026, 2, 4)}) == "[[field]]\ndefault = 2026-02-04\n"


def test_a_table_of_numbers_has_negative_ones() -> None:
    entry = {"unknown": "refuse", "entries": {"a": -1, "b": 2}}
    lines = table_text.shown(entry)["entries"]
    made = table_text.changed(entry, {"entries": f"{lines}\nc = -3\nd = ۴"})
    assert made["entries"] == {"a": -1, "b": 2, "c": -3, "d": 4}
    texts = {"unknown": "refuse", "entries": {"a": "1"}}
    assert table_text.changed(texts, {"entries": "a = 1\nb = -2"})["entries"] == {"a": "1", "b": "-2"}


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("pad", "width = 6, sign = 0", {"width": 6, "sign": "0"}),
        ("pad", "width = ۶، sign = ۰", {"width": 6, "sign": "۰"}),
        ("prefix", "text = +98", {"text": "+98"}),
        ("prefix", "text = 0098", {"text": "0098"}),
        ("prefix", "text = true", {"text": "true"}),
        ("prefix", "text = 2026-02-04", {"text": "2026-02-04"}),
        ("prefix", 'text = "98"', {"text": "98"}),
        ("pad", 'sign = "x, sign = 0", width = 6', {"sign": "x, sign = 0", "width": 6}),
        ("lookup", "table = 5", {"table": "5"}),
        ("something", "width = 6", {"width": 6}),
    ],
)
def test_a_parameter_has_the_type_of_its_transform(name: str, text: str, wanted: Any) -> None:
    assert parameters(name, text) == wanted


def test_a_parameter_of_digits_compiles() -> None:
    header = '[mapping]\nlanguage = 1\nname = "x"\nkind = "result-to-row"\n\n'
    entry = {
        "target": "code",
        "from": "seq",
        "do": [{"name": "text"}, {"name": "pad", **parameters("pad", "width = 6, sign = 0")}],
    }
    compile_mapping((header + rule_text.new_text("field", entry)).encode(), "x.toml")
