"""Attacks on the callback: each is refused by its own code, signed if it was read, and nothing is stored."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from lxml import etree

from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS
from adapters.soap.endpoint import SoapEndpoint
from adapters.storage.sql_store import SqlStore
from gateway.store.inbox import Envelope
from gateway.store.stored import Changes
from gateway.trust.revocation_status import Requirement, RevocationLists, Revocations
from gateway.trust.trust_policy import Covers
from tests.conformance.couriers import MINUTE, _judiciary_partner
from tests.contracts.mizan.server import SOAP, SOAP12
from tests.databases import DATABASES
from tests.manual_clock import ManualClock
from tests.passes.conftest import Passes
from tests.vectors.attacks import ATTACKS, NOW, Attack, octets_of, partner

from .conftest import issue
from .endpoints import Side, asked, listening, reported
from .server import ACTION, CALLBACK, PushingMizan

MESSAGES = [attack for attack in ATTACKS.values() if attack.profile == "message"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as opened:
        yield opened


def code_of(side: Side, endpoint: SoapEndpoint, octets: bytes) -> str | None:
    """The code of the signed fault that comes back."""
    status, wire = asked(endpoint, octets, "text/xml; charset=utf-8")
    assert status == 500
    own = side.pki / "municipality" / "transport.crt.pem"
    gateway = load_partner("gateway", [own], [side.pki / "anchors" / "municipality-root.pem"])
    facts = MessageVerifier(gateway).examine(wire)
    Covers("Body", "Timestamp", "Action").check(facts)
    return payload(facts).findtext(f".//{CALLBACK}Code")


@pytest.mark.long
@pytest.mark.parametrize("attack", MESSAGES, ids=lambda attack: attack.name)
def test_the_table_of_attacks_is_refused_here_too(sides: dict[str, Side], store: SqlStore, attack: Attack) -> None:
    """Their good message asks for something else; so what is refused for that alone was believed."""
    side, clock = sides["document"], ManualClock(attack.now)
    known = partner("municipality")
    endpoint = side.endpoint(store, clock=clock, partner=known)
    if attack.after:
        facts = MessageVerifier(known).examine(octets_of(attack.after))
        before = Envelope(replay_key=facts.replay_key, message_id="urn:uuid:1", received_at=clock(), attempt="1")
        store.commit(Changes(opened={"mizan": before}))
    assert code_of(side, endpoint, attack.octets) == attack.code
    assert {item.code for item in store.quarantine.page(code=None, limit=10, after=None)} <= {attack.code}
    assert store.receipts.unapplied(1) == []


def test_the_good_message_of_that_table_is_believed(sides: dict[str, Side], store: SqlStore) -> None:
    side = sides["document"]
    endpoint = side.endpoint(store, clock=ManualClock(NOW), partner=partner("municipality"))
    assert code_of(side, endpoint, octets_of("message-good")) == "verify.addressing"


def _unsigned(mizan: PushingMizan, message: bytes) -> bytes:
    envelope = etree.fromstring(message)
    for signature in envelope.iter("{http://www.w3.org/2000/09/xmldsig#}Signature"):
        signature.getparent().remove(signature)
        break
    return etree.tostring(envelope)


def _with_dtd(mizan: PushingMizan, message: bytes) -> bytes:
    return b'<!DOCTYPE a [<!ENTITY b "c">]>' + message


def _cut(mizan: PushingMizan, message: bytes) -> bytes:
    return message[:-30]


def _changed(mizan: PushingMizan, message: bytes) -> bytes:
    return message.replace(b"SL-1<", b"SL-7<")


SPOILT: dict[str, tuple[Callable[[PushingMizan, bytes], bytes], str]] = {
    "unsigned": (_unsigned, "verify.unsigned"),
    "a DTD": (_with_dtd, "verify.doctype"),
    "cut off": (_cut, "verify.malformed"),
    "changed on its way": (_changed, "verify.digest"),
}


@pytest.mark.parametrize("spoilt", list(SPOILT))
def test_what_was_spoilt_is_refused_in_both_versions(
    passes: Passes, mizan: PushingMizan, address: str, spoilt: str
) -> None:
    spoil, code = SPOILT[spoilt]
    [entry] = passes.admit("1")
    issue(mizan, entry)
    answer = mizan.send(address, spoil(mizan, mizan.message(address, mizan.slips)))
    assert (answer.code, answer.signed, answer.answers) == (code, True, None), "nobody is told about a message's id"
    assert answer.status == (400 if mizan.rpc else 500)
    assert passes.store.receipts.unapplied(1) == []
    assert [item.code for item in passes.quarantine()] == [code]


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "for another address": ({"to": "http://127.0.0.1:1/receipts"}, "verify.addressing"),
    "with another action": ({"action": f"{ACTION}Result"}, "verify.addressing"),
    "with an action of theirs": ({"action": "http://mizan.invalid/letters/3/NextSlips"}, "verify.addressing"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", list(WRONG))
def test_a_signed_message_that_is_not_for_this_operation_is_refused(
    passes: Passes, mizan: PushingMizan, address: str, wrong: str
) -> None:
    addressing, code = WRONG[wrong]
    [entry] = passes.admit("1")
    issue(mizan, entry)
    message = mizan.message(address, mizan.slips, **addressing)
    assert mizan.send(address, message).code == code
    assert passes.store.receipts.unapplied(1) == []


def test_an_element_of_another_operation_is_refused_whatever_its_action(
    passes: Passes, mizan: PushingMizan, address: str
) -> None:
    body = mizan.body([])
    body.tag = "{urn:mizan:letters:3}NextSlips"
    assert mizan.send(address, mizan.signed_body(body, address)).code == "verify.addressing"


def test_what_the_contract_does_not_allow_is_refused(passes: Passes, mizan: PushingMizan, address: str) -> None:
    assert mizan.send(address, mizan.message(address, [])).code == "verify.schema"
    assert mizan.send(address, mizan.message(address, [("", b"x")])).code == "verify.schema"


def test_the_other_version_of_soap_is_refused(passes: Passes, mizan: PushingMizan, address: str) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    other = SOAP if mizan.rpc else SOAP12
    message = mizan.message(address, mizan.slips, soap=other)
    assert mizan.send(address, message).code == "verify.shape"
    kind = "text/xml; charset=utf-8" if mizan.rpc else "application/soap+xml; charset=utf-8"
    assert requests.post(address, data=message, headers={"Content-Type": kind}).status_code == 415
    assert passes.store.receipts.unapplied(1) == []


KINDS = [
    "application/xml",
    "text/html",
    "multipart/related; type=text/xml",
    "text/xml; charset=utf-16",
    "application/soap+xml; charset=utf-7",
    'application/soap+xml; action="a"; charset=latin1',
    "application/soap+xml; start=x",
    "application/soap+xmlx",
    "",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_media_type_that_says_something_else_is_not_read(mizan: PushingMizan, address: str, kind: str) -> None:
    answer = requests.post(address, data=b"<a/>", headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert answer.headers["Content-Type"].startswith("text/plain")


GOOD_KINDS = [
    "application/soap+xml",
    "application/soap+xml; charset=utf-8",
    'application/soap+xml;charset="UTF-8";action="urn:a"',
    'application/soap+xml; action="urn:another"; charset=utf-8',
    'APPLICATION/SOAP+XML ; action="" ;',
]


@pytest.mark.parametrize("kind", GOOD_KINDS)
def test_the_action_in_a_media_type_is_a_hint_that_is_not_read(
    sides: dict[str, Side], passes: Passes, kind: str
) -> None:
    mizan = sides["rpc"].mizan()
    [entry] = passes.admit("1")
    issue(mizan, entry)
    with listening(lambda at: sides["rpc"].endpoint(passes.store, at)) as address:
        message = mizan.message(address, mizan.slips)
        answer = requests.post(address, data=message, headers={"Content-Type": kind})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/soap+xml; charset=utf-8"


def test_packed_octets_other_paths_and_other_verbs_are_not_read(
    passes: Passes, mizan: PushingMizan, address: str
) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    message, headers = mizan.message(address, mizan.slips), mizan.headers
    packed = requests.post(address, data=gzip.compress(message), headers={**headers, "Content-Encoding": "gzip"})
    assert packed.status_code == 415
    assert requests.post(f"{address}/more", data=message, headers=headers).status_code == 404
    assert requests.get(address).status_code == 404, "the contract is the judiciary's"
    assert requests.put(address, data=message, headers=headers).status_code == 405
    assert passes.store.receipts.unapplied(1) == []
    assert passes.quarantine() == []


def test_what_is_too_large_is_refused_unread(mizan: PushingMizan, address: str, passes: Passes) -> None:
    answer = mizan.send(address, b" " * (MESSAGE_LIMITS.max_bytes + 1))
    assert (answer.code, answer.signed) == ("verify.too-large", True)
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    connection.putrequest("POST", parts.path)
    connection.putheader("Content-Type", mizan.headers["Content-Type"])
    connection.putheader("Content-Length", str(10**12))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    assert passes.quarantine() == []


def test_where_lists_are_required_and_there_is_none_nothing_is_believed(
    side: Side, passes: Passes, mizan: PushingMizan
) -> None:
    partner_ = _judiciary_partner(side.pki)
    revocations = Revocations(chains=partner_, lists=RevocationLists, requirement=Requirement.REQUIRE, skew=MINUTE)
    [entry] = passes.admit("1")
    issue(mizan, entry)
    endpoint = side.endpoint(passes.store, revocations=revocations)
    answer = reported(mizan, endpoint, mizan.message(endpoint.address, mizan.slips))
    assert answer.code == "verify.revocation-unknown"
    assert passes.store.receipts.unapplied(1) == []
