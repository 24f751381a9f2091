"""The report for a lawyer: every check with its verdict, in both languages, and nothing of the file as markup."""

from __future__ import annotations

import shutil
from pathlib import Path

from cryptography import x509
from lxml import html

from adapters.verifier.evidence.evidence_page import report_page
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_answer import answers, headline, is_beside
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import BESIDE, RECIPE, EvidenceCheck
from gateway.notice.legal_effect import RULE, RULES, Effect
from gateway.runtime.verdict import Verdict
from tests.archive.recorder import reference

from .authorities import Authorities
from .forge import change
from .notice_recorder import CASE, NoticeRecorder, subject


def test_a_report_tells_every_check(exported: Path, recorder: NoticeRecorder) -> None:
    audit = verify_file(exported, recorder.trust)
    page = html.document_fromstring(report_page(audit, ["a fingerprint"]))
    rows = page.xpath("//tr")
    assert [row[0].text for row in rows][:3] == ["۱", "۲", "۳"]
    shown = [*(check for check in EvidenceCheck if check not in BESIDE), *BESIDE]
    for row, check in zip(rows, shown, strict=True):
        assert row[1].xpath("string(span)") == audit.verdict_of(check)
        assert RECIPE[check].asks.fa in row[2].text
        assert RECIPE[check].asks.en in row[2].xpath("string(span)")
    text = page.text_content()
    assert all(finding.reason in text for finding in audit.findings)
    assert all(fact.fa in text and fact.en in text for fact in audit.facts)
    assert "a fingerprint" in text
    assert page.get("dir") == "rtl"


def without(lists: list[bytes], *names: str) -> list[bytes]:
    """The revocation lists but those of authorities of these names."""
    issuers = [x509.load_der_x509_crl(each).issuer.rfc4514_string() for each in lists]
    kept = [each for each, issuer in zip(lists, issuers, strict=True) if not any(name in issuer for name in names)]
    assert len(kept) < len(lists)
    return kept


def report_of(
    recorder: NoticeRecorder, path: Path, number: int, lists: list[bytes]
) -> tuple[EvidenceAudit, html.HtmlElement]:
    recorder.export(path, number, lists=lists, lists_for=lambda _chain, _at: lists)
    audit = verify_file(path, recorder.trust)
    return audit, html.document_fromstring(report_page(audit, []))


def banner(page: html.HtmlElement) -> str:
    [found] = page.xpath("//div[contains(@class, 'whole')]")
    return " ".join(found.text_content().split())


def test_a_genuine_file_is_headed_by_the_answer_and_not_by_its_side_checks(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    lists = without(known.lists(recorder.now), "Time Stamping")
    audit, page = report_of(recorder, tmp_path / "one.asice", 1, lists)
    assert audit.verdict is Verdict.INDETERMINATE, "shared messages, and no lists of the time authority"
    verdict, said = headline(audit)
    [answer] = answers(audit)
    assert answer.service is not None
    assert verdict is answer.verdict is Verdict.PASSED
    assert said.fa == f"ابلاغ در تاریخ {answer.service.day.fa}، ابلاغ واقعی: احراز شد."
    assert said.en == f"Served on {answer.service.day.en}, actual service: established."
    assert banner(page).startswith(f"تأیید شد: {said.fa}")
    assert "نامعلوم" not in page.text_content()
    main, beside = page.xpath("//table")
    assert [row[0].text for row in beside.iter("tr")] == ["۱۲", "۱۳"]
    assert {row[1].xpath("string(span)") for row in main.iter("tr")} == {"PASSED"}


def test_arrival_alone_is_answered_as_legal_service(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    audit, page = report_of(recorder, tmp_path / "four.asice", 4, known.lists(recorder.now))
    assert headline(audit)[0] is Verdict.PASSED
    assert "ابلاغ قانونی (رسیدی از رؤیت در پرونده نیست): احراز شد." in banner(page)


def test_a_doubt_about_who_signed_the_receipts_is_no_side_check(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    audit, page = report_of(recorder, tmp_path / "one.asice", 1, without(known.lists(recorder.now), "Judiciary"))
    [answer] = answers(audit)
    assert (headline(audit)[0], answer.doubts) == (Verdict.INDETERMINATE, (EvidenceCheck.REVOCATION,))
    assert not is_beside(audit, EvidenceCheck.REVOCATION)
    assert banner(page).startswith("قابل احراز نیست: به موجب این پرونده")
    assert "۱۳ ابطال گواهی‌ها" in page.text_content()


def test_without_a_pin_of_the_receipts_signer_nothing_is_established(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    lists, path = known.lists(recorder.now), tmp_path / "one.asice"
    recorder.export(path, 1, lists=lists, lists_for=lambda _chain, _at: lists)
    trust = Path(shutil.copytree(recorder.trust, tmp_path / "trust"))
    for pin in trust.glob("receipts-*.pem"):
        pin.unlink()
    audit = verify_file(path, trust)
    assert headline(audit)[0] is Verdict.INDETERMINATE
    assert EvidenceCheck.RECEIPTS in answers(audit)[0].doubts


def test_a_file_of_which_something_fails_answers_nothing(
    exported: Path, recorder: NoticeRecorder, tmp_path: Path
) -> None:
    path = Path(shutil.copy(exported, tmp_path / "notice.asice"))
    change(path, lambda found: found.update({"timeline.fa.html": b"another"}))
    audit = verify_file(path, recorder.trust)
    page = html.document_fromstring(report_page(audit, []))
    assert banner(page).startswith("رد شد: دست‌کم یک بررسی رد شد")
    assert "احراز شد" not in page.text_content()


def test_a_case_is_headed_by_a_count_and_answers_for_each_notice(
    recorder: NoticeRecorder, known: Authorities, tmp_path: Path
) -> None:
    lists, path = known.lists(recorder.now), tmp_path / "case.asice"
    recorder.export(path, case=CASE, lists=lists, lists_for=lambda _chain, _at: lists)
    audit = verify_file(path, recorder.trust)
    assert headline(audit)[1].fa == "نتیجه ابلاغ ۲ ابلاغیه؛ احراز شد: ۲."
    effects = [each.service.effect for each in answers(audit) if each.service]
    assert effects == [Effect.ACTUAL, Effect.LEGAL]
    page = html.document_fromstring(report_page(audit, []))
    assert len(page.xpath("//div[contains(@class, 'whole')]")) == 3


def test_the_report_names_what_was_served_on_whom_and_by_which_rule(exported: Path, recorder: NoticeRecorder) -> None:
    octets = report_page(verify_file(exported, recorder.trust), [])
    page = html.document_fromstring(octets)
    reported = {term.text: term.getnext().xpath("string(bdi)") for term in page.xpath("//dt")}
    assert reported == {
        "مخاطب": "شهروند (نمونه)",
        "کد ملی": "۹۹۹۰۰۰۰۰۰۰",
        "مرجع صادرکننده": "کمیسیون ماده صد – منطقه ۶",
        "نوع ابلاغیه": "ابلاغ رأی",
        "موضوع": subject(1),
        "شماره پرونده": "۱۴۰۴/۱۲۳",
        "شماره برگه": "۷",
        "تاریخ صدور": "۱۴۰۴/۱۱/۱۴",
        "شماره رهگیری قوه قضاییه": "T1",
        "به موجب": RULES[RULE].fa,
    }
    assert RULE.encode() not in octets
    assert f"notices/{reference(1)}/paper.pdf" in page.text_content()


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
