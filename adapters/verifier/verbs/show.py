"""Report of an audit on a screen, and for programs."""

from __future__ import annotations

from typing import Any, Final

from rich.text import Text

from adapters.terminal.printing import console, table
from gateway.audit.audit import AuditReport, Finding, PeriodReport, shown
from gateway.audit.audit_recipe import RECIPE, UNPROVEN, Check
from gateway.audit.period import Stamped
from gateway.record.set_aside import SettingAside
from gateway.runtime.clock import timestamp
from gateway.runtime.verdict import Verdict

COLOUR: Final = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.INDETERMINATE: "yellow"}


def show(report: AuditReport, anchors: list[str]) -> None:
    """Print the report: a verdict a check, then the reasons."""
    checks = table("", "check", "verdict", ">passed", "what it asks")
    for check, verdict in report.verdicts.items():
        passed = f"{report.passed.get(check, 0):,}"
        checks.add_row(check, Text(verdict, style=COLOUR[verdict]), passed, RECIPE[check].asks.en)
    console.print(checks)
    for check, verdict in report.verdicts.items():
        if verdict is not Verdict.PASSED:
            _reasons(check, verdict, [found for found in report.findings if found.check is check])
    if report.untold:
        console.print(f"… and {report.untold:,} more")
    if report.period is not None:
        _period(report.period)
    for each in report.set_aside:
        console.print(f"\n{set_aside_words(each)}", markup=False, soft_wrap=True)
    _records(report)
    console.print("\nNot proven by this:")
    for words in UNPROVEN:
        console.print(f"  {words.en}", markup=False, soft_wrap=True)
    show_anchors(anchors)


def show_anchors(anchors: list[str]) -> None:
    """Print the trusted anchors."""
    console.print("\nTrusted; compare these with what each owner says of them, by another way:")
    for line in anchors:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _reasons(check: Check, verdict: Verdict, findings: list[Finding]) -> None:
    means = RECIPE[check].meaning(verdict)
    console.print(
        Text.assemble(("\n" + verdict, COLOUR[verdict]), f" {check}: {means.en if means else ''}"), soft_wrap=True
    )
    for found in findings:
        mark = "" if found.verdict is verdict else f"{found.verdict} "
        console.print(f"  {mark}{found.subject}: {found.reason}", markup=False, soft_wrap=True)


def _period(report: PeriodReport) -> None:
    period = report.period
    console.print(f"\nThe period from {timestamp(period.since)} to {timestamp(period.until)}")
    console.print(f"  from {_named(report.opening, 'the beginning of the archive, as no checkpoint is older')}")
    console.print(f"  to   {_named(report.closing, 'the last record that is here, as no checkpoint is later')}")
    lying, own = f"{report.end - report.first:,}", f"{report.of_period:,}"
    console.print(f"  {lying} records lie between; {own} say that they were recorded in the period")
    if not report.of_period:
        console.print("  [yellow]nothing was recorded in this period, so nothing of it was verified[/]")
        console.print("  در این بازه رکوردی ثبت نشده است؛ پس چیزی از آن راستی‌آزمایی نشده است.", markup=False)
    for first, end in report.missing:
        console.print(f"  missing: records {first} to {end}")


def _named(stamped: Stamped | None, otherwise: str) -> str:
    if stamped is None:
        return otherwise
    return f"the checkpoint of {stamped.size} records, time-stamped {timestamp(stamped.time)}"


def set_aside_words(record: SettingAside) -> str:
    """Return a sentence about a history that was set aside."""
    sizes = ", ".join(f"{each.size:,}" for each in record.checkpoints)
    files = ", ".join(record.segments) or "no segment"
    return shown(
        f"A forgotten history was {record.summary} (by {record.account}): {files}; its checkpoints of {sizes} records."
        f" The archive goes on from record {record.first:,}."
    )


def _records(report: AuditReport) -> None:
    counted = table("\nRecords", "", ">")
    for kind, number in sorted(report.kinds.items()):
        counted.add_row(kind, f"{number:,}")
    counted.add_row("all", f"{report.records:,}")
    console.print(counted)
    if report.first_time:
        console.print(f"recorded from {report.first_time} to {report.last_time}, by the gateway's own clock")
    if report.stamped_at:
        console.print(f"what the last time-stamp covers was there by {report.stamped_at}, by a time authority's clock")


def as_json(report: AuditReport, anchors: list[str]) -> dict[str, Any]:
    """Return the report as JSON values for programs."""
    return {
        "origin": report.origin,
        "size": report.size,
        "root": report.root.hex() if report.root else None,
        "segments": report.segments,
        "records": report.records,
        "kinds": dict(sorted(report.kinds.items())),
        "verdicts": {check.value: verdict.value for check, verdict in report.verdicts.items()},
        "passed": {check.value: report.passed.get(check, 0) for check in report.verdicts},
        "findings": [
            {"check": f.check, "verdict": f.verdict, "subject": f.subject, "reason": f.reason} for f in report.findings
        ],
        "untold": report.untold,
        "first_time": report.first_time,
        "last_time": report.last_time,
        "stamped_at": report.stamped_at,
        "period": _period_as_json(report.period) if report.period else None,
        "set_aside": [_set_aside_as_json(each) for each in report.set_aside],
        "trusted": anchors,
    }


def _set_aside_as_json(record: SettingAside) -> dict[str, Any]:
    return {
        "at": timestamp(record.at),
        "account": record.account,
        "reason": record.reason,
        "first": record.first,
        "segments": list(record.segments),
        "checkpoints": [{"size": each.size, "root": each.root.hex()} for each in record.checkpoints],
    }


def _period_as_json(report: PeriodReport) -> dict[str, Any]:
    return {
        "since": timestamp(report.period.since),
        "until": timestamp(report.period.until),
        "opening": _stamped_as_json(report.opening),
        "closing": _stamped_as_json(report.closing),
        "first": report.first,
        "end": report.end,
        "of_period": report.of_period,
        "missing": report.missing,
        "spoiled": report.spoiled,
    }


def _stamped_as_json(stamped: Stamped | None) -> dict[str, Any] | None:
    return None if stamped is None else {"size": stamped.size, "time": timestamp(stamped.time)}
