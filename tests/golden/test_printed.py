"""Every golden key of ``--json`` is printed, with a value of its type."""

from __future__ import annotations

from pathlib import Path

from tests.golden.keeping import golden_lines
from tests.golden.names import verbs
from tests.golden.printed import LEFT_OUT, lines, paths


def test_every_golden_key_is_printed(tmp_path: Path) -> None:
    lost = golden_lines("json") - set(lines(tmp_path / "installation"))
    assert not lost


def test_each_verb_with_json_is_frozen_or_left_out_with_a_reason() -> None:
    option = " --json"
    printing = {line.removesuffix(option) for line in verbs() if line.endswith(option)}
    names = {name.removeprefix("eblagh ") for name in printing if name.startswith("eblagh ")}
    frozen = {line.partition(":")[0] for line in golden_lines("json")}
    assert names == frozen | set(LEFT_OUT)
    assert not frozen & set(LEFT_OUT)


def test_a_path_says_where_a_value_stands_and_of_what_type_it_is() -> None:
    found = set(paths({"a": [{"b": 1, "c": None}], "EB-AAA": {"d": True}, "e": []}))
    assert found == {"a[].b", "a[].b number", "a[].c", "*.d", "*.d truth", "e[]"}
