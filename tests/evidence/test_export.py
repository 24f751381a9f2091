"""An evidence file holds its notices' records and nothing else, and it verifies."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
from lxml import html

from adapters.storage.sql_store import SqlStore
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.archive.timestamping import InOrder
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import MANIFEST, SIGNATURES
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.merkle.tiles import Tiles
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.legal_effect import RULE, RULES
from gateway.operations.effective_configuration import Configuration, record
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from gateway.store.stored import EvidenceRow
from tests.archive.recorder import reference
from tests.databases import sqlite_file

from .notice_recorder import ACCOUNT, CASE, MAPPING, OTHER_CASE, REASON, NoticeRecorder, paper, subject

UNJUDGED = {EvidenceCheck.REVOCATION, EvidenceCheck.MESSAGES}
"""Nobody has revocation lists here, and messages carried others' notices."""


def contents(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def verdicts(path: Path, recorder: NoticeRecorder) -> dict[EvidenceCheck, Verdict]:
    return dict(verify_file(path, recorder.trust).verdicts)


def test_an_evidence_file_verifies(exported: Path, recorder: NoticeRecorder) -> None:
    audit = verify_file(exported, recorder.trust)
    assert {check for check, verdict in audit.verdicts.items() if verdict is not Verdict.PASSED} == UNJUDGED, (
        audit.findings
    )
    assert {finding.verdict for finding in audit.findings} == {Verdict.INDETERMINATE}
    assert any("ContentConsignment" in fact.en and "وصول" in fact.fa for fact in audit.facts)


def test_it_is_a_container_that_any_tool_knows(exported: Path) -> None:
    octets = exported.read_bytes()
    assert octets[30:38] == b"mimetype"
    assert octets[38:69] == b"application/vnd.etsi.asic-e+zip"
    with ZipFile(exported) as file:
        assert file.infolist()[0].compress_type == ZIP_STORED
    assert exported.stat().st_mode & 0o777 == 0o600


def test_what_it_holds(exported: Path, recorder: NoticeRecorder) -> None:
    found = contents(exported)
    one = reference(1)
    seal = found[f"notices/{one}/notice.xml"]
    assert base64.b64encode(paper(1)) in seal
    assert len([name for name in found if name.startswith(f"notices/{one}/receipt-")]) == 2
    assert MAPPING in found.values()
    reported = json.loads(found["evidence.json"])
    assert [each["withheld"] for each in reported["records"] if each["withheld"]] == [
        "OTHERS",
        "OTHERS",
        "WORDS",
        "REFUSED",
    ]


def test_the_paper_is_a_file_of_its_own_and_the_very_octets_that_were_sealed(exported: Path, case: Path) -> None:
    assert contents(exported)[f"notices/{reference(1)}/paper.pdf"] == paper(1)
    assert [contents(case)[f"notices/{reference(number)}/paper.pdf"] for number in (1, 2)] == [paper(1), paper(2)]
    assert b'full-path="notices/' + reference(1).encode() + b'/paper.pdf"' in contents(exported)[MANIFEST]


PARTICULARS = {
    "fa": {
        "مخاطب": "شهروند (نمونه)",
        "کد ملی": "۹۹۹۰۰۰۰۰۰۰",
        "مرجع صادرکننده": "کمیسیون ماده صد – منطقه ۶",
        "نوع ابلاغیه": "ابلاغ رأی",
        "شماره پرونده": "۱۴۰۴/۱۲۳",
        "شماره برگه": "۷",
        "تاریخ صدور": "۱۴۰۴/۱۱/۱۴",
        "شماره رهگیری قوه قضاییه": "T1",
        "متن برگه": "paper.pdf",
    },
    "en": {
        "Recipient": "شهروند (نمونه)",
        "National ID": "9990000000",
        "Issuing body": "کمیسیون ماده صد – منطقه ۶",
        "Kind of notice": "Ruling",
        "Case number": "۱۴۰۴/۱۲۳",
        "Paper number": "7",
        "Issued on": "2026-02-03 (1404/11/14)",
        "Tracking number of the judiciary": "T1",
        "Paper": "paper.pdf",
    },
}


@pytest.mark.parametrize("language", PARTICULARS)
def test_the_page_names_what_was_served_on_whom(exported: Path, language: str) -> None:
    page = html.document_fromstring(contents(exported)[f"timeline.{language}.html"])
    reported = {term.text_content(): term.getnext().text_content() for term in page.xpath("//dt")}
    assert {label: reported.get(label) for label in PARTICULARS[language]} == PARTICULARS[language]
    assert page.xpath(f"//a[@href='notices/{reference(1)}/paper.pdf']")


def test_the_page_names_the_rule_by_its_title_and_never_by_its_code(exported: Path) -> None:
    for language, title in (("fa", RULES[RULE].fa), ("en", RULES[RULE].en)):
        page = contents(exported)[f"timeline.{language}.html"].decode()
        assert title in page
        assert RULE not in page
    assert RULES[RULE].fa == "ماده ۱۳ آیین‌نامه نحوه استفاده از سامانه‌های رایانه‌ای یا مخابراتی، ۱۳۹۵"
    assert json.loads(contents(exported)["timeline.json"])["notices"][0]["service"]["rule"] == RULE


def test_nothing_of_another_person_goes_in(exported: Path, case: Path) -> None:
    def assert_not_in(path: Path, *numbers: int) -> None:
        for name, octets in contents(path).items():
            for number in numbers:
                for mark in (reference(number), subject(number), paper(number).decode(), f"T{number}<"):
                    assert mark.encode() not in octets, name
                assert base64.b64encode(paper(number)) not in octets, name

    assert_not_in(exported, 2, 3, 4)
    assert_not_in(case, 3, 4)
    assert reference(2).encode() in contents(case)["evidence.json"]


@pytest.mark.parametrize("words", [ACCOUNT, REASON, "of a stranger"])
def test_no_words_of_persons_go_in(exported: Path, words: str) -> None:
    assert all(words.encode() not in octets for octets in contents(exported).values())


def test_a_message_that_carried_none_but_this_notice_goes_in(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = tmp_path / "four.asice"
    made = recorder.export(path, 4)
    messages = {name: octets for name, octets in contents(path).items() if name.startswith("messages/")}
    assert len(messages) == 2
    assert made.withheld == 0
    assert verdicts(path, recorder)[EvidenceCheck.MESSAGES] is Verdict.PASSED


def test_a_case_is_all_its_notices(case: Path, recorder: NoticeRecorder) -> None:
    audit = verify_file(case, recorder.trust)
    assert audit.index is not None
    assert (audit.index.case, [each.reference for each in audit.index.notices]) == (CASE, [reference(1), reference(2)])
    assert audit.verdict is Verdict.INDETERMINATE
    found = contents(case)
    assert [each["reference"] for each in json.loads(found["timeline.json"])["notices"]] == [reference(1), reference(2)]


def test_the_same_export_is_the_same_file_but_for_its_signature(
    recorder: NoticeRecorder, exported: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.asice"
    recorder.export(again, 1)
    first, second = contents(exported), contents(again)
    assert list(first) == list(second)
    assert [name for name in first if first[name] != second[name]] == [SIGNATURES]


def test_a_file_that_is_there_stays(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = tmp_path / "there"
    path.write_text("mine")
    with pytest.raises(GatewayError) as refused:
        recorder.export(path, 1)
    assert refused.value.code == "evidence.file"
    assert path.read_text() == "mine"


def test_a_link_beside_the_file_is_not_followed(recorder: NoticeRecorder, tmp_path: Path) -> None:
    (tmp_path / "of-others").write_bytes(b"")
    (tmp_path / "e.asice.partial").symlink_to(tmp_path / "of-others")
    with pytest.raises(GatewayError) as refused:
        recorder.export(tmp_path / "e.asice", 1)
    assert refused.value.code == "evidence.file"
    assert (tmp_path / "of-others").read_bytes() == b""


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"number": 9}, "evidence.unknown"), ({"case": "1404-7"}, "evidence.unknown"),
     ({"case": OTHER_CASE, "body": "article-77"}, "evidence.unknown")],
)  # fmt: skip
def test_what_is_not_there_is_told(recorder: NoticeRecorder, tmp_path: Path, asked: dict, code: str) -> None:
    with pytest.raises(GatewayError) as refused:
        recorder.export(tmp_path / "none.asice", **asked)
    assert refused.value.code == code
    assert not list(tmp_path.iterdir())


