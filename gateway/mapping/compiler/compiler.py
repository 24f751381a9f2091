"""Compilation of a file's octets into a program, or a list of all mistakes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.checks import Judge
from gateway.mapping.compiler.draft import Draft
from gateway.mapping.compiler.lookup_tables import tables_of
from gateway.mapping.compiler.rule_parser import members_of
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.schema import OPEN, Group, leaves
from gateway.mapping.program.needed import needed_of
from gateway.mapping.program.plan import FieldPlan, Member, RepeatPlan, Table
from gateway.mapping.program.program import Program, compile_members, compile_parts
from gateway.mapping.program.reads_of_source import columns_of, outermost, readings, reads_of
from gateway.mapping.program.source_lists import lists_of
from gateway.notice.notice import sha256
from gateway.runtime.toml_file import Key

LANGUAGE = 1
"""Version of the format. A transform never changes its meaning; it gets a successor with another name."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")


def compile_mapping(
    octets: bytes,
    file: str,
    *,
    kind: str | None = None,
    source: Group | None = None,
    contract: Group | None = None,
    row: Group | None = None,
    target: Group | None = None,
    context: Mapping[str, Group] | None = None,
) -> Program:
    """Compile a mapping file; ``file`` names it in errors.

    ``kind`` is the required kind, or None for any. The others fill the parts that the kind leaves open. ``source`` has
    the columns of a row, or a notice's fields under a profile.
    ``contract`` has the elements of a message, ``row`` the writable columns of a row. ``target`` and ``context`` stand
    in the place of the kind's own, if more is known under a profile. Raises `MappingMistaken` with every mistake.
    """
    draft = Draft(octets, file)
    draft.known(draft.table, (), ("mapping", "tables", "field", "repeat"))
    name, found = _header(draft, kind)
    draft.refuse()
    assert found is not None
    found = replace(found, source=source or found.source, target=target or found.target)
    if context is not None:
        found = replace(found, context=context)
    if contract is not None:
        found = _bound(draft, found, contract)
    if row is not None and found.writes_columns:
        found = replace(found, target=row)
    tables = tables_of(draft, found)
    members = members_of(draft, draft.table, (), found, tables)
    is_whole = not draft.mistakes
    if found.reads_columns:
        _note_whole_rows(draft, members)
    Judge(draft, found, found.source).members(members, (), found.source, found.target)
    if is_whole:
        _note_unused(draft, tables, members)
    draft.note_blanks()
    draft.refuse()
    reads = reads_of(members)
    return Program(
        name=name,
        file=PurePath(file).name,
        digest=sha256(octets),
        octets=octets,
        kind=found,
        columns=columns_of(reads),
        targets=tuple(dict.fromkeys(".".join(member.target) for member in members)),
        makes=compile_members(members, found.target, found),
        titles={".".join(path): leaf.title for path, leaf in leaves(found.target) if leaf.title},
        # A row already has its required columns.
        needed=() if found.writes_columns else needed_of(members, found.target, found),
        alone=compile_parts(members, found.target, found),
        reads=reads,
        lists=lists_of(contract, outermost(reads)) if contract is not None and found.source is contract else {},
        members=tuple(members),
    )


def _bound(draft: Draft, kind: Kind, contract: Group) -> Kind:
    """Return the kind with its open side replaced by a contract."""
    if kind.target is OPEN:
        return replace(kind, target=contract)
    if kind.source is OPEN and not kind.reads_columns:
        return replace(kind, source=contract)
    draft.mistake("mapping.kind-other", ("mapping", "kind"), contents.BOTH_SIDES.filled(kind=kind.name))
    return kind


def _header(draft: Draft, wanted: str | None) -> tuple[str, Kind | None]:
    header = draft.get(draft.table, (), "mapping", dict)
    key: Key = ("mapping",)
    if header is None:
        if "mapping" not in draft.table:
            draft.mistake("mapping.header-missing", (), contents.HEADER)
        return "", None
    draft.known(header, key, ("language", "name", "kind", "title"))
    for needed in ("language", "name", "kind"):
        if needed not in header:
            draft.mistake("mapping.header-missing", key, named=needed)
    language = draft.get(header, key, "language", int)
    if language is not None and language != LANGUAGE:
        found = contents.LANGUAGE.filled(found=language, known=LANGUAGE)
        draft.mistake("mapping.language", (*key, "language"), found)
    name = draft.get(header, key, "name", str)
    if name is not None and not _NAME.fullmatch(name):
        draft.mistake("mapping.name", (*key, "name"), named=name)
    draft.line(header, key, "title")
    return name or "", _kind(draft, header, key, wanted)


def _kind(draft: Draft, header: Mapping[str, Any], key: Key, wanted: str | None) -> Kind | None:
    kind = draft.get(header, key, "kind", str)
    if kind is None:
        return None
    if kind not in KINDS:
        draft.unknown("mapping.kind", (*key, "kind"), kind, list(KINDS))
    elif wanted is not None and kind != wanted:
        draft.mistake("mapping.kind-other", (*key, "kind"), contents.WANTED_HERE.filled(found=kind, what=wanted))
    return KINDS.get(kind)


def _note_whole_rows(draft: Draft, members: Sequence[Member]) -> None:
    """Note a source that reads a whole row: its columns could not be selected."""
    for reading in readings(members):
        if not reading.place.names:
            key = reading.source.key
            draft.mistake("mapping.expression-columns", key, named=str(draft.at(key)))


def _note_unused(draft: Draft, tables: Mapping[str, Table], members: Sequence[Member]) -> None:
    used = set(_used(members))
    for name, table in tables.items():
        if name not in used:
            draft.mistake("mapping.table-unused", table.key, named=name)


def _used(members: Sequence[Member]) -> Iterator[str]:
    for member in members:
        match member:
            case FieldPlan():
                yield from [step.table.name for step in member.steps if step.table is not None]
            case RepeatPlan():
                yield from _used(member.members)
