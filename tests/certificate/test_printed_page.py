"""The printed certificate: its text as other programs read it, its tags, its pages and its code."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pikepdf
import pytest

from adapters.certificate.printed_page import LEAST_SIDE, MODULE, printed_page
from gateway.certificate.certificate_text import PrintedCertificate
from gateway.certificate.certificate_words import NO_DEADLINE, NO_DEADLINE_BEFORE_SERVICE, page_words, statement
from gateway.certificate.notice_standing import Standing
from gateway.evidence.particulars import Particulars
from gateway.legal.rules import STARTS, Starts
from gateway.notice.legal_effect import (
    DEADLINE_OTHERWISE,
    NO_DEADLINE_KNOWN,
    NO_RECEIPT_OF_ARRIVAL,
    Effect,
    ServiceDate,
    persian_digits,
    service,
)
from gateway.notice.text import fold
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from tests.certificate.samples import AT, FIELDS, FINGERPRINT, PERSON, STEPS, certificate, deadline, printed
from tests.debian import needs

LONG_NAME = "شرکت تعاونی مسکن کارکنان سازمان مدیریت و برنامه‌ریزی استان تهران (سهامی خاص) " * 3

needs_poppler = needs("poppler-utils")


def pdf(made: PrintedCertificate, fields: Mapping[str, str] = FIELDS) -> bytes:
    return printed_page(made, Particulars(fields=fields), FINGERPRINT)


@pytest.fixture(scope="module")
def actual() -> bytes:
    return pdf(printed(certificate()))


@pytest.fixture(scope="module")
def long() -> bytes:
    """A certificate with a long name, a subject that is markup, and a derivation of 24 steps."""
    fields = FIELDS | {"Recipient/Name": LONG_NAME.strip(), "Paper/Subject": "#eval(1) $x$ *رأی* <b> /* @label"}
    return pdf(printed(certificate(deadline=deadline(6)), 27), fields)


def words(octets: bytes) -> list[str]:
    """Return the words that pdftotext reads, folded. It marks directions, and reads a ligature's letters backwards."""
    found = subprocess.run(["pdftotext", "-enc", "UTF-8", "-", "-"], input=octets, capture_output=True, check=True)
    return fold(re.sub("[\u200e\u200f\u202a-\u202e]", " ", found.stdout.decode())).split()


def as_read(text: str) -> list[str]:
    return [re.sub("ل(ا)", r"\1ل", word) for word in fold(text).split()]


@needs_poppler
def test_pdftotext_finds_every_word_of_the_page(actual: bytes, long: bytes) -> None:
    for octets, made in ((actual, certificate()), (long, certificate(deadline=deadline(6)))):
        found = "".join(words(octets))
        for text in (statement(made), PERSON[0].split()[0] if octets is actual else LONG_NAME, made.notice):
            for word in as_read(text):
                assert word.strip("():،؛.") in found, word
    found = "".join(words(actual))
    for value in (*(fold(each) for each in PERSON[1:]), "1404/6/1187", "1404/11/11", "1404/11/08"):
        assert value in found
    for word in as_read(NO_DEADLINE.fa):
        assert word.strip("؛.") in found
    derived = "".join(words(long))
    for step in STEPS:
        for word in as_read(step):
            assert word.strip("():،؛.") in derived


@needs_poppler
def test_letters_stand_in_their_order(actual: bytes) -> None:
    found = words(actual)
    for word in ("گواهی", "الکترونیکی", "شهرداری", "رضایی", "ساختمانی", "قانون"):
        assert word in found
    assert not {each[::-1] for each in ("گواهی", "شهرداری", "قانون")} & set(found)


@needs_poppler
def test_no_text_of_a_notice_is_markup(long: bytes) -> None:
    found = "".join(words(long))
    assert "eval" in found
    assert "label" in found
    # Marks beside Persian are read in another order.
    assert (found.count("$"), found.count("*")) == (2, 3)


