"""Mizan, which brings its slips until each is acknowledged. It judges our answers with xmlsec alone."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import requests
from lxml import etree

from adapters.crypto.keys.keys import Signer
from adapters.crypto.message.soap_signing import Addressing, sign_message
from tests.contracts.mizan.server import SOAP, SOAP12, WSA, M, Mizan

from .profiles import ACTION

CALLBACK = "{urn:eblagh:callback:1}"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Acknowledgement of one slip."""

    number: str
    digest: str
    kept: bool
    why: str | None


@dataclass(frozen=True, kw_only=True)
class Reply:
    """Reply of the gateway: slips that were kept, or the code of a fault. Believed only if ``signed`` by our key."""

    status: int
    signed: bool
    answers: str | None = None
    code: str | None = None
    kept: Sequence[Kept] = ()


@dataclass
class PushingMizan(Mizan):
    """``acknowledged`` are the digests of slips that we said were kept."""

    acknowledged: set[str] = field(default_factory=set)
    brought: int = 0

    @property
    def waiting(self) -> list[tuple[str, bytes]]:
        return [each for each in self.slips if sha256(each[1]).hexdigest() not in self.acknowledged]

    def bring(self, address: str, most: int = 50) -> Reply | None:
        """Bring what waits; None where nothing does. What goes wrong leaves it waiting."""
        waiting = self.waiting[:most]
        if not waiting:
            return None
        message = self.message(address, waiting)
        reported = self.send(address, message)
        assert reported.signed
        if reported.status == 200:
            assert reported.answers == message_id(message)
            self.acknowledged |= {each.digest for each in reported.kept if each.kept}
        return reported

    def message(
        self, address: str, slips: Sequence[tuple[str, bytes]], *, signer: Signer | None = None, **changed: Any
    ) -> bytes:
        """A signed message; ``changed`` are fields of its addressing, or when it was ``created``."""
        return self.signed_body(self.body(slips), address, signer=signer, **changed)

    def body(self, slips: Sequence[tuple[str, bytes]]) -> etree._Element:
        request = etree.Element(f"{M}BringSlips", nsmap={"m": M[1:-1]})
        inside = etree.SubElement(request, "in") if self.rpc else request
        for number, octets in slips:
            paper = etree.SubElement(inside, f"{M}Paper")
            etree.SubElement(paper, f"{M}SlipNo").text = number
            etree.SubElement(paper, f"{M}Document").text = base64.b64encode(octets).decode()
        return request

    def signed_body(
        self,
        body: etree._Element,
        address: str,
        *,
        signer: Signer | None = None,
        created: datetime | None = None,
        soap: str | None = None,
        **changed: str,
    ) -> bytes:
        usual = {"to": address, "action": ACTION, "message_id": f"urn:uuid:{uuid.uuid4()}"}
        addressing = Addressing(**usual | changed)
        made = created or datetime.now(UTC)
        return sign_message(
            body, addressing, signer or self.signer, made, timedelta(minutes=5), soap=soap or self.soap
        ).wire

    @property
    def headers(self) -> dict[str, str]:
        if self.rpc:
            return {"Content-Type": f'application/soap+xml; charset=utf-8; action="{ACTION}"'}
        return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{ACTION}"'}

    def send(self, address: str, message: bytes) -> Reply:
        self.brought += 1
        answer = requests.post(address, data=message, headers=self.headers, timeout=600)
        return self.read(answer.status_code, answer.content)

    def read(self, status: int, octets: bytes) -> Reply:
        if not octets.startswith(b"<"):
            return Reply(status=status, signed=False)
        envelope = etree.fromstring(octets)
        assert envelope.tag == f"{{{self.soap}}}Envelope", "an answer in the version of the question"
        header, body = envelope
        self._assert_signed(envelope, header, body)
        [said] = body
        answers = header.findtext(f"{{{WSA}}}RelatesTo")
        if said.tag == f"{{{self.soap}}}Fault":
            return Reply(status=status, signed=True, answers=answers, code=said.findtext(f".//{CALLBACK}Code"))
        assert header.findtext(f"{{{WSA}}}Action") == f"{ACTION}Result"
        self.push_schema.assertValid(said)
        return Reply(status=status, signed=True, answers=answers, kept=list(_kept(said[0] if self.rpc else said)))

    push_schema: Any = None
    """The schema of its profile, with the operation of ours."""


def message_id(message: bytes) -> str:
    found = etree.fromstring(message).findtext(f".//{{{WSA}}}MessageID")
    assert found is not None
    return found


def _kept(result: etree._Element) -> Iterator[Kept]:
    for paper in result:
        yield Kept(
            number=paper.findtext(f"{M}SlipNo", ""),
            digest=paper.findtext(f"{M}Hash", ""),
            kept=paper.findtext(f"{M}Kept") == "1",
            why=paper.findtext(f"{M}Why"),
        )


__all__ = ["ACTION", "SOAP", "SOAP12", "Kept", "PushingMizan", "Reply", "message_id"]
