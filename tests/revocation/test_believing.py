"""Messages and receipts of a judiciary whose certificates were revoked, with real signatures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.crypto.keys.certificate import read_pem
from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.keys.partner import Partner, load_partner
from adapters.crypto.keys.revocation_list import read_list
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.mapped.receipts.published_receipt_judge import SignedReceiptJudge
from adapters.revocation.onboarding import assert_points, not_asked, without_points
from adapters.sandbox.judiciary.issued_receipts import issue
from adapters.sandbox.judiciary.ledger_transaction import DueEvent
from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import RECEIPT_SCHEMA, SCHEMAS
from gateway.judiciary.courier import RawReceipt
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import Requirement, Revocation, RevocationLists, Revocations
from gateway.trust.trust_policy import AllOf, Covers, Fresh, Judgement
from tests.unit.crypto.certificates import ec_key
from tests.unit.crypto.certificates import issue as issue_certificate
from tests.unit.crypto.samples import inquiry, plan, signer

from .authority import partner as partner_without_points

NOW = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
SKEW = timedelta(seconds=60)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("believing") / "pki"
    generate(directory, plan("ec-p256"), NOW - 24 * HOUR)
    return directory


@pytest.fixture(scope="module")
def judiciary(pki: Path) -> Partner:
    files = [pki / "judiciary" / f"{name}.crt.pem" for name in ("transport", "receipts")]
    return load_partner("judiciary", files, [pki / "anchors" / "judiciary-root.pem"])


Revoke = Callable[..., Revocations]


@pytest.fixture
def asked(pki: Path, judiciary: Partner) -> Revoke:
    """Return a function that gives revocations with lists of now, on which ``name``'s certificate stands."""

    def asked(name: str | None = None, entry: Revocation | None = None) -> Revocations:
        authorities = DevelopmentAuthorities(pki)
        (pki / "authorities" / "revoked.json").unlink(missing_ok=True)
        if name is not None and entry is not None:
            authorities.revoke(read_pem(pki / "judiciary" / f"{name}.crt.pem")[0], entry)
        lists = RevocationLists(
            read_list(authorities.list_of(each, NOW), judiciary.authorities, each)
            for each in ("judiciary-root", "judiciary-issuing")
        )
        return Revocations(chains=judiciary, lists=lambda: lists, requirement=Requirement.REQUIRE, skew=SKEW)

    return asked


def message(pki: Path, judiciary: Partner, revocations: Revocations) -> list[str]:
    addressing = Addressing(to="a", action="b", message_id="urn:uuid:1", relates_to="urn:uuid:0")
    wire = sign_message(inquiry(), addressing, signer(pki, "judiciary", "transport"), NOW, HOUR).wire
    return AllOf(Covers("Body"), Fresh(NOW), revocations.now(NOW)).check(MessageVerifier(judiciary).examine(wire))


def receipt(
    pki: Path,
    judiciary: Partner,
    revocations: Revocations,
    signed_at: datetime,
    event: DeliveryEvent = DeliveryEvent.CONTENT_CONSIGNMENT,
) -> Judgement:
    due = DueEvent(
        reference="EB-" + "A" * 32,
        tracking="T1",
        seal_digest=sha256(b"seal"),
        event=event,
        happened_at=signed_at,
    )
    own = signer(pki, "judiciary", "receipts")
    verifier = DocumentVerifier(judiciary, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
    judge = SignedReceiptJudge(verifier, frozenset({own.certificate.thumbprint}), SKEW, revocations)
    octets = issue(due, own, signed_at, "E").octets
    judged = judge.judge(RawReceipt(octets=octets), NOW)
    assert judge.read(octets) == judged.facts.claims, "the same is read where nothing is verified once more"
    return judged


def test_the_published_format_has_no_service_by_law(pki: Path, judiciary: Partner, asked: Revoke) -> None:
    """Only a profile's mapping says which word means that."""
    with pytest.raises(GatewayError) as refused:
        receipt(pki, judiciary, asked(), NOW - HOUR, DeliveryEvent.LEGAL_SERVICE)
    assert (refused.value.code, refused.value.detail) == ("receipt.unknown-event", "LegalService")


def test_a_message_under_a_good_certificate(pki: Path, judiciary: Partner, asked: Revoke) -> None:
    assert "certificate not revoked now" in message(pki, judiciary, asked())


def test_a_message_under_a_revoked_certificate(pki: Path, judiciary: Partner, asked: Revoke) -> None:
    with pytest.raises(GatewayError) as refused:
        message(pki, judiciary, asked("transport", Revocation(at=NOW - HOUR, reason="superseded")))
    assert refused.value.code == "verify.revoked"
    assert "revoked 2026-02-03T08:30:00.000000Z (superseded)" in refused.value.detail


def test_a_receipt_that_was_signed_before_its_certificate_was_revoked(
    pki: Path, judiciary: Partner, asked: Revoke
) -> None:
    revocations = asked("receipts", Revocation(at=NOW - HOUR, reason="keyCompromise"))
    passed = receipt(pki, judiciary, revocations, NOW - 2 * HOUR).passed
    assert "certificate not revoked at the time of signing" in passed


@pytest.mark.parametrize(
    "entry",
    [
        Revocation(at=NOW - 3 * HOUR, reason="superseded"),
        Revocation(at=NOW - HOUR, reason="keyCompromise", invalid_from=NOW - 3 * HOUR),
    ],
    ids=["revoked before", "stolen before"],
)
def test_a_receipt_that_was_signed_afterwards(pki: Path, judiciary: Partner, asked: Revoke, entry: Revocation) -> None:
    with pytest.raises(GatewayError) as refused:
        receipt(pki, judiciary, asked("receipts", entry), NOW - 2 * HOUR)
    assert refused.value.code == "verify.revoked"


def test_a_receipt_that_comes_at_once_is_judged_by_what_is_known(pki: Path, judiciary: Partner, asked: Revoke) -> None:
    passed = receipt(pki, judiciary, asked(), NOW + timedelta(seconds=30)).passed
    assert "certificate not revoked at the time of signing, as far as was known" in passed


def test_a_certificate_that_does_not_say_where_lists_are(judiciary: Partner) -> None:
    assert_points(judiciary)
    silent = partner_without_points()
    assert [link.subject for link in without_points(silent)] == ["CN=end", "CN=issuing"]
    with pytest.raises(GatewayError) as refused:
        assert_points(silent)
    assert (refused.value.code, refused.value.where) == ("revocation.no-distribution-point", "CN=end")


def test_an_address_that_nobody_asks_is_told(judiciary: Partner) -> None:
    named = {"http://127.0.0.1:8082/judiciary-issuing.crl", "http://127.0.0.1:8082/judiciary-root.crl"}
    assert not_asked(judiciary, named) == []
    assert not_asked(judiciary, []) == sorted(named)


def test_a_certificate_of_nobody_here_cannot_be_revoked(pki: Path) -> None:
    stranger = issue_certificate("stranger", key=ec_key("stranger")).certificate
    with pytest.raises(GatewayError) as refused:
        DevelopmentAuthorities(pki).revoke(stranger, Revocation(at=NOW))
    assert refused.value.code == "revocation.issuer"
