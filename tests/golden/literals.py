"""Names that stand as literals in the code: counts of passes, cursors of the store, and names of our exceptions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]

COUNTS: Final = frozenset(
    {
        "accepted",
        "admitted",
        "applied",
        "asked",
        "checkpoints",
        "claim_over",
        "collected",
        "contradictions",
        "dead_letter",
        "deferred",
        "deleted",
        "documents_deleted",
        "files_freed",
        "forgotten",
        "in_use",
        "lease_expired",
        "lease_over",
        "left",
        "lists",
        "lists_pruned",
        "noaccount",
        "notknown",
        "payloads_left",
        "pending",
        "placed",
        "quarantined",
        "received",
        "recorded",
        "refusals_written",
        "refused",
        "rejected",
        "rows_ended",
        "sealed_anew",
        "sealrefused",
        "segments",
        "segments_looked_at",
        "segments_rewritten",
        "sent",
        "stale",
        "taken_again",
        "tickets_asked",
        "tickets_given_up",
        "time_stamps",
        "unaskable",
        "unchanged",
        "unknown",
        "waiting",
        "written",
    }
)
"""Counts of passes: in ``run-once --json`` and in the label ``outcome`` of eblagh_outcomes_total."""

CURSORS: Final = frozenset(
    {
        "again",
        "brought-again",
        "configuration",
        "damage-checked",
        "damage-looked",
        "judged",
        "listed",
        "mapping",
        "overdue",
        "polled",
        "receipts",
        "reconciled",
        "recovered",
        "renamed",
        "rows-checked",
        "sealed-anew",
        "search-unfilled",
        "swept",
    }
)
"""Names of cursors in the store; some are followed by a colon and a source or a destination."""


def exceptions() -> Iterator[str]:
    """Yield the names by which logs call our exceptions."""
    for _, _, name in own_exceptions():
        assert name is not None
        yield name


def own_exceptions() -> Iterator[tuple[Path, str, str | None]]:
    """Yield each exception class of ours: its file, its name, and its ``literal_name``."""
    classes = [(file, each) for file, nodes in parsed() for each in nodes if isinstance(each, ast.ClassDef)]
    known, found = (
        {"BaseException", "Exception", "OperationalError", "OSError", "ValueError", "Fault"},
        set[ast.ClassDef](),
    )
    while new := [each for _, each in classes if each not in found and known & set(map(_base, each.bases))]:
        found.update(new)
        known.update(each.name for each in new)
    for file, each in classes:
        if each in found:
            yield file, each.name, _literal(each)


def current(name: str) -> bool:
    """Return True if the code has this literal: whole, or as a part with a colon behind it."""
    return name in strings() or f"{name}:" in strings()


@cache
def strings() -> frozenset[str]:
    """Return all texts that stand in the code."""
    return frozenset(
        each.value
        for _, nodes in parsed()
        for each in nodes
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


@cache
def parsed() -> list[tuple[Path, list[ast.AST]]]:
    """Return the nodes of each file of the program: those that are looked for here."""
    files = [file for top in ("gateway", "adapters") for file in sorted((ROOT / top).rglob("*.py"))]
    kinds = ast.ClassDef, ast.Constant, ast.Attribute
    return [
        (file, [each for each in ast.walk(ast.parse(file.read_bytes())) if isinstance(each, kinds)]) for file in files
    ]


def _base(base: ast.expr) -> str:
    return ast.unparse(base).rpartition(".")[2]


def _literal(found: ast.ClassDef) -> str | None:
    for each in found.body:
        match each:
            case ast.Assign(targets=[ast.Name(id="literal_name")], value=ast.Constant(value=str(name))):
                return name
    return None
