"""Mapping files on the disk: read, and compiled for their use."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.kinds.kind_catalogue import ROW_TO_NOTICE
from gateway.mapping.model.expression import BadExpression, columns_of, parse_expression
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.mapping.program.program import Program
from gateway.mapping.result_mapper import ResultMapper
from gateway.runtime.bilingual import Words
from gateway.runtime.plain_words import words_of


def read_mapping(path: Path) -> bytes:
    """Return a file's octets. Raises `MappingMistaken` ``mapping.unreadable``."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        found = Words(en=words_of(error), fa="فایل در این مسیر باز نشد")
        unread = Mistake(code="mapping.unreadable", line=1, key="", found=found)
        raise MappingMistaken(str(path), [unread]) from error


def kind_of(octets: bytes) -> str | None:
    """Return the kind that a file states; None if it states none in a readable way."""
    try:
        header = tomllib.loads(octets.decode("utf-8")).get("mapping")
    except (ValueError, RecursionError):
        return None
    kind = header.get("kind") if isinstance(header, dict) else None
    return kind if isinstance(kind, str) else None


def places_of(path: Path, namespace: str) -> tuple[str, ...]:
    """Return the targets of a file's entries whose source reads a namespace such as ``$session``.

    Conditions, constants and titles make no value of it.
    """
    return tuple(_places(tomllib.loads(read_mapping(path).decode("utf-8")), namespace, ""))


def _places(table: Mapping[str, Any], namespace: str, above: str) -> Iterator[str]:
    target = ".".join(filter(None, (above, str(table.get("target", "")))))
    tables = {key: value for key, value in table.items() if isinstance(value, list) and _are_tables(value)}
    if _reads(table, namespace):
        yield target
    for inner in tables.values():
        for each in inner:
            yield from _places(each, namespace, target)


def _reads(entry: Mapping[str, Any], namespace: str) -> bool:
    """Return True if the paths or the expression of an entry read a namespace, in any spelling of its name."""
    paths, expression = entry.get("from"), entry.get("expression")
    if any(isinstance(path, str) and namespace in path for path in (paths if isinstance(paths, list) else [paths])):
        return True
    try:
        names = columns_of(parse_expression(expression)) if isinstance(expression, str) else []
    except BadExpression:
        return False  # the file is refused for it
    return names is None or namespace in names


def _are_tables(value: list[Any]) -> bool:
    return all(isinstance(each, dict) for each in value)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindParts:
    """Parts of a kind that differ under a profile and a configuration; None: the kind's own."""

    source: Group | None = None
    target: Group | None = None
    context: Mapping[str, Group] | None = None


def contract_program(path: Path, kind: str, contract: Group, parts: KindParts = KindParts()) -> Program:
    """Return the program of a file that maps messages of a contract. Raises `MappingMistaken`."""
    return compile_mapping(
        read_mapping(path),
        str(path),
        kind=kind,
        source=parts.source,
        contract=contract,
        target=parts.target,
        context=parts.context,
    )


def case_program(path: Path, source: Group | None = None) -> Program:
    """Return the program of a file that maps rows to notices. Raises `MappingMistaken`.

    ``source`` are the existing columns, if they are known.
    """
    return compile_mapping(read_mapping(path), str(path), kind=ROW_TO_NOTICE.name, source=source)


def result_mapper(path: Path, row: Group) -> ResultMapper:
    """Return the mapper of a file of results, for a ``row``. Raises `MappingMistaken`."""
    return ResultMapper.of(read_mapping(path), str(path), row)


def columns_as_source(columns: Mapping[str, Type | Mapping[str, Type]]) -> Group:
    """Return a database's columns, and its lists of rows, as a source that has nothing else."""
    members: dict[str, Leaf | Group] = {
        name: Leaf(type=each)
        if isinstance(each, Type)
        else Group(members={column: Leaf(type=type_) for column, type_ in each.items()}, many=True, required=False)
        for name, each in columns.items()
    }
    return Group(members=members)