def test_the_file_is_tagged_persian(actual: bytes) -> None:
    with pikepdf.open(io.BytesIO(actual)) as file:
        assert file.Root.MarkInfo.Marked
        assert str(file.Root.Lang).startswith("fa")
        assert file.Root.ViewerPreferences.DisplayDocTitle
        with file.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == "گواهی ابلاغ الکترونیکی"
        tags = [*_tags(file.Root.StructTreeRoot)]
        assert {"/Document", "/Table", "/TR", "/TH", "/TD", "/P", "/Figure"} <= set(tags)
        assert tags.count("/Figure") == 1
        assert sum(tag.startswith("/H") for tag in tags) >= 5
        [figure] = [each for each in _elements(file.Root.StructTreeRoot) if each.get("/S") == "/Figure"]
        assert "رمزینه" in str(figure.Alt)


def _elements(node: pikepdf.Object) -> Iterator[pikepdf.Object]:
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from _elements(each)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from _elements(node.K)


def _tags(node: pikepdf.Object) -> Iterator[str]:
    return (str(each.S) for each in _elements(node))


def test_a_usual_certificate_is_one_page_and_a_long_one_goes_on(actual: bytes, long: bytes) -> None:
    with pikepdf.open(io.BytesIO(actual)) as short, pikepdf.open(io.BytesIO(long)) as file:
        assert len(short.pages) == 1
        assert len(file.pages) == 2


def test_equal_arguments_give_equal_octets(actual: bytes) -> None:
    assert pdf(printed(certificate())) == actual


def test_a_sign_that_the_font_lacks_is_an_error_without_the_text() -> None:
    with pytest.raises(GatewayError) as refused:
        pdf(printed(certificate()), FIELDS | {"Recipient/Name": "علی 漢"})
    assert refused.value.code == "certificate.print"
    assert "漢" not in str(refused.value)
    assert "علی" not in str(refused.value)


def test_the_certificate_says_that_no_rule_is_confirmed() -> None:
    particulars = Particulars(fields=FIELDS)
    told = page_words(printed(certificate()), particulars, FINGERPRINT)["deadline"]
    assert (told["text"], told["steps"]) == (NO_DEADLINE.fa, [])
    unserved = certificate(service=None, viewed_at=None)
    told = page_words(printed(unserved), particulars, FINGERPRINT)["deadline"]
    assert told["text"] == NO_DEADLINE_BEFORE_SERVICE.fa
    told = page_words(printed(certificate(deadline=deadline())), particulars, FINGERPRINT)["deadline"]
    assert f"برای مخاطب مقیم ایران، {persian_digits('1404/11/23')} است" in told["text"]
    assert told["steps"] == list(STEPS)


def test_without_a_receipt_of_arrival_neither_service_nor_its_absence_is_stated() -> None:
    unknown, particulars = certificate(service=None, delivered_at=None, viewed_at=None), Particulars(fields=FIELDS)
    told = page_words(printed(unknown), particulars, FINGERPRINT)
    assert "رسید وصول این ابلاغیه به حساب کاربری مخاطب را دریافت نکرده است" in told["statement"]
    assert told["deadline"]["text"] == NO_DEADLINE_KNOWN.fa
    assert ("نوع ابلاغ", f"نامعلوم؛ {NO_RECEIPT_OF_ARRIVAL.fa}") in rows_of(told)
    other = page_words(printed(unknown), particulars, FINGERPRINT, standing=Standing(other_channel=True))
    assert "ابلاغ الکترونیک این ابلاغیه پایان یافته است" in other["statement"]
    assert "تاریخ آن ابلاغ در درگاه ثبت نیست" in other["statement"]
    assert other["deadline"]["text"] == DEADLINE_OTHERWISE.fa
    assert ("نوع ابلاغ", "نامعلوم؛ ابلاغ الکترونیک پایان یافته است") in rows_of(other)
    for page in (told, other):
        assert "ابلاغ انجام نشده" not in str(page)
        assert "ابلاغ نشده" not in str(page)
        assert "مهلتی آغاز نشده" not in str(page)


def rows_of(page: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(row["label"], row["value"]) for row in page["when"]["rows"]]


def test_a_receipt_in_quarantine_is_told_of() -> None:
    for made in (certificate(service=None, delivered_at=None, viewed_at=None), certificate()):
        said = statement(made, Standing(quarantined=True))
        assert said.startswith(statement(made))
        assert "در قرنطینه درگاه است" in said
        assert "قرنطینه" not in statement(made)


def test_a_viewing_is_that_of_the_account() -> None:
    """Nothing tells who looked at it (docs/audit/evidence-file.md)."""
    said = statement(certificate())
    assert "به موجب رسید رؤیت، ابلاغیه در حساب کاربری مخاطب گشوده شده است" in said
    assert "مخاطب آن را" not in said


