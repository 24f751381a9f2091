"""`evidence`: one notice, or one case, in a file that stands without us. `verify` needs nothing but what it trusts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from adapters.cli.console import (
    DEFAULT_CONFIG,
    FINDING,
    MISUSE,
    ConfigOption,
    JsonOption,
    console,
    errors,
    print_json,
    table,
)
from adapters.evidence.pages import pages
from adapters.verifier.evidence_file import verify_file
from adapters.verifier.evidence_page import report_page
from adapters.verifier.evidence_trust import EvidenceTrust
from adapters.wiring import Installation
from gateway.errors import GatewayError
from gateway.evidence_audit import EvidenceAudit
from gateway.evidence_export import Exported, export, of_case, of_notice
from gateway.evidence_file import Withheld
from gateway.evidence_recipe import RECIPE, EvidenceCheck
from gateway.recipe import Verdict
from gateway.text import plain

app = typer.Typer(help="Evidence files for courts: made here, verified anywhere.", no_args_is_help=True)


COLOUR = {Verdict.PASSED: "green", Verdict.FAILED: "bold red", Verdict.INDETERMINATE: "yellow"}


@app.command("export")
def export_file(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to make, such as notice.asice.")],
    reference: Annotated[str | None, typer.Argument(metavar="[NOTICE]", help="As `notice list` shows it.")] = None,
    case: Annotated[str | None, typer.Option(help="Every notice of this case instead.")] = None,
    body: Annotated[str | None, typer.Option(help="The case of this body, where several have one.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write the evidence file of a notice, or of a case."""
    if (reference is None) == (case is None):
        errors.print("give a notice's reference, or --case with a case number")
        raise typer.Exit(MISUSE)
    installation = Installation.of(config)
    try:
        # As a clerk types it: with Persian digits, too.
        made = export_to(output, installation, reference, case and plain(case), body)
    finally:
        installation.close()
    told = {"file": str(output), "notices": made.notices, "records": made.records, "withheld": made.withheld}
    if as_json:
        print_json({**told, "size": made.size, "stamped": made.stamped})
        return
    console.print(f"{output}: {made.notices} notices, {made.records} records", markup=False, soft_wrap=True)
    if made.withheld:
        console.print(f"{made.withheld} of them by digest only: they carry others' notices, or a person's words")
    if not made.stamped:
        console.print("[yellow]the checkpoint has no time-stamp yet[/]: `archive write` asks for one")
    console.print("Who gets it finds in VERIFY.fa.txt and VERIFY.en.txt how to check it without us.")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(help="The evidence file.")],
    trust: Annotated[Path, typer.Option(help="A folder with anchors and the archive's keys, had from their owners.")],
    persian: Annotated[bool, typer.Option("--persian", help="Say in Persian what each check asks.")] = False,
    page: Annotated[Path | None, typer.Option("--html", help="Write a report into this file, for a lawyer.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify an evidence file offline; exit 1 if a check failed."""
    audit = verify_file(file, trust)
    anchors = EvidenceTrust.of(trust).fingerprints()
    if page is not None:
        _write(page, report_page(audit, anchors))
    if as_json:
        print_json(_told(audit, anchors))
    else:
        _show(audit, anchors, persian=persian)
    if audit.verdict is Verdict.FAILED:
        raise typer.Exit(FINDING)


def _write(path: Path, octets: bytes) -> None:
    try:
        path.write_bytes(octets)
    except OSError as error:
        raise GatewayError("evidence.file", where=str(path), detail=str(error.strerror)) from error


def _show(audit: EvidenceAudit, anchors: list[str], *, persian: bool) -> None:
    checks = table("", "check", "verdict", "what it asks")
    for check, verdict in audit.verdicts.items():
        asks = RECIPE[check].asks_fa if persian else RECIPE[check].asks
        checks.add_row(check, Text(verdict, style=COLOUR[verdict]), asks)
    console.print(checks)
    for finding in audit.findings:
        console.print(f"[{COLOUR[finding.verdict]}]{finding.verdict}[/] ", end="")
        where = f"{finding.check}: {finding.subject}: {finding.reason}"
        console.print(where, markup=False, soft_wrap=True)
    if audit.facts:
        told = (
            "What it says" if audit.verdict is Verdict.FAILED else "What it proves, as far as the checks above passed"
        )
        console.print(f"\n{told}:")
        for fact in audit.facts:
            console.print(f"  {fact.fa if persian else fact.en}", markup=False, soft_wrap=True)
    if audit.withheld:
        console.print(f"\n{len(audit.withheld)} records are here by digest only: {_counted(audit)}")
    console.print("\nTrusted; compare these with what each owner says of them, by another way:")
    for line in anchors:
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(f"\n[{COLOUR[audit.verdict]}]{audit.verdict}[/]: {audit.file}", soft_wrap=True)


def _counted(audit: EvidenceAudit) -> str:
    counted = Counter(audit.withheld.values())
    return ", ".join(f"{number} {_WITHHELD[why]}" for why, number in sorted(counted.items()))


_WITHHELD = {
    Withheld.OTHERS: "that also carried notices of others",
    Withheld.WORDS: "acts of persons",
    Withheld.REFUSED: "that are not believed",
}


def _told(audit: EvidenceAudit, anchors: list[str]) -> dict[str, Any]:
    return {
        "file": audit.file,
        "verdict": audit.verdict,
        "verdicts": {check.value: verdict.value for check, verdict in audit.verdicts.items()},
        "asks": {check.value: {"en": step.asks, "fa": step.asks_fa} for check, step in RECIPE.items()},
        "passed": {check.value: audit.passed[check] for check in EvidenceCheck},
        "findings": [
            {"check": f.check, "verdict": f.verdict, "subject": f.subject, "reason": f.reason} for f in audit.findings
        ],
        "notices": [notice.reference for notice in audit.index.notices] if audit.index else [],
        "case": audit.index.case if audit.index else None,
        "facts": [{"en": fact.en, "fa": fact.fa} for fact in audit.facts],
        "withheld": dict(sorted(audit.withheld.items())),
        "trusted": anchors,
    }


def export_to(
    output: Path,
    installation: Installation,
    reference: str | None = None,
    case: str | None = None,
    body: str | None = None,
) -> Exported:
    """Write the evidence file of a notice by its ``reference``, or else of a ``case``."""
    store = installation.store()
    if case is not None:
        admissions = of_case(store, case, body)
    else:
        assert reference is not None
        admissions = of_notice(store, reference)
    return export(
        store,
        store.log,
        admissions,
        case=case,
        now=installation.clock(),
        beside=installation.evidence_beside(),
        pages=pages,
        writer=installation.evidence_writer(output),
    )
