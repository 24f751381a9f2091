"""A certificate of outages: a record, its fields, and its printed page."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pikepdf
import pytest

from adapters.certificate.printed_page import printed_outages
from adapters.storage.sql_store import SqlStore
from gateway.certificate.outage_certificate import (
    MOST_OUTAGES,
    OutageCertificate,
    PlacedOutages,
    issue_outages,
    placed,
)
from gateway.certificate.outage_words import LIMITS, cause, duration, outage_page_words, statement_of_outages
from gateway.notice.notice import sha256
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.errors import GatewayError
from gateway.store.outage import EndpointOutage, Outages, ServiceGap
from tests.certificate.samples import FINGERPRINT
from tests.conformance.builders import NOW, at
from tests.databases import make_store

HOUR = timedelta(hours=1)
OUTAGES = Outages(
    begin=NOW,
    end=at(days=30),
    measured_since=at(days=-3),
    gaps=(
        ServiceGap(since=at(hours=1), until=at(hours=4, minutes=5)),
        ServiceGap(since=at(days=4), until=at(days=5), restored=True),
        ServiceGap(since=at(days=29), until=None),
    ),
    endpoints=(
        EndpointOutage(
            destination="court",
            since=NOW,
            failed_at=at(hours=2),
            failures=9,
            code="courier.no-answer",
            over_at=at(hours=3),
        ),
    ),
)
CERTIFICATE = OutageCertificate(origin="city", destination="court", issued_at=at(days=31), outages=OUTAGES)
PLACED = PlacedOutages(certificate=CERTIFICATE, digest="sha256:" + "a" * 64, index=5, size=9, log="city.example/log")


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> SqlStore:  # type: ignore[misc]
    url = f"sqlite:///{tmp_path_factory.mktemp('outages') / 'gateway.db'}"
    make_store(url)
    opened = SqlStore.open(url)
    yield opened  # type: ignore[misc]
    opened.close()


def act(reason: str = "درج در پرونده") -> OperatorAction:
    return OperatorAction(name="outages.certify", account="1000 clerk", reason=reason, at=CERTIFICATE.issued_at)


def test_fields_are_read_as_they_were_written() -> None:
    assert OutageCertificate.of(CERTIFICATE.octets) == CERTIFICATE


def test_a_certificate_is_a_record_with_its_purpose(store: SqlStore) -> None:
    id = issue_outages(store, CERTIFICATE, act())
    row = store.evidence.record(id)
    assert row is not None
    header = Header.of(row.header)
    assert (header.kind, header.notice, header.payload_digest) == (
        EvidenceKind.OUTAGE_CERTIFICATE,
        None,
        sha256(CERTIFICATE.octets),
    )
    told = store.evidence.record(f"act:outages.certify:{id}")
    assert told is not None
    assert Header.of(told.header).kind is EvidenceKind.PERSON_ACT
    # A lost answer to the commit: it is one certificate.
    assert issue_outages(store, CERTIFICATE, act()) == id
    with pytest.raises(GatewayError) as refused:
        placed(store.evidence, store.log, id)
    assert refused.value.code == "evidence.not-archived"
    with pytest.raises(GatewayError) as refused:
        placed(store.evidence, store.log, "outages:nothing")
    assert refused.value.code == "certificate.unknown"


def test_none_is_issued_without_a_purpose_or_without_a_bound(store: SqlStore) -> None:
    many = [ServiceGap(since=at(hours=n), until=at(hours=n, minutes=2)) for n in range(MOST_OUTAGES)]
    for made, reason, code in (
        (CERTIFICATE, " ", "act.purpose"),
        (replace(CERTIFICATE, outages=replace(OUTAGES, gaps=many)), "x", "outages.too-many"),
    ):
        with pytest.raises(GatewayError) as refused:
            issue_outages(store, made, act(reason))
        assert refused.value.code == code
        assert store.evidence.record(made.id) is None


def test_the_page_says_what_was_measured_and_what_is_not_proven() -> None:
    words = outage_page_words(PLACED, FINGERPRINT)
    assert "۲ مورد توقف درگاه و ۱ مورد" in words["statement"]
    gaps, endpoints = (each["rows"] for each in words["tables"])
    assert gaps[0][2] == "۳ ساعت و ۵ دقیقه"
    assert "اثبات نمی‌شود" in gaps[1][3]
    assert "پایان نیافته" in gaps[2][1]
    assert endpoints[0][3].startswith("۹ درخواست؛ ")
    assert words["limits"]["items"] == [each.fa for each in LIMITS]


def test_a_time_that_was_not_measured_is_said_to_be_none() -> None:
    nothing = replace(OUTAGES, measured_since=None, gaps=(), endpoints=())
    for outages in (nothing, replace(nothing, measured_since=at(days=30))):
        assert "چیزی نمی‌گوید" in statement_of_outages(replace(CERTIFICATE, outages=outages))


def test_lengths_and_causes_have_words() -> None:
    assert [
        duration(each).fa for each in (timedelta(seconds=61), timedelta(seconds=40), timedelta(days=2, hours=1))
    ] == [
        "۱ دقیقه",
        "۴۰ ثانیه",
        "۲ روز و ۱ ساعت",
    ]
    assert cause("courier.no-answer").fa != "courier.no-answer"
    assert cause("of.another-version").en == "of.another-version"


def test_the_page_is_tagged_persian_and_has_every_row_on_as_many_pages_as_it_needs() -> None:
    many = [ServiceGap(since=NOW + n * HOUR, until=NOW + n * HOUR + timedelta(minutes=9)) for n in range(90)]
    long = replace(PLACED, certificate=replace(CERTIFICATE, outages=replace(OUTAGES, gaps=many)))
    empty = replace(PLACED, certificate=replace(CERTIFICATE, outages=replace(OUTAGES, gaps=(), endpoints=())))
    for made, pages in ((PLACED, 1), (long, 3), (empty, 1)):
        with pikepdf.open(io.BytesIO(printed_outages(made, FINGERPRINT))) as pdf:
            assert (str(pdf.Root.Lang), len(pdf.pages)) == ("fa-IR", pages)
            assert "/StructTreeRoot" in pdf.Root
            assert pdf.docinfo["/Title"] == "گواهی اختلال سامانه‌ها"


def test_the_statement_says_how_much_of_the_period_was_not_measured() -> None:
    late = replace(OUTAGES, measured_since=OUTAGES.begin + timedelta(hours=1))
    assert "چیزی اندازه‌گیری نشده است" in statement_of_outages(replace(CERTIFICATE, outages=late))
    assert "چیزی اندازه‌گیری نشده است" not in statement_of_outages(CERTIFICATE)
