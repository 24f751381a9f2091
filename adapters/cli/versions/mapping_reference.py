"""The page docs/reference/mapping-reference.md: the contents of a mapping file, made from the code that reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import typer

from gateway.mapping.compiler.compiler import LANGUAGE
from gateway.mapping.compiler.draft import MAX_FILE
from gateway.mapping.compiler.lookup_tables import MAX_ENTRIES
from gateway.mapping.compiler.rule_parser import MAX_FIELDS, MAX_NESTING
from gateway.mapping.compiler.step_parser import MAX_STEPS
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.model.budget import LIMIT, NODE
from gateway.mapping.model.expression import MAX_DEPTH, MAX_EXPRESSION
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.mapping.transforms.transform import Example, Family, Parameter, Transform
from gateway.mapping.transforms.transform_catalogue import TRANSFORMS
from gateway.runtime.errors import CATALOGUE
from gateway.store.version_state import FIRST, MOVED_BY, TRANSITIONS, MappingEvent

_HEAD = f"""# Mapping files: reference

Version {LANGUAGE} of the format. [mappings.md](../connect/mappings.md) shows how to write one. `make docs` makes this
page from the code, and every example on it is run as a test.

## The file

| key | in | what it says |
| --- | --- | --- |"""

_FIELD, _SOURCES, _REPEATED = "`[[field]]`", "`[[field]]`, `[[repeat]]`, `when`", "`[[field]]`, `[[repeat]]`"
_KEYS = (
    ("language", "`[mapping]`", f"the version of the format: {LANGUAGE}"),
    ("name", "`[mapping]`", "the mapping's name in evidence: small letters, digits, dots, hyphens"),
    ("kind", "`[mapping]`", "what it is for, see below"),
    ("title", "`[mapping]`", "a title for people; may be left out"),
    ("target", _REPEATED, "what is made: names with dots between them; in `result-to-row` one name, or `'\"a name\"'`"),
    (
        "from",
        _SOURCES,
        'a plain path: `a.b`, `a[0].b`, `a[*].b`, `"a name"`; after `$.` from the whole document, or of the call,'
        " as `$call.id`",
    ),
    ("from", _FIELD, 'several paths: `["a", "b"]`, a list of what is there of them; `join` makes one text of it'),
    ("expression", _SOURCES, "a [JMESPath](https://jmespath.org) expression on the present element"),
    ("value", _FIELD, "a constant: a text, a number, true or false"),
    ("do", _FIELD, 'transforms, in turn: `"name"`, or `{ name = "…", … }` with parameters'),
    ("default", _FIELD, "what is made where nothing is there"),
    ("required", _REPEATED, "`true`, or the code that is given where nothing is there"),
    ("refuse", _FIELD, "the code that is given where a transform or the target refuses"),
    ("when", _REPEATED, "a condition; where it does not hold, nothing is made"),
    ("title", _FIELD, "the Persian title that a clerk reads, in place of the target's"),
    ("append", "`[[repeat]]`", "`true`: what it makes follows what earlier repeats made of the same target"),
    ("field, repeat", "`[[repeat]]`", "what is made of each element: `[[repeat.field]]`, `[[repeat.repeat]]`"),
    (
        "entries",
        "`[tables.NAME]`",
        'word to value, as `[tables.NAME.entries]`; `{ refuse = "CODE", reason = "…" }` refuses the word, with what'
        " a person reads (`refuse = true`: with the code of an unknown word)",
    ),
    ("fold", "`[tables.NAME]`", "`true`: spellings of one word are one word"),
    (
        "unknown",
        "`[tables.NAME]`",
        'what a word means that is not there: `"refuse"`, `"nothing"`, `{ refuse = "CODE" }` or `{ value = … }`',
    ),
)

_RULES = f"""
Exactly one of `from`, `expression` and `value` stands in a field. A repeat without a source makes one element, of the
present one. Of several fields with one target the first is taken whose condition holds and which gives a value: one
without a value leaves the target to the next, unless it is `required`. A source that is missing (`NULL`, an empty
text, one of which nothing is seen, an empty list) is not transformed. Of several paths, missing parts are left out of
the list; `required` refuses only if all of them are missing.

