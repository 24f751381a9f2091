"""The sandbox's ledger: nothing is forgiven, nothing happens twice, and it answers while it is written."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.sandbox.judiciary import ledger_transaction
from adapters.sandbox.judiciary.ledger import Ledger, ledger, refused, refused_octets
from adapters.sandbox.judiciary.ledger_tables import METADATA
from adapters.sandbox.judiciary.ledger_transaction import IssuedReceipt, Status, Submission
from adapters.sandbox.judiciary.request import Request
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Facts, Rejection, SignerFacts

NOW = datetime(2026, 2, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SKEW = timedelta(seconds=60)
EXPIRES = NOW + timedelta(minutes=5)


def accepted(reference: str, tracking: str, viewed: bool = True) -> Submission:
    return Submission(
        reference=reference,
        seal_digest="sha256:" + "0" * 64,
        status=Status.ACCEPTED,
        tracking=tracking,
        arrives_at=NOW + DAY,
        views_at=NOW + 2 * DAY if viewed else None,
    )


def record(book: Ledger, key: str, *submissions: Submission) -> None:
    with book.transaction() as transaction:
        transaction.remember(key, message_id=f"urn:{key}", operation="SubmitNotices", received_at=NOW)
        transaction.add_submissions(submissions, replay_key=key, received_at=NOW)


def request(book: Ledger, now: datetime) -> Request:
    facts = Facts(
        covered={},
        claims={"MessageID": "urn:1"},
        signer=SignerFacts(thumbprint="sha256:11", subject="CN=m", not_before=NOW - DAY, not_after=NOW + DAY),
        signed_at=NOW,
        expires_at=EXPIRES,
        replay_key="key",
    )
    return Request(facts=facts, operation="X", received_at=NOW, ledger=book, clock=lambda: now, skew=SKEW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "judiciary.db"


@pytest.fixture
def book(path: Path) -> Iterator[Ledger]:
    made = Ledger(path)
    yield made
    made.close()


def test_the_state_follows_what_has_happened(book: Ledger, path: Path) -> None:
    record(book, "a", accepted("EB-A", "S1"))
    states = [next(ledger(path, lambda days=days: NOW + days * DAY))["state"] for days in (0, 1, 2)]
    assert states == ["SUBMITTED", "DELIVERED", "VIEWED"]


def test_repeats_are_counted_and_the_first_is_told(book: Ledger, path: Path) -> None:
    record(book, "a", accepted("EB-B", "S1", viewed=False), accepted("EB-A", "S2"))
    record(book, "b", Submission(reference="EB-B", seal_digest="sha256:x", status=Status.REJECTED, code="R-102"))
    record(book, "c", accepted("EB-B", "S3"))
    first, second = ledger(path, lambda: NOW + DAY)
    assert first["reference"] == "EB-A"
    assert second == {
        "reference": "EB-B",
        "state": "DELIVERED",
        "submissions": 3,
        "tracking_numbers": ["S1", "S3"],
        "delivered_at": "2026-02-04T12:00:00.000000Z",
        "viewed_at": None,
        "code": None,
    }


def test_a_message_is_remembered_once(book: Ledger, path: Path) -> None:
    record(book, "a", accepted("EB-A", "S1"))
    with pytest.raises(Rejection) as refusal:
        record(book, "a", accepted("EB-A", "S2"))
    assert refusal.value.code == "verify.replay"
    assert next(ledger(path))["submissions"] == 1


def test_an_event_has_one_receipt(book: Ledger, path: Path) -> None:
    record(book, "a", accepted("EB-A", "S1"))
    with book.transaction() as transaction:
        assert transaction.due(NOW, 10) == []
        (arrival,) = transaction.due(NOW + DAY, 10)
        assert arrival.event is DeliveryEvent.CONTENT_CONSIGNMENT
        made = IssuedReceipt(receipt_id="S1-A", tracking="S1", event=arrival.event, octets=b"<r/>", issued_at=NOW + DAY)
        transaction.add_receipts([made])
        assert transaction.due(NOW + DAY, 10) == []
    with book.transaction() as transaction:
        assert transaction.receipts_after(0, 10) == [(1, "S1-A", b"<r/>")]
        assert transaction.receipts_after(1, 10) == []
        assert transaction.confirm(["S1-A", "S9-A"], NOW) == 1
    with pytest.raises(GatewayError) as refusal, book.transaction() as transaction:
        transaction.add_receipts([made])
    assert refusal.value.code == "sandbox.ledger"


def test_a_request_is_acted_on_until_it_expires_and_clocks_may_differ(book: Ledger, path: Path) -> None:
    with request(book, EXPIRES + SKEW).transaction() as transaction:
        transaction.add_submissions([accepted("EB-A", "S1")], replay_key="key", received_at=NOW)
    assert [line["reference"] for line in ledger(path)] == ["EB-A"]


def test_nothing_is_done_for_a_request_that_expires_meanwhile(book: Ledger, path: Path) -> None:
    late = request(book, EXPIRES + SKEW + timedelta(seconds=1))
    with pytest.raises(Rejection) as refusal, late.transaction() as transaction:
        transaction.add_submissions([accepted("EB-A", "S1")], replay_key="key", received_at=NOW)
    assert refusal.value.code == "verify.expired"
    assert list(ledger(path)) == []
    with book.transaction() as transaction:
        assert not transaction.knows("key")


def refuse(book: Ledger, octets: bytes, code: str = "verify.digest") -> None:
    with book.transaction() as transaction:
        transaction.set_aside(octets, Rejection(code, where="Body"), received_at=NOW)


def test_a_refused_request_is_kept_raw_once_for_each_reason(book: Ledger, path: Path) -> None:
    for code in ("verify.digest", "verify.digest", "verify.replay"):
        refuse(book, b"<forged/>", code)
    first, second = refused(path)
    assert first == {
        "digest": sha256(b"<forged/>"),
        "code": "verify.digest",
        "detail": str(Rejection("verify.digest", where="Body")),
        "received_at": "2026-02-03T12:00:00.000000Z",
        "size": 9,
        "kept": True,
    }
    assert second["code"] == "verify.replay"
    assert refused_octets(path, first["digest"]) == b"<forged/>"


def test_a_stranger_cannot_fill_the_disk(book: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_transaction, "MAX_REFUSED", 3)
    monkeypatch.setattr(ledger_transaction, "MAX_REFUSED_BYTES", 8)
    for octets in (b"<small/>", b"<larger/>", b"3", b"4", b"5"):
        refuse(book, octets)
    assert [(item["size"], item["kept"]) for item in refused(path)] == [(8, True), (9, False), (1, True)]
    assert refused_octets(path, sha256(b"<larger/>")) is None


def test_the_file_is_its_owners_alone(book: Ledger, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_can_be_asked_while_it_is_written(book: Ledger, path: Path) -> None:
    record(book, "a", accepted("EB-A", "S1"))
    with book.transaction() as transaction:
        transaction.remember("b", message_id="urn:b", operation="X", received_at=NOW)
        assert len(list(ledger(path))) == 1


def test_a_power_cut_takes_nothing_that_was_answered(book: Ledger, path: Path) -> None:
    with book._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


@pytest.mark.parametrize("content", [None, b"", b"no database at all"])
def test_a_file_that_is_no_ledger_is_refused(path: Path, content: bytes | None) -> None:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GatewayError) as refusal:
        list(ledger(path))
    assert refusal.value.code == "sandbox.ledger"
    assert str(path) in str(refusal.value)


def test_no_identifier_is_kept() -> None:
    columns = {column.name for table in METADATA.tables.values() for column in table.columns}
    assert not columns & {"identifier", "recipient", "name"}
