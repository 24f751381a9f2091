"""The attacks of `tests/vectors` against the push endpoint: each is refused with its own code, and nothing is kept.

Their good message has another operation; so what is refused for that alone was believed.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.keys.names import PUSH
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.xml.partner_profile import STRICT
from adapters.http.http_service import HttpRequest
from adapters.municipal.soap.source_endpoint import Behind, Sender, endpoint_of
from adapters.soap.endpoint import SoapEndpoint
from adapters.storage.sql_store import SqlStore
from gateway.store.inbox import Envelope
from tests.manual_clock import ManualClock
from tests.unit.crypto.samples import signer
from tests.vectors.attacks import ATTACKS, NOW, SKEW, Attack, octets_of, partner

MESSAGES = [attack for attack in ATTACKS.values() if attack.profile == "message"]
BASE = "http://127.0.0.1:9120"


@pytest.fixture
def manual_clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def endpoint(pki: Path, behind: Behind, manual_clock: ManualClock) -> SoapEndpoint:
    known = partner("municipality")
    issuers = frozenset(certificate.thumbprint for certificate in known.certificates)
    sender = Sender(partner=known, issuers=issuers, profile=STRICT, skew=SKEW)
    own = signer(pki, "municipality", "transport")
    return endpoint_of("registry", sender, BASE, behind, own, manual_clock)


@pytest.fixture(scope="session")
def answers(pki: Path) -> MessageVerifier:
    """Verifier of the endpoint's answers."""
    own = pki / "municipality" / "transport.crt.pem"
    return MessageVerifier(load_partner("gateway", [own], [pki / "anchors" / "municipality-root.pem"]))


def code(endpoint: SoapEndpoint, answers: MessageVerifier, octets: bytes) -> str:
    """The code of the signed fault that comes back."""
    headers = {"content-type": "text/xml; charset=utf-8"}
    answer = endpoint.handle(HttpRequest(method="POST", path="/soap/registry", headers=headers, body=octets))
    assert answer.status == 500
    fault: etree._Element = payload(answers.examine(answer.body))
    found = fault.findtext(f"detail/{{{PUSH}}}ServiceFault/{{{PUSH}}}Code")
    assert found is not None
    return found


@pytest.mark.parametrize("attack", MESSAGES, ids=lambda attack: attack.name)
def test_an_attack_is_refused_with_its_own_code(
    endpoint: SoapEndpoint, answers: MessageVerifier, store: SqlStore, manual_clock: ManualClock, attack: Attack
) -> None:
    manual_clock.now = attack.now
    if attack.after:
        facts = MessageVerifier(partner("municipality")).examine(octets_of(attack.after))
        earlier = manual_clock.now - timedelta(seconds=1)
        store.inbox.open_once(
            "registry",
            Envelope(replay_key=facts.replay_key, message_id="urn:uuid:1", received_at=earlier, attempt="1"),
        )
    assert code(endpoint, answers, attack.octets) == attack.code
    assert store.inbox.marks("registry", 0, 1) == []


def test_the_good_message_is_believed_and_refused_for_what_it_asks(
    endpoint: SoapEndpoint, answers: MessageVerifier
) -> None:
    assert code(endpoint, answers, octets_of("message-good")) == "verify.addressing"
