"""`archive`: what an auditor needs. `verify` works offline, with neither database nor configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from adapters.archive.auditor import audit_archive, read_checkpoint
from adapters.archive.trust import Trust
from adapters.cli.console import DEFAULT_CONFIG, FINDING, ConfigOption, JsonOption, console, print_json, table, tell
from adapters.wiring import Installation
from gateway.archive import archive
from gateway.audit import AuditReport, Check, Verdict
from gateway.report import PassReport

app = typer.Typer(help="The archive that anybody can verify.", no_args_is_help=True)

_ASKS = {
    Check.CONTAINER: "each file holds exactly what a segment may hold",
    Check.RECORDS: "each record has the one form of a record",
    Check.TREE: "the records have the root that was signed",
    Check.CHECKPOINT: "each checkpoint is signed by the archive's key",
    Check.TIME: "a time authority says when the checkpoints were there",
    Check.PAYLOAD: "each payload is the one that its record names",
    Check.SIGNATURE: "notices, receipts and messages verify at their time",
    Check.JOIN: "segments begin at 0 and join without a gap",
    Check.HISTORY: "the checkpoints that you kept are of this very history",
    Check.REVOCATION: "no certificate was revoked when it signed",
}
_COLOUR = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.INDETERMINATE: "yellow"}


def write_archive(installation: Installation) -> PassReport:
    """Give all that has come its place, make a checkpoint of it, and write every segment."""
    return archive(
        installation.store().log,
        installation.note_signer,
        installation.archive_folder(),
        installation.clock,
        installation.policies.archive(at_once=True),
        authority=installation.time_authority(),
    )


@app.command("write")
def write(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Make a checkpoint and write every segment that it covers, now: for an auditor at the door."""
    installation = Installation.of(config)
    try:
        report = write_archive(installation)
    finally:
        installation.close()
    counts = {name: report.counts[name] for name in ("placed", "checkpoints", "time_stamps", "segments")}
    if as_json:
        print_json({**counts, "errors": [str(error) for error in report.errors]})
    else:
        console.print(", ".join(f"{number} {name}" for name, number in counts.items()))
    for error in report.errors:
        tell(error)
    if report.errors:
        raise typer.Exit(FINDING)


@app.command("checkpoint")
def checkpoint(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it into this file.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Show the newest checkpoint. Whoever keeps it can tell later whether history was rewritten."""
    last = Installation.of(config).store().log.last_checkpoint()
    if last is None:
        console.print("no checkpoint yet; `archive write` makes one")
        raise typer.Exit(FINDING)
    if output is not None:
        output.write_bytes(last.note)
        console.print(f"checkpoint of {last.size} records in {output}", markup=False)
    else:
        console.print(last.note.decode(), markup=False, end="", soft_wrap=True)


@app.command("key")
def key(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Show the line by which auditors know the archive's key; they keep it as a file ….vkey."""
    console.print(Installation.of(config).note_signer.verifier.line, markup=False, soft_wrap=True)


@app.command("verify")
def verify(
    folder: Annotated[Path, typer.Argument(help="The folder with the segments.")],
    trust: Annotated[Path, typer.Option(help="A folder with anchors and the archive's key, had from their owners.")],
    kept: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="A checkpoint that you kept from earlier; again for more.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one for each core.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a whole archive offline; exit 1 unless every check passed that could be made."""
    own = [read_checkpoint(path, trust) for path in kept or ()]
    report = audit_archive(folder, trust, own, workers=workers)
    anchors = Trust.of(trust).fingerprints()
    if as_json:
        print_json(_told(report, anchors))
    else:
        _show(report, anchors)
    if any(verdict is Verdict.FAILED for verdict in report.verdicts.values()):
        raise typer.Exit(FINDING)


def _show(report: AuditReport, anchors: list[str]) -> None:
    checks = table("", "check", "verdict", ">passed", "what it asks")
    for check, verdict in report.verdicts.items():
        told = Text(verdict, style=_COLOUR[verdict])
        checks.add_row(check, told, f"{report.passed.get(check, 0):,}", _ASKS[check])
    console.print(checks)
    for finding in report.findings:
        where = f"{finding.check}: {finding.subject}: {finding.reason}"
        console.print(f"[{_COLOUR[finding.verdict]}]{finding.verdict}[/] ", end="")
        console.print(where, markup=False, soft_wrap=True)
    if report.untold:
        console.print(f"… and {report.untold} more")
    counted = table("\nRecords", "", ">")
    for kind, number in sorted(report.kinds.items()):
        counted.add_row(kind, f"{number:,}")
    counted.add_row("all", f"{report.records:,}")
    console.print(counted)
    if report.first_time:
        console.print(f"recorded from {report.first_time} to {report.last_time}, by the gateway's own clock")
    if report.stamped_at:
        console.print(f"what the last time-stamp covers was there by {report.stamped_at}, by a time authority's clock")
    console.print("\nTrusted; compare these with what each owner says of them, by another way:")
    for line in anchors:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _told(report: AuditReport, anchors: list[str]) -> dict[str, Any]:
    return {
        "size": report.size,
        "root": report.root.hex() if report.root else None,
        "records": report.records,
        "kinds": dict(sorted(report.kinds.items())),
        "verdicts": {check.value: verdict.value for check, verdict in report.verdicts.items()},
        "passed": {check.value: report.passed.get(check, 0) for check in Check},
        "findings": [
            {"check": f.check, "verdict": f.verdict, "subject": f.subject, "reason": f.reason} for f in report.findings
        ],
        "untold": report.untold,
        "first_time": report.first_time,
        "last_time": report.last_time,
        "stamped_at": report.stamped_at,
        "trusted": anchors,
    }
