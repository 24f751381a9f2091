"""The rules of a mapping as a clerk reads them: columns on one side, fields of the notice on the other."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.mapping.program.plan import Asked, Condition, FieldPlan, Member, RefusedWord, Source, Step, Table, Test
from gateway.mapping.program.program import Program
from gateway.overview.versions.transform_names import TRANSFORM_NAMES
from gateway.runtime.bilingual import Words
from gateway.runtime.toml_file import Key

_SEALED: Final = "seal"
_EACH_NOTICE: Final = re.compile(r"^notices\[[0-9*]+\]\.")
_REFUSED: Final = "✗"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """Transform of a rule: its words, and its parameters as the file has them."""

    words: Words
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """Rule: what is made (``target``) of which names of the source.

    ``columns`` are the columns or paths that it reads; without any it makes a ``constant``. ``expression`` is the text
    of a JMESPath expression. ``tables`` are the tables of words that it uses. ``default`` is what is made of nothing.
    ``missing`` is the code of a row without a required value, ``refuse`` that of any other refusal; empty: the target's
    own. ``key`` is its place in the file.
    """

    key: Key
    target: str
    title: Words
    columns: tuple[str, ...]
    constant: str
    expression: str
    steps: tuple[StepLine, ...]
    tables: tuple[str, ...]
    condition: str
    default: str
    required: bool
    missing: str
    refuse: str
    is_list: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLines:
    """Table of words: each word with its value, and the value of ``unknown`` words.

    If ``folded``, all spellings of a word are one.
    """

    words: tuple[tuple[str, str], ...]
    unknown: str
    folded: bool


def rules_of(program: Program) -> list[RuleLine]:
    """Return the rules of a mapping in the order of its file."""
    table = tomllib.loads(program.octets.decode("utf-8"))
    return list(_rules(program.members, program.titles, table, "", ""))


def tables_of(program: Program) -> dict[str, TableLines]:
    """Return the tables of words of a mapping by name; an entry that refuses its word says so by its code."""
    return {
        table.name: TableLines(
            words=tuple((word, _entry(value)) for word, value in table.entries.items()),
            unknown=_text(table.value) if table.refuse is None else _refused(table.refuse),
            folded=table.folded,
        )
        for table in _tables(program.members)
    }


def word_text(value: Any, key: str = "") -> str:
    """Return the value of a table's word, or of the table's ``key``, as a file has it, for people."""
    match value:
        case {"refuse": code}:
            return _refused("" if code is True else str(code), value.get("reason", ""))
        case {"value": found}:
            return _text(found)
        case "refuse" if key == "unknown":
            return _REFUSED
        case "nothing" if key == "unknown":
            return ""
        case _:
            return _text(value)


def elements_of(octets: bytes) -> Mapping[str, list[str]]:
    """Return the elements of a message by the field of the notice that fills them.

    ``octets`` are a mapping of notices to messages. The field `seal` stands for the whole sealed notice. Octets that
    are no such file give nothing.
    """
    try:
        table = tomllib.loads(octets.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    found: dict[str, list[str]] = {}
    for path, element in _filled(table, ""):
        source = _EACH_NOTICE.sub("", path)
        field = _SEALED if source == _SEALED or source.startswith(f"{_SEALED}.") else source
        found.setdefault(field, []).append(element)
    return found


def _rules(
    members: Sequence[Member], titles: Mapping[str, str], table: Mapping[str, Any], above: str, outer: str
) -> Iterator[RuleLine]:
    for member in members:
        target = ".".join(member.target)
        path = f"{above}{target}"
        if isinstance(member, FieldPlan):
            yield _field(member, path, titles, table, outer)
            continue
        source = member.source
        yield RuleLine(
            key=member.key,
            target=path,
            title=_title(path, titles),
            columns=_columns(source),
            constant="",
            expression=_raw_expression(source, table),
            steps=(),
            tables=(),
            condition=_condition(member.when),
            default="",
            required=member.required is not None,
            missing=member.required or "",
            refuse="",
            is_list=True,
        )
        yield from _rules(member.members, titles, table, f"{path}[].", _first(source))


def _field(plan: FieldPlan, path: str, titles: Mapping[str, str], table: Mapping[str, Any], outer: str) -> RuleLine:
    source = plan.source
    title = Words(en=readable_path(path), fa=plan.title) if plan.title else _title(path, titles)
    return RuleLine(
        key=plan.key,
        target=path,
        title=title,
        columns=tuple(f"{outer}: {name}" if outer else name for name in _columns(source)),
        constant=_text(source.constant) if source.is_constant else "",
        expression=_raw_expression(source, table),
        steps=tuple(_step(each, table) for each in plan.steps),
        tables=tuple(each.table.name for each in plan.steps if each.table is not None),
        condition=_condition(plan.when),
        default="" if plan.default is None else _text(plan.default),
        required=plan.required is not None,
        missing=plan.required or "",
        refuse=plan.refuse or "",
        is_list=False,
    )


def _columns(source: Source | None) -> tuple[str, ...]:
    if source is None:
        return ()
    if source.path is not None:
        return (source.path.text,)
    return tuple(path.text for path in source.paths) or (source.columns if source.expression is not None else ())


def _first(source: Source | None) -> str:
    return next(iter(_columns(source)), "")


def _raw_expression(source: Source | None, table: Mapping[str, Any]) -> str:
    return "" if source is None or source.expression is None else _text(_at(table, source.key))


def _step(step: Step, table: Mapping[str, Any]) -> StepLine:
    raw = _at(table, step.key)
    given = {name: value for name, value in raw.items() if name != "name"} if isinstance(raw, dict) else {}
    words = TRANSFORM_NAMES.get(step.name, Words(en=step.name, fa=step.name))
    return StepLine(words=words, parameters=tuple((name, _text(value)) for name, value in given.items()))


def _at(table: Any, key: Key) -> Any:
    """Return the value of a file at a place; None if it is not there."""
    for part in key:
        try:
            table = table[part]
        except (KeyError, IndexError, TypeError):
            return None
    return table


_SIGNS: Final[Mapping[Test, str]] = {
    Test.IS: "=",
    Test.IS_NOT: "≠",
    Test.ONE_OF: "∈",
    Test.NONE_OF: "∉",
    Test.PRESENT: "✓",
    Test.TRUE: "✓",
}


def _condition(condition: Condition | None) -> str:
    """Return a condition in signs that need no language: ``status = final``."""
    if condition is None:
        return ""
    if isinstance(condition, Asked):
        name = ".".join(condition.target) or " ".join(_columns(condition.source))
        value = "" if condition.test in (Test.PRESENT, Test.TRUE) else _text(condition.value)
        if condition.test is Test.PRESENT and condition.value is False:
            return f"{name} ✗"
        return f"{name} {_SIGNS[condition.test]} {value}".strip()
    return (" ∧ " if condition.every else " ∨ ").join(f"({_condition(part)})" for part in condition.parts)


def _title(path: str, titles: Mapping[str, str]) -> Words:
    return Words(en=readable_path(path), fa=titles.get(path, readable_path(path)))


def readable_path(path: str) -> str:
    """Return a target's path in words: ``recipient.postal_code`` is ``recipient: postal code``."""
    return path.replace("[]", "").replace(".", ": ").replace("_", " ")


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(_text, value))
        case _:
            return str(value)


def _entry(value: Any) -> str:
    return _refused(value.code, value.reason) if isinstance(value, RefusedWord) else _text(value)


def _refused(code: str, reason: str = "") -> str:
    return f"{_REFUSED} {': '.join(filter(None, (code, reason)))}".strip()


def _tables(members: Sequence[Member]) -> Iterator[Table]:
    for member in members:
        if isinstance(member, FieldPlan):
            yield from (step.table for step in member.steps if step.table is not None)
        else:
            yield from _tables(member.members)


def _filled(table: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    """Yield the field that each entry reads, and the element that it makes, through all levels."""
    for kind in ("field", "repeat"):
        entries = table.get(kind)
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict):
                continue
            element = ".".join(filter(None, (above, str(entry.get("target", "")))))
            if kind == "repeat":
                yield from _filled(entry, element)
            elif isinstance(source := entry.get("from"), str):
                yield source, element
            elif isinstance(source, list):
                yield from ((str(each), element) for each in source)