What is of the call begins with `$`, at every place of the file. In an expression its first name stands in quotes:
`"$call".id`. A name of the document that begins with `$` stands in quotes in a path: `'"$type".x'`.

A condition asks one thing: `{{ from = "status", is = "final" }}`, or of an `expression`, or of a `target` that was made
before. The questions are `is`, `is-not`, `one-of`, `none-of` and `present`; an expression alone asks whether it is
true. Their constants are texts, whole numbers, true and false. Words are compared in any spelling, whole numbers
whatever the column's type, days and times by their form in ISO 8601: `is = "2026-02-03"`. `NULL`, octets and lists
equal no constant. `{{ all = [ …, … ] }}` and `{{ any = [ …, … ] }}` combine them. A question
that cannot be answered, as `contains` of a missing text, is not fulfilled, also after `!`; the other parts count.

## Limits

One budget of {LIMIT:,} bounds all that is done with one document: a visited node costs {NODE}, an octet or character
that is produced costs one. What would go beyond it is refused before it is done. A file has at most
{MAX_FILE // 1024} KiB, {MAX_FIELDS} entries a level, {MAX_NESTING} repeats inside each other, {MAX_STEPS} transforms a
field, {MAX_ENTRIES:,} entries a table; an expression at most {MAX_EXPRESSION} characters, nested {MAX_DEPTH} deep.
There are no regular expressions, and no way to code.
"""

_COLUMNS = ["| transform | takes → gives | what it does | parameters | examples |", "| --- | --- | --- | --- | --- |"]
_LOOKUP = (
    "| `lookup` | text, integer, boolean → what the entries hold | the entry of a table of this file "
    "| `table`: its name | [mappings.md](../connect/mappings.md) has one |"
)

_DIGITS = 12


def page() -> str:
    keys = [f"| {_names(names)} | {where} | {says} |" for names, where, says in _KEYS]
    return "\n".join([_HEAD, *keys, _RULES, *_kinds(), *_transforms(), *_mistakes()]) + "\n"


def _names(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


def _kinds() -> Iterator[str]:
    yield "## Kinds\n"
    yield "| kind | what it does |"
    yield "| --- | --- |"
    for kind in KINDS.values():
        yield f"| `{kind.name}` | {kind.says} |"
    for kind in KINDS.values():
        yield f"\n### {kind.name}\n"
        yield from _sides(kind)


def _sides(kind: Kind) -> Iterator[str]:
    if kind.source.is_open:
        yield "Source: " + ("the columns of a row." if kind.reads_columns else "whatever the contract says.")
    else:
        yield "Source:\n"
        yield from _schema(kind.source)
    yield ""
    if kind.context:
        yield "Of the call:\n"
        yield from _schema(Group(members=kind.context))
        yield ""
    if kind.target.is_open:
        columns = (
            "the columns, parameters or fields that the source's kind allows."
            if kind.writes_columns
            else "whatever the contract wants."
        )
        yield f"Target: {columns}"
    else:
        yield "Target:\n"
        yield from _schema(kind.target)


def _schema(group: Group) -> Iterator[str]:
    yield "| name | type | must be there | |"
    yield "| --- | --- | --- | --- |"
    yield from _members(group, "")


def _members(group: Group, prefix: str) -> Iterator[str]:
    for name, member in group.members.items():
        path = f"{prefix}{name}"
        if isinstance(member, Leaf):
            yield f"| `{path}` | {member.type} | {'yes' if member.required else ''} | {_notes(member)} |"
        else:
            if member.many:
                yield f"| `{path}` | list of groups | {'yes' if member.required else ''} | |"
            if member.others is not None and member.others.note:
                yield f"| `{path}.NAME` | {member.others.type} | | {member.others.note} |"
            yield from _members(member, f"{path}[]." if member.many else f"{path}.")


def _notes(leaf: Leaf) -> str:
    notes = [text for text in (leaf.title, leaf.note) if text]
    if leaf.choices:
        notes.append(", ".join(f"`{choice}`" for choice in sorted(map(str, leaf.choices))))
    if leaf.max_length:
        notes.append(f"at most {leaf.max_length} characters")
    notes += [f"after `{name}`" for name in leaf.after]
    return "; ".join(notes)


def _transforms() -> Iterator[str]:
    yield "\n## Transforms"
    yield "\nA transform never changes its meaning; a new meaning is a new name."
    for family in Family:
        yield f"\n### {family}\n"
        yield from _COLUMNS
        if family is Family.TABLE:
            yield _LOOKUP
        yield from (_transform(transform) for transform in TRANSFORMS.values() if transform.family is family)


def _transform(transform: Transform) -> str:
    takes = ", ".join(type_.value for type_ in Type if type_ in transform.takes - {Type.ANY})
    parameters = "<br>".join(_parameter(parameter) for parameter in transform.parameters) or "–"
    examples = "<br>".join(_example(example) for example in transform.examples)
    return f"| `{transform.name}` | {takes} → {transform.gives} | {transform.says} | {parameters} | {examples} |"


def _parameter(parameter: Parameter) -> str:
    default = "" if parameter.needed else f" (default {_shown(_usual(parameter))})"
    choices = f": {', '.join(f'`{choice}`' for choice in parameter.choices)}" if parameter.choices else ""
    return f"`{parameter.name}`: {parameter.says}{choices}{default}"


def _usual(parameter: Parameter) -> Any:
    """Return a parameter's default; a bound so large that it limits nothing is not shown as a number."""
    if isinstance(parameter.default, int) and len(str(abs(parameter.default))) > _DIGITS:
        return "none"
    return parameter.default


def _example(example: Example) -> str:
    parameters = ", ".join(f"{name} = {_literal(value)}" for name, value in example.parameters.items())
    with_ = f" with {_code(parameters)}" if parameters else ""
    if example.refused is not None:
        return f"{_shown(example.given)}{with_} is refused" + (f" (`{example.refused}`)" if example.refused else "")
    return f"{_shown(example.given)}{with_} → {_shown(example.made)}"


def _shown(value: Any) -> str:
    return "nothing" if value is None else _code(_literal(value))


def _literal(value: Any) -> str:
    match value:
        case bytes():
            return f"octets {value[:40]!r}"[:60].replace("b'", "'").replace("\\n", "⏎")
        case datetime() | date():
            return value.isoformat()
        case list() | tuple():
            return "[" + ", ".join(_literal(part) for part in value) + "]"
        case str():
            text = value if len(value) <= 80 else f"{value[:10]}… ({len(value)} characters)"
            return json.dumps(text, ensure_ascii=False).replace("\u200f", "\\u200f")
        case _:
            return json.dumps(value)


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def _mistakes() -> Iterable[str]:
    yield "\n## Mistakes\n"
    yield "`mapping check` tells each with its file, line and key. docs/reference/errors.md has them in Persian, too.\n"
    yield "| code | what is wrong | what to do |"
    yield "| --- | --- | --- |"
    for entry in CATALOGUE.values():
        if entry.code.startswith("mapping."):
            yield f"| `{entry.code}` | {entry.en} | {_escaped(entry.remedy)} |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def life_table() -> str:
    """Return the part of docs/connect/mappings.md that shows the states of a version, and their transitions."""
    steps = [("–", MappingEvent.IMPORT, f"`{FIRST}`")]
    steps += [(f"`{before}`", event, f"`{after}`") for (before, event), after in TRANSITIONS.items()]
    lines = ["| from | event | to |", "| --- | --- | --- |", *(f"| {a} | {event} | {b} |" for a, event, b in steps), ""]
    lines += ["| event | by |", "| --- | --- |", *(f"| {event} | {by} |" for event, by in MOVED_BY.items()), ""]
    return "\n".join(lines)


def reference() -> None:
    """Print the page docs/reference/mapping-reference.md: every key, kind, target and transform."""
    typer.echo(page(), nl=False)