def test_a_last_day_says_of_which_deadline_it_is() -> None:
    rule = "article-77/ruling/court-complaint@1403-01-01 sha256:0123456789abcdef0123"
    particulars = Particulars(fields=FIELDS)

    def text(**changes: object) -> str:
        made = printed(certificate(deadline=replace(deadline(), rule=rule, **changes)))
        return str(page_words(made, particulars, FINGERPRINT)["deadline"]["text"])

    assert text().startswith("آخرین روز مهلت شکایت در دیوان عدالت اداری برای مخاطب مقیم ایران، ")
    assert "دیگر" not in text()
    assert text(others=[STARTS[Starts.COMPLIANCE]]).endswith(
        " این ابلاغیه مهلت دیگری نیز آغاز می‌کند (مهلت اجرا) که ممکن است دیرتر پایان یابد."
    )
    assert text(others=[STARTS[Starts.COMPLIANCE], STARTS[Starts.REPLY]]).endswith(
        " این ابلاغیه مهلت‌های دیگری نیز آغاز می‌کند (مهلت اجرا، مهلت پاسخ) که ممکن است دیرتر پایان یابند."
    )


def test_effects_are_told_apart() -> None:
    said = {
        statement(certificate()),
        statement(certificate(service=None)),
        statement(certificate(viewed_at=None, service=service(AT, None))),
    }
    assert len(said) == 3
    assert "قانونی" in statement(certificate(service=service(AT, None)))


def test_a_date_of_service_without_a_receipt_of_arrival_is_the_latest_possible_one() -> None:
    for viewed in (AT, None):
        made = certificate(
            delivered_at=None, viewed_at=viewed, legal_service_at=AT, service=service(None, viewed, AT), deadline=None
        )
        day = persian_digits("1404/11/14")
        assert f"حداکثر تا تاریخ {day}" in statement(made)
        assert "رسید وصول آن دریافت نشده است" in statement(made)
        rows = page_words(printed(made), Particulars(fields=FIELDS), FINGERPRINT)["when"]["rows"]
        assert ("تاریخ ابلاغ، حداکثر تا", day) in [(row["label"], row["value"]) for row in rows]
    assert "حداکثر" not in statement(certificate())


def test_a_notice_that_arrived_and_is_not_served_yet_is_said_to_have_arrived() -> None:
    """By a rule under which arrival alone is no service, the paper must not deny the arrival that it lists."""
    said = statement(certificate(service=None, viewed_at=None))
    assert f"در تاریخ {persian_digits('1404/11/11')} به حساب کاربری مخاطب واصل شده است" in said
    assert "ابلاغ انجام نشده است" in said
    assert "ثبت نشده" not in said
    assert "واصل شده است" not in statement(certificate(service=None, delivered_at=None, viewed_at=None))


def test_a_rule_of_service_is_printed_by_its_title() -> None:
    own = ServiceDate(date="1404-11-11", effect=Effect.ACTUAL, rule="refusal-1405")
    made, particulars = printed(certificate(service=own)), Particulars(fields=FIELDS)
    title = Words(en="Refusal", fa="آیین‌نامه استنکاف")
    for rules, value in (({own.rule: title}, title.fa), ({}, own.rule)):
        rows = page_words(made, particulars, FINGERPRINT, rules)["when"]["rows"]
        assert ("به موجب", value) in [(row["label"], row["value"]) for row in rows]


def test_a_code_is_large_enough_to_be_scanned() -> None:
    assert LEAST_SIDE >= 65
    assert MODULE >= 0.5


def test_a_usual_certificate_with_its_deadline_is_one_page_whose_sentences_have_no_code() -> None:
    made = printed(certificate(deadline=deadline()))
    with pikepdf.open(io.BytesIO(pdf(made))) as opened:
        assert len(opened.pages) == 1
    told = page_words(made, Particulars(fields=FIELDS), FINGERPRINT)
    sentences = [told["statement"], told["deadline"]["text"], *told["deadline"]["steps"], *told["check"]["paragraphs"]]
    assert not any(re.search("[0-9A-Za-z]", each) for each in sentences)
    assert [row["value"] for row in told["deadline"]["rows"]] == [deadline().rule, deadline().calendar]
