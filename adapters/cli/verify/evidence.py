"""`evidence verify`: does an evidence file hold, by what its reader trusts?"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from adapters.cli.console import FINDING, JsonOption, console, print_json, table
from adapters.cli.verify.show import COLOUR, show_anchors
from adapters.verifier.evidence_file import verify_file
from adapters.verifier.evidence_page import report_page
from adapters.verifier.evidence_trust import EvidenceTrust
from gateway.errors import GatewayError
from gateway.evidence_audit import EvidenceAudit
from gateway.evidence_file import Withheld
from gateway.evidence_recipe import RECIPE, EvidenceCheck
from gateway.recipe import Verdict


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
        print_json(told(audit, anchors))
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
        asks = RECIPE[check].asks
        checks.add_row(check, Text(verdict, style=COLOUR[verdict]), asks.fa if persian else asks.en)
    console.print(checks)
    for finding in audit.findings:
        console.print(f"[{COLOUR[finding.verdict]}]{finding.verdict}[/] ", end="")
        where = f"{finding.check}: {finding.subject}: {finding.reason}"
        console.print(where, markup=False, soft_wrap=True)
    if audit.facts:
        failed = audit.verdict is Verdict.FAILED
        console.print("\nWhat it says:" if failed else "\nWhat it proves, as far as the checks above passed:")
        for fact in audit.facts:
            console.print(f"  {fact.fa if persian else fact.en}", markup=False, soft_wrap=True)
    if audit.withheld:
        console.print(f"\n{len(audit.withheld)} records are here by digest only: {_counted(audit)}")
    show_anchors(anchors)
    console.print(f"\n[{COLOUR[audit.verdict]}]{audit.verdict}[/]: {audit.file}", soft_wrap=True)


def _counted(audit: EvidenceAudit) -> str:
    counted = Counter(audit.withheld.values())
    return ", ".join(f"{number} {_WITHHELD[why]}" for why, number in sorted(counted.items()))


_WITHHELD = {
    Withheld.OTHERS: "that also carried notices of others",
    Withheld.WORDS: "acts of persons",
    Withheld.REFUSED: "that are not believed",
    Withheld.CONFIGURATION: "of configurations",
    Withheld.DELETED: "deleted under a rule of retention",
}


def told(audit: EvidenceAudit, anchors: list[str]) -> dict[str, Any]:
    """What came of it, for programs."""
    return {
        "file": audit.file,
        "verdict": audit.verdict,
        "verdicts": {check.value: verdict.value for check, verdict in audit.verdicts.items()},
        "asks": {check.value: {"en": step.asks.en, "fa": step.asks.fa} for check, step in RECIPE.items()},
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
