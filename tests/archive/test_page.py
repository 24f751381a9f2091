"""The report that a lawyer reads: both languages, from right to left, and whatever a forger wrote stays text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from lxml import html

from adapters.verifier.archive.auditor import audit_archive
from adapters.verifier.archive.page import KINDS, page, write_page
from adapters.verifier.trust.trust_folder import Trust
from gateway.audit.audit import AuditReport
from gateway.audit.audit_recipe import RECIPE, UNPROVEN
from gateway.audit.period import Period
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError

from .defects import record_changed
from .recorder import NOW
from .spoiled import Spoiled


def report_of(folder: Path, pki: Path) -> AuditReport:
    period = Period.of(date(2026, 2, 4), date(2026, 2, 5))
    return audit_archive(folder, pki / "anchors", period=period, workers=1)


def made(report: AuditReport, pki: Path, folder: str = "archive") -> html.HtmlElement:
    octets = page(report, Trust.of(pki / "anchors").fingerprints(), folder, NOW)
    return html.document_fromstring(octets.decode())


def test_it_says_everything_in_both_languages(archived: Path, pki: Path) -> None:
    report = report_of(archived / "archive", pki)
    root = made(report, pki)
    text = " ".join(root.text_content().split())
    assert (root.get("lang"), root.get("dir")) == ("fa", "rtl")
    for step in RECIPE.values():
        assert step.asks.fa in text
        assert step.asks.en in text
    for words in UNPROVEN:
        assert words.fa in text
        assert words.en in text
    assert "هیچ بررسی‌ای رد نشد؛ ۱ بررسی قابل احراز نیست." in text
    assert "۱۴۰۴/۱۱/۱۵ ساعت ۰۰:۰۰:۰۰" in text
    for line in Trust.of(pki / "anchors").fingerprints():
        assert line.split()[-1] in text


def test_it_gives_the_reasons_of_what_failed(spoiled: Path, pki: Path) -> None:
    record_changed(Spoiled(spoiled, pki))
    text = " ".join(made(report_of(spoiled, pki), pki).text_content().split())
    assert "۳ بررسی رد شد" in text
    assert "رکوردی تغییر کرده، یا دو رکورد جابه‌جا شده‌اند" in text
    assert "the records up to 16 have another root than was signed" in text


def test_it_asks_for_nothing_and_runs_nothing(archived: Path, pki: Path) -> None:
    forged = '<script src="https://evil.example/x.js">alert(1)</script><img src=x onerror=alert(1)>'
    root = made(report_of(archived / "archive", pki), pki, folder=forged)
    tags = {element.tag for element in root.iter()}
    assert not tags & {"script", "img", "link", "a", "iframe", "object", "form"}
    names = {name for element in root.iter() for name in element.attrib}
    assert names == {"lang", "dir", "class", "charset", "http-equiv", "content", "name"}
    assert "url(" not in root.findtext("head/style")
    assert forged in root.text_content()


def test_it_is_written_or_that_is_told(archived: Path, pki: Path, tmp_path: Path) -> None:
    report = report_of(archived / "archive", pki)
    write_page(tmp_path / "report.html", report, [], "archive", NOW)
    assert (tmp_path / "report.html").read_bytes().startswith(b"<!DOCTYPE html>")
    with pytest.raises(GatewayError) as refused:
        write_page(tmp_path / "no" / "report.html", report, [], "archive", NOW)
    assert refused.value.code == "archive.report"


def test_each_kind_of_record_has_a_name_in_both_languages() -> None:
    assert set(KINDS) == set(EvidenceKind)
