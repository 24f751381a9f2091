"""Words of an answer that a mapping's tables know, each with the place from which it is read."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gateway.mapping.model.paths import BadPath, parse_path
from gateway.mapping.transforms.dates import zone_of
from gateway.mapping.transforms.written_form import Writer
from gateway.runtime.clock import TEHRAN

Steps = Sequence[str | int | None]


def known_words(mapping: Path) -> Iterator[tuple[Steps, str]]:
    """Yield the words of each table that reads a plain path, with that path from the answer's element on."""
    table = tomllib.loads(mapping.read_text(encoding="utf-8"))
    tables = table.get("tables", {})
    seen = set[str]()
    for above, fields in _fields(table):
        for field in fields:
            first = next(iter(field.get("do", [])), None)
            name = first.get("table") if isinstance(first, dict) else None
            if (
                not isinstance(name, str)
                or name not in tables
                or name in seen
                or not isinstance(field.get("from"), str)
            ):
                continue
            try:
                steps = (*above, *parse_path(field["from"]).steps)
            except BadPath:
                continue
            seen.add(name)
            yield from [(steps, word) for word in tables[name].get("entries", {})]


def names_of(mapping: Path, target: str) -> Iterator[str]:
    """Yield the contract's names of the elements that are read for a target."""
    table = tomllib.loads(mapping.read_text(encoding="utf-8"))
    for _, fields in _fields(table):
        for field in fields:
            if field.get("target") == target and isinstance(source := field.get("from"), str):
                yield source.rpartition(".")[2]


def written_times(mapping: Path, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield the contract's names of elements with a time or a day in a written form, each with ``now`` so written."""
    table = tomllib.loads(mapping.read_text(encoding="utf-8"))
    for _, fields in _fields(table):
        for field in fields:
            step = next(iter(field.get("do", [])), None)
            source = field.get("from")
            if isinstance(step, dict) and step.get("name") in ("parse-time", "parse-date") and isinstance(source, str):
                writer = Writer(step["form"].replace("[", "").replace("]", ""), step.get("calendar", "gregorian"))
                zone = zone_of(step.get("zone", "")) or TEHRAN
                yield source.rpartition(".")[2], writer.write(now.astimezone(zone))


def _fields(table: dict[str, Any]) -> Iterator[tuple[Steps, Sequence[dict[str, Any]]]]:
    yield (), table.get("field", [])
    for repeat in table.get("repeat", []):
        source = repeat.get("from")
        if source is None:
            yield (), repeat.get("field", [])
        elif isinstance(source, str):
            try:
                yield parse_path(source).steps, repeat.get("field", [])
            except BadPath:
                continue


def with_word(tree: Any, steps: Steps, word: str) -> Any | None:
    """Return a copy of an answer's tree with a word at a path, or None if the answer has no such place."""
    made = copy.deepcopy(tree)
    here = made
    for step in steps[:-1]:
        here = _below(here, step)
        if here is None:
            return None
    here = here[0] if isinstance(here, list) and here else here
    last = steps[-1]
    if not isinstance(here, dict) or not isinstance(last, str) or last not in here:
        return None
    before = here[last]
    here[last] = int(word) if isinstance(before, int) and not isinstance(before, bool) and word.isdigit() else word
    return made


def _below(here: Any, step: str | int | None) -> Any:
    if isinstance(here, list) and not isinstance(step, int):
        here = here[0] if here else None
    if isinstance(here, dict) and isinstance(step, str):
        return here.get(step)
    if isinstance(step, int):
        listed = here if isinstance(here, list) else [here]
        return listed[step] if step < len(listed) else None
    return None