@pytest.fixture
def young(pki: Path, tmp_path: Path) -> Iterator[NoticeRecorder]:
    """A recorder with one notice, which was just sealed."""
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        recorder = NoticeRecorder(pki, store, tmp_path / "archive", now=datetime.now(UTC))
        recorder.admit(1)
        yield recorder


def test_what_has_no_place_in_the_archive_yet_is_told(young: NoticeRecorder, tmp_path: Path) -> None:
    for step in (lambda: None, lambda: young.store.log.place(9)):
        step()
        with pytest.raises(GatewayError) as refused:
            young.export(tmp_path / "early.asice", 1)
        assert refused.value.code == "evidence.not-archived"
    young.archive()
    assert young.export(tmp_path / "now.asice", 1).stamped
    audit = verify_file(tmp_path / "now.asice", young.trust)
    assert audit.verdicts[EvidenceCheck.RECEIPTS] is Verdict.INDETERMINATE, "nothing came yet"
    assert audit.verdicts[EvidenceCheck.TIMELINE] is Verdict.PASSED


def test_the_first_checkpoint_with_a_time_stamp_is_taken(young: NoticeRecorder, tmp_path: Path) -> None:
    log = young.store.log
    log.place(9)
    log.keep(StoredCheckpoint(size=1, note=young.notes.sign(1, Tiles(1, log.tile).root()), made_at=young.now))
    assert not young.export(tmp_path / "bare.asice", 1).stamped
    assert verify_file(tmp_path / "bare.asice", young.trust).verdicts[EvidenceCheck.TIME] is Verdict.INDETERMINATE
    for number in (2, 3):
        young.admit(number)
        young.archive()
    assert [each.token is not None for each in log.checkpoints(0, 9)] == [False, True, True]
    assert young.export(tmp_path / "stamped.asice", 1).size == 2


