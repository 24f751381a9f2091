"""The sandbox refuses requests with one fault each. Every refusal is a signed message with its own code."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from adapters.crypto.keys.names import SOAP
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS
from adapters.sandbox.judiciary.ledger import ledger, refused, refused_octets
from adapters.sandbox.judiciary.ledger_transaction import Transaction
from gateway.judiciary.courier import SealSlice
from gateway.notice.notice import Notice, sha256

from .conftest import Sandbox
from .municipality import Municipality, element, notice, text_element

WHO = "9990000001"


def asks() -> etree._Element:
    return element("InquireStatus", element("Inquiry", text_element("Reference", "EB-A")))


def refers(path: str) -> etree._Element:
    """Return a request whose element spyne itself fills with the header of that id."""
    body = asks()
    body.find(path).set("href", "#M-MessageID")  # type: ignore[union-attr]
    return body


def received(sandbox: Sandbox) -> int:
    return sum(line["submissions"] for line in ledger(sandbox.config.ledger, sandbox.clock))


def test_an_unsigned_request_gets_a_signed_fault_that_relates_to_nothing(municipality: Municipality) -> None:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Header")
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(asks())
    fault = municipality.exchange(etree.tostring(envelope), None)
    assert (fault.status, fault.code) == (500, "verify.unsigned")
    assert fault.body.findtext("faultcode") == "soap:Client"


def test_a_changed_octet_is_noticed_and_the_request_is_not_named(municipality: Municipality) -> None:
    wire, _ = municipality.signed(asks())
    assert municipality.exchange(wire.replace(b"EB-A", b"EB-B"), None).code == "verify.digest"


def test_what_is_refused_is_kept_raw_in_the_ledger(municipality: Municipality, sandbox: Sandbox) -> None:
    forged = municipality.signed(asks())[0].replace(b"EB-A", b"EB-B")
    municipality.exchange(forged, None)
    municipality.exchange(b"not xml", None)
    municipality.post(b"", **{"Content-Type": "text/html"})
    assert municipality.call(asks()).status == 200
    kept = refused(sandbox.config.ledger)
    assert [item["code"] for item in kept] == ["verify.digest", "verify.malformed"]
    assert [refused_octets(sandbox.config.ledger, item["digest"]) for item in kept] == [forged, b"not xml"]


def test_a_refusal_is_answered_though_its_copy_cannot_be_kept(municipality: Municipality, sandbox: Sandbox) -> None:
    with sqlite3.connect(sandbox.config.ledger) as connection:
        connection.execute("DROP TABLE refused")
    connection.close()
    assert municipality.exchange(b"not xml", None).code == "verify.malformed"


def test_a_stale_request_is_refused(municipality: Municipality, sandbox: Sandbox) -> None:
    wire, addressing = municipality.signed(asks(), lifetime=timedelta(days=1))
    sandbox.clock.advance(seconds=361)
    assert municipality.exchange(wire, addressing).code == "verify.stale"


def test_a_request_from_the_future_may_be_acted_on_later_and_is_not_called_stale(
    municipality: Municipality, sandbox: Sandbox
) -> None:
    """So its sender, who gets the refusal, must stay in doubt: the same octets may be delivered again."""
    sandbox.clock.advance(seconds=90)
    wire, addressing = municipality.signed(asks())
    sandbox.clock.advance(seconds=-90)
    assert municipality.exchange(wire, addressing).code == "verify.not-yet"
    sandbox.clock.advance(seconds=45)
    assert municipality.exchange(wire, addressing).status == 200


def test_an_expired_request_is_refused(municipality: Municipality, sandbox: Sandbox) -> None:
    wire, addressing = municipality.signed(asks(), lifetime=timedelta(seconds=10))
    sandbox.clock.advance(seconds=71)
    assert municipality.exchange(wire, addressing).code == "verify.expired"


def test_a_clock_may_differ_by_the_skew(municipality: Municipality, sandbox: Sandbox) -> None:
    wire, addressing = municipality.signed(asks(), lifetime=timedelta(seconds=10))
    sandbox.clock.advance(seconds=69)
    assert municipality.exchange(wire, addressing).status == 200


def test_a_replay_is_refused_and_serves_nothing_again(municipality: Municipality, sandbox: Sandbox) -> None:
    seals = municipality.sealed(notice(WHO))
    wire, addressing = municipality.signed(municipality.submission(seals), seals)
    assert municipality.exchange(wire, addressing).status == 200
    assert municipality.exchange(wire, addressing).code == "verify.replay"
    assert received(sandbox) == 1


def test_a_late_replay_is_not_called_stale(municipality: Municipality, sandbox: Sandbox) -> None:
    """Its sender may take "stale" for "not acted on", and this message was acted on."""
    wire, addressing = municipality.signed(asks())
    municipality.exchange(wire, addressing)
    sandbox.clock.advance(days=1)
    assert municipality.exchange(wire, addressing).code == "verify.replay"


def test_of_many_at_once_one_is_served(municipality: Municipality, sandbox: Sandbox) -> None:
    seals = municipality.sealed(notice(WHO))
    wire, addressing = municipality.signed(municipality.submission(seals), seals)
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: municipality.exchange(wire, addressing), range(6)))
    assert sorted((reply.code for reply in replies), key=str) == [None] + ["verify.replay"] * 5
    assert received(sandbox) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "http://127.0.0.1:1/eblagh"},
        {"action": "urn:eblagh:judiciary:1:SubmitNotices"},
        {"action": "urn:another:InquireStatus"},
    ],
)
def test_another_address_or_action_is_refused(municipality: Municipality, wrong: dict[str, str]) -> None:
    fault = municipality.call(asks(), **wrong)
    assert (fault.status, fault.code) == (500, "verify.addressing")


@pytest.mark.parametrize(
    "body",
    [
        element("InquireStatus"),
        element("InquireStatus", element("Inquiry", text_element("Reference", "not a name!"))),
        element("InquireStatus", element("Inquiry", text_element("Refernce", "EB-A"))),
        element("FetchReceipts", text_element("Cursor", ""), text_element("Limit", "501")),
        element("FetchReceipts", text_element("Cursor", ""), text_element("Limit", "0" * 5_000 + "5")),
        element("FetchReceipts", text_element("Cursor", "tomorrow"), text_element("Limit", "5")),
        element("DropEverything"),
        refers("."),
        refers("{*}Inquiry"),
        refers("{*}Inquiry/{*}Reference"),
    ],
)
def test_what_does_not_fit_the_contract_is_refused(municipality: Municipality, body: etree._Element) -> None:
    assert municipality.call(body).code == "verify.schema"


def test_a_seals_key_signs_no_message(municipality: Municipality) -> None:
    wire, _ = municipality.signed(asks(), signer=municipality.seal)
    assert municipality.exchange(wire, None).code == "verify.unknown-certificate"


def test_a_message_larger_than_the_contract_allows_is_refused_unread(municipality: Municipality) -> None:
    fault = municipality.exchange(b"<" * (MESSAGE_LIMITS.max_bytes + 1), None)
    assert (fault.status, fault.code) == (500, "verify.too-large")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "multipart/related; type=text/xml; boundary=b"},
        {"Content-Type": "application/soap+xml"},
        {"Content-Type": "text/xmlish"},
        {"Content-Type": "text/xml, multipart/related"},
        {"Content-Type": "text/xml; charset=utf-16"},
        {"Content-Type": "text/xml; charset=utf-7"},
        {"Content-Type": "text/xml; charset=iso-8859-1"},
        {"Content-Type": "text/xml; charset=utf-8; charset=utf-16"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
def test_anything_but_plain_xml_is_refused(municipality: Municipality, headers: dict[str, str]) -> None:
    wire, _ = municipality.signed(asks())
    assert municipality.post(wire, **headers).status_code == 415


@pytest.mark.parametrize(
    "content_type", ["text/xml", "TEXT/XML;charset=UTF-8", 'text/xml ; charset="utf-8" ', "text/xml;"]
)
def test_plain_xml_may_be_called_so_in_any_way(municipality: Municipality, content_type: str) -> None:
    wire, _ = municipality.signed(asks())
    assert municipality.post(wire, **{"Content-Type": content_type}).status_code == 200


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("PUT", 405), ("DELETE", 405)])
def test_only_post_is_served(municipality: Municipality, method: str, status: int) -> None:
    assert municipality.session.request(method, municipality.address, timeout=600).status_code == status


def test_another_path_is_not_found(municipality: Municipality) -> None:
    municipality.address += "/more"
    assert municipality.post(b"").status_code == 404


def _changed(seal: SealSlice, old: bytes, new: bytes) -> SealSlice:
    octets = seal.octets.replace(old, new)
    assert octets != seal.octets
    return replace(seal, octets=octets, digest=sha256(octets))


def _tampered(municipality: Municipality, damaged: Notice) -> SealSlice:
    (seal,) = municipality.sealed(damaged)
    return _changed(seal, "رأی بدوی".encode(), "رأی قطعی".encode())


def _of_another_reference(municipality: Municipality, damaged: Notice) -> SealSlice:
    (seal,) = municipality.sealed(damaged)
    return replace(seal, reference=notice(WHO, 99).reference)


def _sealed_by_the_transport_key(municipality: Municipality, damaged: Notice) -> SealSlice:
    return municipality.sealed(damaged, signer=municipality.transport)[0]


def _sealed_by_another_body(municipality: Municipality, damaged: Notice) -> SealSlice:
    other = replace(damaged, body=replace(damaged.body, code="article-77"))
    return municipality.sealed(other)[0]


def _sealed_tomorrow(municipality: Municipality, damaged: Notice) -> SealSlice:
    present, municipality.clock = municipality.clock, lambda: present() + timedelta(days=1)
    (seal,) = municipality.sealed(damaged)
    municipality.clock = present
    return seal


def _without_seal(municipality: Municipality, damaged: Notice) -> SealSlice:
    (seal,) = municipality.sealed(damaged)
    start, end = seal.octets.index(b"<ds:Signature"), seal.octets.index(b"</n:Notice>")
    octets = seal.octets[:start] + seal.octets[end:]
    return replace(seal, octets=octets, digest=sha256(octets))


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_tampered, "verify.digest"),
        (_of_another_reference, "verify.about"),
        (_sealed_by_the_transport_key, "verify.unknown-certificate"),
        (_sealed_by_another_body, "verify.unknown-certificate"),
        (_sealed_tomorrow, "verify.signing-time"),
        (_without_seal, "verify.unsigned"),
    ],
)
def test_a_bad_seal_is_rejected_and_the_others_are_served(
    municipality: Municipality,
    sandbox: Sandbox,
    damage: Callable[[Municipality, Notice], SealSlice],
    code: str,
) -> None:
    first, third = municipality.sealed(notice(WHO, 1), notice(WHO, 3))
    bad = damage(municipality, notice(WHO, 2))
    results = municipality.submit([first, bad, third]).results()
    assert [result["Status"] for result in results] == ["ACCEPTED", "REJECTED", "ACCEPTED"]
    assert results[1]["Reference"] == bad.reference
    assert results[1]["Code"] == code
    assert received(sandbox) == 3


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("Size", "17", "verify.document"),
        ("Digest", sha256(b"another"), "verify.document"),
        ("Content", "JVBERi0xLjQgYSBwYXBlcg", "verify.document"),
        ("Content", "JVBERi0xLjQg YSBwYXBlcg==", "verify.document"),
        ("Size", "0", "verify.schema"),
    ],
)
def test_a_document_must_be_what_the_notice_says(
    municipality: Municipality, monkeypatch: pytest.MonkeyPatch, name: str, text: str, code: str
) -> None:
    damaged = notice(WHO)
    built = municipality.build(damaged)
    built.find(f"{{*}}Document/{{*}}{name}").text = text  # type: ignore[union-attr]
    monkeypatch.setattr(municipality, "build", lambda _: built)
    (result,) = municipality.submit(municipality.sealed(damaged)).results()
    assert (result["Status"], result["Code"]) == ("REJECTED", code)


def test_a_defect_is_told_by_a_signed_fault_and_nothing_happens(
    municipality: Municipality, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"about {WHO}")

    seals = municipality.sealed(notice(WHO))
    with monkeypatch.context() as patch:
        patch.setattr(Transaction, "add_submissions", broken)
        fault = municipality.submit(seals)
    assert (fault.status, fault.code, fault.body.findtext("faultcode")) == (500, "internal", "soap:Server")
    assert WHO.encode() not in fault.wire
    assert received(sandbox) == 0


def test_a_ledger_that_fails_is_told_by_a_signed_fault(municipality: Municipality, sandbox: Sandbox) -> None:
    with sqlite3.connect(sandbox.config.ledger) as connection:
        connection.execute("DROP TABLE due")
    connection.close()
    fault = municipality.submit(municipality.sealed(notice(WHO)))
    assert (fault.status, fault.code, fault.body.findtext("faultcode")) == (500, "sandbox.ledger", "soap:Server")
    assert received(sandbox) == 0


def test_refusals_name_no_person(municipality: Municipality) -> None:
    for kind, identifier in (("!", WHO), ("NATURAL", f"{WHO}!"), ("NATURAL", f"{WHO}000")):
        person = element("Person", text_element("Kind", kind), text_element("Identifier", identifier))
        fault = municipality.call(element("InquireAccounts", person))
        assert fault.code == "verify.schema"
        assert WHO.encode() not in fault.wire


def test_a_long_name_is_not_told_back(municipality: Municipality) -> None:
    fault = municipality.call(element("InquireAccounts", element("N" * 20_000)))
    assert fault.code == "verify.schema"
    assert len(fault.wire) < 10_000
