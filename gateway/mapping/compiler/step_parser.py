"""Parser of ``do``: the transforms of a field, with their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.draft import Draft
from gateway.mapping.compiler.lookup_tables import LOOKUP, lookup, types_of
from gateway.mapping.model.values import Type, fits
from gateway.mapping.program.plan import Step, Table
from gateway.mapping.transforms.dates import zone_of
from gateway.mapping.transforms.transform import Parameter, Transform
from gateway.mapping.transforms.transform_catalogue import TRANSFORMS
from gateway.runtime.bilingual import Words, listed
from gateway.runtime.toml_file import Key

MAX_STEPS = 20


def steps_of(draft: Draft, entry: Mapping[str, Any], key: Key, tables: Mapping[str, Table]) -> tuple[Step, ...]:
    """Return the transforms with valid names and parameters; note the others."""
    listed = draft.get(entry, key, "do", list) or []
    if len(listed) > MAX_STEPS:
        draft.mistake("mapping.too-large", (*key, "do"), contents.MOST_STEPS.filled(most=MAX_STEPS))
        return ()
    found = [_step(draft, (*key, "do", number), named, tables) for number, named in enumerate(listed)]
    steps = tuple(step for step in found if step is not None)
    if len(steps) == len(listed):
        for before, step in pairwise(steps):
            if before.gives not in step.takes and before.gives is not Type.ANY:
                wanted, given = contents.any_of(step.takes), contents.TYPES[before.gives]
                wrong = contents.TAKES_STEP.filled(name=step.name, types=wanted, before=before.name, type=given)
                draft.mistake("mapping.transform-type", step.key, wrong)
    return steps


def _step(draft: Draft, key: Key, named: Any, tables: Mapping[str, Table]) -> Step | None:
    if isinstance(named, str):
        named = {"name": named}
    if not isinstance(named, dict) or not isinstance(named.get("name"), str):
        draft.mistake("mapping.value-type", key, contents.STEP)
        return None
    name, parameters = named["name"], {name: value for name, value in named.items() if name != "name"}
    if name == LOOKUP:
        return _lookup(draft, key, parameters, tables)
    transform = TRANSFORMS.get(name)
    if transform is None:
        draft.mistake("mapping.transform-unknown", key, named=name, known=TRANSFORMS)
        return None
    values = _parameters(draft, key, transform, parameters)
    if values is None:
        return None
    made = transform.make(**values)
    return Step(key=key, name=name, takes=transform.takes, gives=transform.gives, made=made)


def _lookup(draft: Draft, key: Key, parameters: Mapping[str, Any], tables: Mapping[str, Table]) -> Step | None:
    name = parameters.get("table")
    if not isinstance(name, str) or len(parameters) != 1:
        draft.mistake("mapping.transform-parameter", key, contents.TABLE_ALONE.filled(name=LOOKUP))
        return None
    table = tables.get(name)
    if table is None:
        draft.mistake("mapping.table-unknown", key, named=name, known=tables)
        return None
    types = types_of(table.entries)
    gives = types.pop() if len(types) == 1 else Type.ANY
    takes = frozenset({Type.TEXT, Type.INTEGER, Type.BOOLEAN, Type.ANY})
    return Step(key=key, name=LOOKUP, takes=takes, gives=gives, made=lookup(table), table=table)


def _parameters(draft: Draft, key: Key, transform: Transform, given: Mapping[str, Any]) -> dict[str, Any] | None:
    by_name = {parameter.name: parameter for parameter in transform.parameters}
    before = len(draft.mistakes)
    for name in given.keys() - by_name.keys():
        phrase = contents.PARAMETERS if by_name else contents.NO_PARAMETERS
        found = phrase.filled(name=transform.name, names=listed(by_name))
        draft.mistake("mapping.transform-parameter-unknown", (*key, name), found, named=name, known=by_name)
    for name, parameter in by_name.items():
        if name in given:
            if (wrong := _wrong(parameter, given[name])) is not None:
                draft.mistake("mapping.transform-parameter", (*key, name), wrong)
        elif parameter.needed:
            found = contents.NEEDS.filled(name=transform.name, parameter=name)
            draft.mistake("mapping.transform-parameter-missing", key, found)
    if len(draft.mistakes) > before:
        return None
    values = {name: given.get(name, parameter.default) for name, parameter in by_name.items()}
    if transform.judge is not None and (wrong := transform.judge(**values)) is not None:
        draft.mistake("mapping.transform-parameter", key, wrong)
        return None
    return values


def _wrong(parameter: Parameter, value: Any) -> Words | None:
    """Return the accepted values if ``value`` is invalid; None if it is valid."""
    if not fits(value, parameter.wanted) or (parameter.wanted is Type.INTEGER and isinstance(value, bool)):
        return contents.WANTED.filled(what=contents.TYPES[parameter.wanted])
    if parameter.choices and value not in parameter.choices:
        return contents.ONE_OF.filled(names=listed(parameter.choices))
    if parameter.name == "zone":
        return None if zone_of(value) else contents.ZONE
    if isinstance(value, list):
        good = 0 < len(value) <= 100 and all(isinstance(word, str) for word in value)
        return None if good else contents.WORD_LIST
    measure, phrase = (len(value), contents.LENGTH_WANTED) if isinstance(value, str) else (value, contents.RANGE)
    if not parameter.least <= measure <= parameter.most:
        return phrase.filled(least=parameter.least, most=parameter.most)
    return parameter.judge(value) if parameter.judge is not None else None