def test_without_an_authority_there_is_no_file(young: NoticeRecorder, tmp_path: Path) -> None:
    young.archive()
    path = tmp_path / "none.asice"
    with pytest.raises(GatewayError) as refused:
        replace(young.writer(path), authority=InOrder([])).write([], young.now)
    assert refused.value.code == "time.no-authority"
    assert not path.exists()


def test_the_timeline_names_the_configuration_under_which_each_step_happened(
    young: NoticeRecorder, tmp_path: Path
) -> None:
    def configure(**values: str) -> str:
        configuration = Configuration.of({"bodies": "", **values})
        record(young.store, configuration, young.now, "town", "1")
        young.now += timedelta(seconds=1)
        return configuration.digest

    configure(endpoint="before its life, and not in force any more")
    in_force = configure(endpoint="one")
    seals = [young.admit(2)]
    young.send(seals, "urn:uuid:0000-two")
    changed = configure(endpoint="two")
    young.hear(2, DeliveryEvent.CONTENT_CONSIGNMENT)
    young.hear(2, DeliveryEvent.CONTENT_HANDOVER)
    configure(endpoint="after its end")
    young.archive()
    path = tmp_path / "two.asice"
    young.export(path, 2)
    [reported] = json.loads(contents(path)["timeline.json"])["notices"]
    elements = [each for each in reported["elements"] if each["event"] == "ConfigurationChanged"]
    assert [each["detail"] for each in elements] == [f"{in_force}: endpoint", f"{changed}: endpoint"]
    events = [each["event"] for each in reported["elements"]]
    assert events[0] == "ConfigurationChanged"
    # What the receipts say happened a second earlier than we learned of it.
    assert (
        events.index("SubmissionAcceptance") < events.index("ConfigurationChanged", 1) < events.index("ContentHandover")
    )
    audit = verify_file(path, young.trust)
    for check in (EvidenceCheck.RECORDS, EvidenceCheck.INCLUSION, EvidenceCheck.TIMELINE):
        assert audit.verdicts[check] is Verdict.PASSED, audit.findings
    assert "CONFIGURATION" in {str(why) for why in audit.withheld.values()}


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_FILES"])
def test_what_nobody_would_read_is_not_written(
    recorder: NoticeRecorder, tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"adapters.evidence.asice.{limit}", 20)
    with pytest.raises(GatewayError) as refused:
        recorder.export(tmp_path / "large.asice", 1)
    assert refused.value.code == "evidence.too-large"
    assert not list(tmp_path.iterdir())


def test_a_damaged_notice_is_left_out_of_its_case_and_named(
    recorder: NoticeRecorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence, of_notice = recorder.store.evidence, recorder.store.evidence.of_notice

    def damaged(wanted: str) -> list[EvidenceRow]:
        rows = of_notice(wanted)
        return [replace(rows[0], header=b"{}"), *rows[1:]] if wanted in broken else rows

    monkeypatch.setattr(evidence, "of_notice", damaged)
    broken = {reference(1)}
    made = recorder.export(tmp_path / "case.asice", case=CASE)
    assert made.notices == 1
    [error] = made.damaged
    assert (error.code, error.where) == ("evidence.damaged", reference(1))
    assert of_notice(reference(1))[0].id in error.detail
    audit = verify_file(tmp_path / "case.asice", recorder.trust)
    assert audit.index is not None
    assert [each.reference for each in audit.index.notices] == [reference(2)]
    broken = {reference(1), reference(2)}
    with pytest.raises(GatewayError) as refused:
        recorder.export(tmp_path / "none.asice", case=CASE)
    assert refused.value.code == "evidence.damaged"
    assert reference(1) in refused.value.where
    assert reference(2) in refused.value.where
    assert not (tmp_path / "none.asice").exists()
