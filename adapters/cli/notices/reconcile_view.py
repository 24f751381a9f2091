"""Output of `reconcile`: a table by kind, the remedies, the first findings of each kind, and the same as JSON."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from adapters.terminal.printing import console, in_calendar, moment, print_json, tell
from adapters.terminal.records import show_records
from gateway.reconciliation.finding import AREA, Discrepancy
from gateway.reconciliation.report import Reconciled
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE

_EMPTY = (
    "no notice was admitted in the range and no row of it waits, so this says nothing of whether the ledgers agree;"
    " widen it with --since"
)
_EMPTY_FA = (
    "در این بازه هیچ ابلاغیه‌ای پذیرفته نشده و ردیفی معطل نمانده است؛ پس این گزارش نشانه هم‌خوانی دفترها نیست."
    " بازه را با --since گسترده‌تر کنید."
)


class FirstFindings:
    """Sink that keeps the first findings of each kind."""

    def __init__(self, first: int) -> None:
        self._first = first
        self.kept: list[Discrepancy] = []
        self._counts = Counter[str]()

    def __call__(self, finding: Discrepancy) -> None:
        self._counts[finding.code] += 1
        if self._counts[finding.code] <= self._first:
            self.kept.append(finding)

    @property
    def left_out(self) -> int:
        return self._counts.total() - len(self.kept)


def as_row(finding: Discrepancy) -> dict[str, Any]:
    """Return a finding as one row, complete in itself."""
    return {
        "kind": finding.kind,
        "code": finding.code,
        "source": finding.source,
        "row_key": finding.row_key,
        "reference": finding.reference,
        "since": None if finding.since is None else timestamp(finding.since),
        "who_must_act": finding.actor.value,
        "detail": finding.detail,
        "meaning": finding.entry.en,
        "remedy": finding.entry.remedy,
        "meaning_fa": finding.entry.fa,
        "remedy_fa": finding.entry.remedy_fa,
    }


def show(done: Reconciled, told: FirstFindings, out: Path | None, as_json: bool) -> None:
    """Print the findings."""
    if as_json:
        print_json(_as_json(done, told, out))
        return
    _print_scope(done)
    for error in done.errors:
        tell(error)
    if done.findings:
        _print_kinds(done)
        _print_findings(told, out)
    elif done.complete and done.empty and not done.errors:
        console.print(f"[yellow]nothing was compared[/]: {_EMPTY}", soft_wrap=True)
        console.print(_EMPTY_FA, markup=False, soft_wrap=True)
    elif done.agrees:
        console.print("[green]all agree[/]")


def _print_scope(done: Reconciled) -> None:
    scope, compared = done.scope, done.compared
    asked = {"none": "the judiciary was not asked"}.get(
        scope.ask, f"{compared['asked']} asked about (--ask {scope.ask})"
    )
    since = "the beginning" if scope.since is None else moment(scope.since)
    where = f" of {scope.source}" if scope.source else ""
    console.print(f"from {since} to {moment(scope.until)}{where}", markup=False, soft_wrap=True)
    console.print(
        f"{compared['rows']} rows, {compared['notices']} notices, {compared['receipts']} receipts compared; {asked}",
        soft_wrap=True,
    )
    for name in done.unread:
        console.print(
            f"note: results go into {name} by statements, so what its rows show cannot be read back",
            markup=False,
            soft_wrap=True,
        )
    if not done.complete:
        console.print("[bold red]ended before its end[/]: somebody stopped everything", soft_wrap=True)


def _print_kinds(done: Reconciled) -> None:
    console.print()
    kinds = [
        (code.removeprefix(AREA), str(count), CATALOGUE[code].actor.value, CATALOGUE[code].en)
        for code, count in _by_number(done)
    ]
    show_records("", ("kind", ">number", "who must act", "~what it means"), kinds)
    console.print("\n[bold]what to do[/]")
    for code, _ in _by_number(done):
        entry = CATALOGUE[code]
        console.print(f"[cyan]{code.removeprefix(AREA)}[/]", soft_wrap=True)
        console.print(f"  {entry.actor.value}: {entry.remedy}", markup=False, soft_wrap=True)
        console.print(f"  {entry.fa} {entry.remedy_fa}", markup=False, soft_wrap=True)


def _print_findings(told: FirstFindings, out: Path | None) -> None:
    if told.kept:
        console.print()
        show_records("findings", ("kind", "since", "row", "reference", "found"), list(map(_finding, told.kept)))
    if told.left_out:
        where = f"all are in {out}" if out else "--first N shows more, --out FILE writes all"
        console.print(f"{told.left_out} more; {where}", markup=False, soft_wrap=True)
    elif out:
        console.print(f"all are in {out}", markup=False, soft_wrap=True)


def _finding(found: Discrepancy) -> tuple[str, ...]:
    row = f"{found.source} {found.row_key or ''}".rstrip() if found.source else "–"
    return found.kind, moment(found.since), row, found.reference or "–", in_calendar(found.detail or "–")


def _as_json(done: Reconciled, told: FirstFindings, out: Path | None) -> dict[str, Any]:
    scope = done.scope
    return {
        "agrees": done.agrees,
        "complete": done.complete,
        "empty": done.empty,
        "since": None if scope.since is None else timestamp(scope.since),
        "until": timestamp(scope.until),
        "ask": scope.ask.value,
        "source": scope.source,
        "compared": dict(done.compared),
        "unread": list(done.unread),
        "kinds": {code.removeprefix(AREA): count for code, count in _by_number(done)},
        "findings": [as_row(finding) for finding in told.kept],
        "left_out": told.left_out,
        "out": None if out is None else str(out),
        "errors": [
            {"code": error.code, "where": error.where, "detail": error.detail,
             "who_must_act": error.entry.actor.value, "remedy": error.entry.remedy}
            for error in done.errors
        ],
    }  # fmt: skip


def _by_number(done: Reconciled) -> list[tuple[str, int]]:
    return sorted(done.findings.items(), key=lambda pair: (-pair[1], pair[0]))
