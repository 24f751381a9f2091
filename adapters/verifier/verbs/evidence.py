"""Verb `evidence verify`: check an evidence file by its reader's trust."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from adapters.crypto.keys.secret_file import new_file
from adapters.terminal.printing import FINDING, JsonOption, console, print_json, table
from adapters.verifier.evidence.evidence_page import report_page
from adapters.verifier.evidence.evidence_trust import EvidenceTrust
from adapters.verifier.evidence.evidence_verification import verify_file
from adapters.verifier.verbs.show import COLOUR, show_anchors
from gateway.audit.audit import shown
from gateway.audit.evidence_answer import Answer, answers, headline, is_beside
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import RECIPE, EvidenceCheck
from gateway.evidence.evidence_file import Withheld, paper_name
from gateway.evidence.particulars import Particulars
from gateway.evidence.timeline_audit import told_service
from gateway.notice.legal_effect import RULES
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict


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
    if as_json:
        print_json(told(audit, anchors))
    else:
        _show(audit, anchors, persian=persian)
    if page is not None:
        _write(page, report_page(audit, anchors))
    if audit.verdict is Verdict.FAILED:
        raise typer.Exit(FINDING)


def _write(path: Path, octets: bytes) -> None:
    """Write a report with personal data for its owner alone."""
    try:
        with new_file(path) as file:
            file.write(octets)
    except OSError as error:
        raise GatewayError("evidence.file", where=str(path), detail=str(error.strerror)) from error


def _show(audit: EvidenceAudit, anchors: list[str], *, persian: bool) -> None:
    beside = [check for check in EvidenceCheck if is_beside(audit, check)]
    _show_headline(audit, persian=persian)
    found = answers(audit)
    for each in found:
        _show_notice(audit, each, alone=len(found) == 1, persian=persian)
    _show_checks("", audit, [check for check in EvidenceCheck if check not in beside], persian=persian)
    if beside:
        _show_checks(_words(_BESIDE, persian=persian), audit, beside, persian=persian)
    if audit.facts:
        failed = audit.verdict is Verdict.FAILED
        console.print("\nWhat it says:" if failed else "\nWhat it proves, as far as the checks above passed:")
        for fact in audit.facts:
            console.print(f"  {fact.fa if persian else fact.en}", markup=False, soft_wrap=True)
    if audit.withheld:
        console.print(f"\n{len(audit.withheld)} records are here by digest only: {_counted(audit)}")
    show_anchors(anchors)
    console.print()
    _show_headline(audit, persian=persian)


def _show_headline(audit: EvidenceAudit, *, persian: bool) -> None:
    verdict, said = headline(audit)
    console.print(Text(verdict, style=COLOUR[verdict]), end=" ")
    console.print(f"{shown(audit.file)}: {_words(said, persian=persian)}", markup=False, soft_wrap=True)


def _show_notice(audit: EvidenceAudit, answer: Answer, *, alone: bool, persian: bool) -> None:
    said = "" if alone else f": {_words(answer.said, persian=persian)}"
    console.print(f"\n{answer.reference}{said}", markup=False, soft_wrap=True)
    for check in answer.doubts:
        console.print(f"  {_words(_BECAUSE, persian=persian)} {check}", markup=False, soft_wrap=True)
    fields, tracking = audit.fields.get(answer.reference, {}), audit.tracking.get(answer.reference, [])
    rows = Particulars(fields=fields, tracking=tracking).rows()
    if answer.service is not None and answer.verdict is not Verdict.FAILED:
        rows.append((_RULE, RULES[answer.service.rule]))
    for label, value in rows:
        told = shown(_words(value, persian=persian))
        console.print(f"  {_words(label, persian=persian)}: {told}", markup=False, soft_wrap=True)


def _show_checks(title: str, audit: EvidenceAudit, checks: Sequence[EvidenceCheck], *, persian: bool) -> None:
    rows = table(title, "check", "verdict", "what it asks")
    for check in checks:
        verdict = audit.verdict_of(check)
        rows.add_row(check, Text(verdict, style=COLOUR[verdict]), _words(RECIPE[check].asks, persian=persian))
    console.print(rows)
    for finding in audit.findings:
        if finding.check in checks:
            console.print(f"[{COLOUR[finding.verdict]}]{finding.verdict}[/] ", end="")
            where = f"{finding.check}: {finding.subject}: {finding.reason}"
            console.print(where, markup=False, soft_wrap=True)


def _words(said: Words, *, persian: bool) -> str:
    return said.fa if persian else said.en


def _counted(audit: EvidenceAudit) -> str:
    counted = Counter(audit.withheld.values())
    return ", ".join(f"{number} {_WITHHELD[why]}" for why, number in sorted(counted.items()))


_RULE = Words(en="Under", fa="به موجب")
_BECAUSE = Words(en="because of check", fa="به علت بررسی")
_BESIDE = Words(en="Beside it; the answer does not rest on these", fa="بررسی‌های جنبی؛ نتیجه بر این‌ها استوار نیست")
_WITHHELD = {
    Withheld.OTHERS: "that also carried notices of others",
    Withheld.WORDS: "acts of persons",
    Withheld.REFUSED: "that are not believed",
    Withheld.CONFIGURATION: "of configurations",
    Withheld.DELETED: "deleted under a rule of retention",
    Withheld.DAMAGED: "damaged in the gateway's store",
}


def told(audit: EvidenceAudit, anchors: list[str]) -> dict[str, Any]:
    """Return the result as JSON values for programs."""
    return {
        "file": audit.file,
        "verdict": audit.verdict,
        "verdicts": {check.value: verdict.value for check, verdict in audit.verdicts.items()},
        "asks": {check.value: {"en": step.asks.en, "fa": step.asks.fa} for check, step in RECIPE.items()},
        "passed": {check.value: audit.passed[check] for check in EvidenceCheck},
        "findings": [
            {"check": f.check, "verdict": f.verdict, "subject": f.subject, "reason": f.reason} for f in audit.findings
        ],
        "answer": _answer_as_json(*headline(audit)),
        "answers": [
            {
                "reference": each.reference,
                **_answer_as_json(each.verdict, each.said),
                "service": told_service(each.service),
                "arrival_known": each.service is not None and each.service.arrival_known,
                "doubts": list(each.doubts),
                "notice": dict(audit.fields.get(each.reference, {})),
                "tracking_numbers": audit.tracking.get(each.reference, []),
                "paper": paper_name(each.reference) if each.reference in audit.papers else None,
            }
            for each in answers(audit)
        ],
        "beside": [check for check in EvidenceCheck if is_beside(audit, check)],
        "notices": [notice.reference for notice in audit.index.notices] if audit.index else [],
        "case": audit.index.case if audit.index else None,
        "facts": [{"en": fact.en, "fa": fact.fa} for fact in audit.facts],
        "withheld": dict(sorted(audit.withheld.items())),
        "trusted": anchors,
    }


def _answer_as_json(verdict: Verdict, said: Words) -> dict[str, str]:
    return {"verdict": verdict.value, "en": said.en, "fa": said.fa}
