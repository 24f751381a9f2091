"""The report for a lawyer: every check with its verdict, in both languages, and nothing of the file as markup."""

from __future__ import annotations

from pathlib import Path

from lxml import html

from adapters.verifier.evidence_file import verify_file
from adapters.verifier.evidence_page import report_page
from gateway.evidence_audit import EvidenceAudit
from gateway.evidence_recipe import RECIPE, EvidenceCheck
from gateway.recipe import Verdict

from .town import Town


def test_a_report_tells_every_check(exported: Path, town: Town) -> None:
    audit = verify_file(exported, town.trust)
    page = html.document_fromstring(report_page(audit, ["a fingerprint"]))
    rows = page.xpath("//tr")
    assert [row[0].text for row in rows][:3] == ["۱", "۲", "۳"]
    for row, check in zip(rows, EvidenceCheck, strict=True):
        assert row[1].xpath("string(span)") == audit.verdict_of(check)
        assert RECIPE[check].asks_fa in row[2].text
        assert RECIPE[check].asks in row[2].xpath("string(span)")
    text = page.text_content()
    assert all(finding.reason in text for finding in audit.findings)
    assert all(fact.fa in text and fact.en in text for fact in audit.facts)
    assert "a fingerprint" in text
    assert page.get("dir") == "rtl"


def test_what_a_file_says_is_no_markup() -> None:
    audit = EvidenceAudit(file="<script>x</script>")
    audit.add(EvidenceCheck.RECORDS, "<img src=x onerror=y>", "a\x00b\x1b[31m\u202egnp")
    audit.tell("<b>{whose}</b>", "<b>{whose}</b>", whose="trust\u202e me {notice}")
    octets = report_page(audit, ["<i>"])
    page = html.document_fromstring(octets)
    assert not page.xpath("//script | //img | //b | //i | //@onerror | //link | //@src")
    assert "<b>\u2068trust me {notice}\u2069</b>" in page.text_content()
    assert not {"\x00", "\x1b", "\u202e"} & set(octets.decode())
    assert audit.verdict is Verdict.FAILED
