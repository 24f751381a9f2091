"""The sandbox over REST: what it publishes, what it refuses and how, and one judiciary behind both contracts."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.jws import MAX_JWS_BYTES, Claims, JwsVerifier, body_of, sign_jws
from adapters.sandbox.judiciary.config import SandboxConfig
from adapters.sandbox.judiciary.ledger import ledger, refused
from adapters.shipped.resources import PROFILES
from gateway.trust.trust_policy import Facts
from tests.manual_clock import ManualClock
from tests.unit.crypto.samples import json_submission

from .conftest import Sandbox
from .municipality import Municipality, notice

SOON = "9990000001"
JOSE = {"Content-Type": "application/jose"}
NOBODY = {"inquiries": [{"reference": "EB-" + "A" * 32}]}


class Caller:
    """Calls as the courier does, but can do each step wrongly."""

    def __init__(self, pki: Path, sandbox: Sandbox, clock: ManualClock) -> None:
        self.address, self.clock = sandbox.address + "-rest", clock
        self.transport = self.signer(pki / "municipality", "transport")
        self.stranger = self.signer(pki / "municipality", "seal-article-100")
        judiciary = [pki / "judiciary" / "transport.crt.pem"]
        self.verifier = JwsVerifier(load_partner("judiciary", judiciary, [pki / "anchors" / "judiciary-root.pem"]))
        self.session = requests.Session()
        self.session.trust_env = False

    @staticmethod
    def signer(folder: Path, name: str) -> Signer:
        return load_signer(folder / f"{name}.key.pem", folder / f"{name}.crt.pem")

    def signed(
        self,
        operation: str,
        body: dict[str, Any],
        *,
        message_id: str | None = None,
        audience: str | None = None,
        signer: Signer | None = None,
        lifetime: timedelta = timedelta(minutes=5),
    ) -> bytes:
        name = message_id or f"urn:uuid:{uuid.uuid4()}"
        claims = Claims(operation=operation, message_id=name, audience=audience or self.address)
        return sign_jws(body, claims, signer or self.transport, self.clock(), lifetime)

    def post(self, path: str, wire: bytes, **headers: str) -> requests.Response:
        return self.session.post(self.address + path, data=wire, headers=JOSE | headers, timeout=600)

    def answer_to(self, path: str, wire: bytes) -> tuple[int, Facts, dict[str, Any]]:
        """Post and return the status, and what the signed answer proves and says."""
        answer = self.post(path, wire)
        assert answer.headers["Content-Type"] == "application/jose", answer.text
        facts = self.verifier.examine(answer.content)
        return answer.status_code, facts, body_of(facts)

    def code(self, path: str, wire: bytes) -> str:
        status, _, body = self.answer_to(path, wire)
        assert status == 400
        return str(body["fault"]["code"])


@pytest.fixture
def caller(pki: Path, sandbox: Sandbox, clock: ManualClock) -> Iterator[Caller]:
    made = Caller(pki, sandbox, clock)
    yield made
    made.session.close()


def test_the_published_contract_is_served_as_it_is(caller: Caller) -> None:
    for name in ("openapi.json", "messages-1.schema.json"):
        answer = caller.session.get(f"{caller.address}/{name}", timeout=600)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.content == (PROFILES / "eblagh-rest-1" / name).read_bytes()
    assert caller.session.get(f"{caller.address}/profile.toml", timeout=600).status_code == 404


def test_an_answer_is_signed_and_bound_to_its_request(caller: Caller) -> None:
    wire = caller.signed("InquireStatus", NOBODY, message_id="urn:uuid:1")
    status, facts, body = caller.answer_to("/notices/inquiries", wire)
    assert (status, body["results"]) == (200, [{"reference": "EB-" + "A" * 32, "status": "NOT_KNOWN"}])
    assert facts.claims["RelatesTo"] == "urn:uuid:1"
    assert facts.claims["Action"] == "InquireStatusResponse"


def test_a_nonce_is_acted_on_once_whatever_it_comes_with(caller: Caller) -> None:
    caller.answer_to("/notices/inquiries", caller.signed("InquireStatus", NOBODY, message_id="urn:uuid:1"))
    other = caller.signed("ConfirmReceipts", {"receipt_ids": ["R1"]}, message_id="urn:uuid:1")
    assert caller.code("/receipts/confirmations", other) == "verify.replay"
    caller.clock.advance(minutes=30)
    late = caller.signed("InquireStatus", NOBODY, message_id="urn:uuid:1")
    assert caller.code("/notices/inquiries", late) == "verify.replay"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda c: c.signed("InquireStatus", NOBODY, audience="https://other.example/"), "verify.addressing"),
        (lambda c: c.signed("ConfirmReceipts", {"receipt_ids": ["R1"]}), "verify.addressing"),
        (lambda c: c.signed("InquireStatus", {"inquiries": []}), "verify.schema"),
        (lambda c: c.signed("InquireStatus", {"inquiries": [{}]}), "verify.schema"),
        (lambda c: c.signed("InquireStatus", NOBODY, lifetime=timedelta(minutes=-5)), "verify.expired"),
    ],
)
def test_what_is_signed_and_wrong_is_refused_with_a_fault_about_it(
    caller: Caller, spoil: Callable[[Caller], bytes], code: str
) -> None:
    status, facts, body = caller.answer_to("/notices/inquiries", spoil(caller))
    assert (status, body["fault"]["code"]) == (400, code)
    assert facts.claims["RelatesTo"].startswith("urn:uuid:")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda c: c.signed("InquireStatus", NOBODY, signer=c.stranger), "verify.unknown-certificate"),
        (lambda c: b"{}", "verify.unsigned"),
        (lambda c: b"", "verify.jws-form"),
        (lambda c: c.signed("InquireStatus", NOBODY)[:-4] + b"AAAA", "verify.signature"),
    ],
)
def test_a_stranger_learns_nothing_about_a_message(
    caller: Caller, config: SandboxConfig, spoil: Callable[[Caller], bytes], code: str
) -> None:
    status, facts, body = caller.answer_to("/notices/inquiries", spoil(caller))
    assert (status, body["fault"]["code"]) == (400, code)
    assert "RelatesTo" not in facts.claims
    assert [item["code"] for item in refused(config.ledger)] == ([code])


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/nowhere", {}, 404),
        ("/openapi.json", {}, 404),
        ("/notices/inquiries", {"Content-Type": "application/json"}, 415),
        ("/notices/inquiries", {"Content-Type": "application/jose; charset=utf-16"}, 415),
        ("/notices/inquiries", {"Content-Encoding": "gzip"}, 415),
    ],
)
def test_http_that_is_not_the_contracts_is_refused_unread(
    caller: Caller, path: str, headers: dict[str, str], status: int
) -> None:
    assert caller.post(path, caller.signed("InquireStatus", NOBODY), **headers).status_code == status


def test_an_operation_is_posted(caller: Caller) -> None:
    assert caller.session.get(f"{caller.address}/notices", timeout=600).status_code == 405


def test_what_is_too_large_is_not_read(caller: Caller, config: SandboxConfig) -> None:
    assert caller.post("/notices", b"A" * (MAX_JWS_BYTES + 1)).status_code == 413
    assert refused(config.ledger) == []


def test_a_notice_that_is_no_base64_or_no_xml_stops_no_other(
    caller: Caller, municipality: Municipality, config: SandboxConfig, clock: ManualClock
) -> None:
    good, bad = municipality.sealed(notice(SOON, 1), notice(SOON, 2))
    body = json_submission([good, bad])
    body["submissions"][1]["sealed_notice"] = "PHg+"  # <x>
    _, _, reported = caller.answer_to("/notices", caller.signed("SubmitNotices", body))
    first, second = reported["results"]
    assert first["status"] == "ACCEPTED"
    assert (second["status"], second["code"]) == ("REJECTED", "verify.malformed")
    body["submissions"][1]["sealed_notice"] = "PHg"
    assert caller.code("/notices", caller.signed("SubmitNotices", body)) == "verify.schema"
    assert [line["submissions"] for line in ledger(config.ledger, clock)] == [1, 1]


def test_octets_that_are_not_canonical_are_no_sealed_notice(caller: Caller, municipality: Municipality) -> None:
    [seal] = municipality.sealed(notice(SOON))
    body = json_submission([seal])
    spaced = seal.octets.replace(b"<n:Reference>", b"<n:Reference >")
    body["submissions"][0]["sealed_notice"] = base64.b64encode(spaced).decode()
    _, _, reported = caller.answer_to("/notices", caller.signed("SubmitNotices", body))
    assert reported["results"][0]["code"] == "verify.not-canonical"


def test_one_judiciary_stands_behind_both_contracts(
    caller: Caller, municipality: Municipality, config: SandboxConfig, clock: ManualClock
) -> None:
    seals = municipality.sealed(notice(SOON))
    _, _, reported = caller.answer_to("/notices", caller.signed("SubmitNotices", json_submission(seals)))
    over_soap = municipality.inquire(Reference=seals[0].reference).results()
    assert over_soap[0]["TrackingNumber"] == reported["results"][0]["tracking_number"]
    municipality.submit(seals)
    assert [line["submissions"] for line in ledger(config.ledger, clock)] == [2], "it does not forgive, either way"
