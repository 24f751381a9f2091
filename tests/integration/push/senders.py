"""A municipality's systems that push rows over HTTP: one by REST, one by SOAP in messages that it signs."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from lxml import etree

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import PUSH
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.partner_profile import STRICT, PartnerProfile
from adapters.municipal.soap.source_endpoint import Sender
from gateway.trust.trust_policy import AllOf, Answers, Covers, Facts, IssuedBy
from tests.passes.case_table import PDF, ROW
from tests.unit.crypto.samples import signer

TOKEN = "0123456789abcdef0123456789abcdef-of-the-portal"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
M = f"{{{PUSH}}}"
HEADERS = {"Content-Type": "text/xml; charset=utf-8"}


def fields(key: str, **changed: Any) -> dict[str, Any]:
    return {**{k: v for k, v in ROW.items() if k != "document"}, "paper_number": key, **changed}


def json_row(key: str, version: int = 1, document: bytes | str = PDF, **changed: Any) -> dict[str, Any]:
    encoded = document if isinstance(document, str) else base64.b64encode(document).decode()
    return {"key": key, "version": version, "fields": fields(key, **changed), "documents": {"document": encoded}}


@dataclass
class RestSender:
    base: str
    source: str = "portal"
    token: str = TOKEN
    session: requests.Session = field(default_factory=requests.Session)

    def push(self, *rows: Mapping[str, Any]) -> requests.Response:
        return self.session.post(f"{self.base}/rest/{self.source}/rows", json={"rows": rows}, headers=self.headers)

    def send(self, body: bytes, **headers: str) -> requests.Response:
        return self.session.post(f"{self.base}/rest/{self.source}/rows", data=body, headers=self.headers | headers)

    def results(self, **query: Any) -> requests.Response:
        return self.session.get(f"{self.base}/rest/{self.source}/results", params=query, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}


def soap_row(key: str, version: int = 1, document: str | None = None, **changed: Any) -> etree._Element:
    row = etree.Element(f"{M}Row", nsmap={"m": PUSH})
    _add(row, Key=key, Version=str(version))
    for name, value in fields(key, **changed).items():
        _add(etree.SubElement(row, f"{M}Field"), Name=name, Value=str(value))
    encoded = base64.b64encode(PDF).decode() if document is None else document
    _add(etree.SubElement(row, f"{M}Document"), Name="document", Content=encoded)
    return row


def push_rows(rows: Sequence[etree._Element]) -> etree._Element:
    body = etree.Element(f"{M}PushRows", nsmap={"m": PUSH})
    body.extend(rows)
    return body


def fetch_results(after: int, limit: int = 100) -> etree._Element:
    body = etree.Element(f"{M}FetchResults", nsmap={"m": PUSH})
    _add(body, After=str(after), Limit=str(limit))
    return body


def _add(parent: etree._Element, **children: str) -> None:
    for name, text in children.items():
        etree.SubElement(parent, M + name).text = text


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    body: etree._Element
    facts: Facts

    @property
    def code(self) -> str | None:
        """The code of a fault."""
        return self.body.findtext(f"detail/{M}ServiceFault/{M}Code")

    def items(self) -> list[dict[str, str]]:
        return [{str(e.tag).removeprefix(M): e.text or "" for e in child} for child in self.body if len(child)]


class SoapSender:
    """The sandbox judiciary's PKI lends it its keys: any party but the gateway's own would do."""

    def __init__(self, pki: Path, address: str, clock: Callable[[], datetime]) -> None:
        self.address, self.clock = address, clock
        self.signer: Signer = signer(pki, "judiciary", "transport")
        own = pki / "municipality" / "transport.crt.pem"
        self._gateway = frozenset({load_certificates(own)[0].thumbprint})
        self._answers = MessageVerifier(load_partner("gateway", [own], [pki / "anchors" / "municipality-root.pem"]))

    def message(self, body: etree._Element, **addressing: str) -> bytes:
        operation = etree.QName(body).localname
        usual = {"to": self.address, "action": f"{PUSH}:{operation}", "message_id": f"urn:uuid:{uuid.uuid4()}"}
        headers = Addressing(**{**usual, **addressing})
        return sign_message(body, headers, self.signer, self.clock(), timedelta(minutes=5)).wire

    def call(self, body: etree._Element) -> Reply:
        message_id = f"urn:uuid:{uuid.uuid4()}"
        return self.send(self.message(body, message_id=message_id), message_id)

    def send(self, octets: bytes, message_id: str | None = None) -> Reply:
        answer = requests.post(self.address, data=octets, headers=HEADERS)
        facts = self._answers.examine(answer.content)
        AllOf(IssuedBy(self._gateway), Covers("Body", "Timestamp", "Action")).check(facts)
        if message_id is not None and answer.status_code == 200:
            action = facts.claims["Action"]
            AllOf(Answers(message_id=message_id, action=action)).check(facts)
        return Reply(status=answer.status_code, body=payload(facts), facts=facts)


def sender_of(pki: Path, profile: PartnerProfile = STRICT, party: str = "judiciary") -> Sender:
    """The gateway's entry about it."""
    file = pki / party / "transport.crt.pem"
    return Sender(
        partner=load_partner("registry", [file], [pki / "anchors" / f"{party}-root.pem"]),
        issuers=frozenset({load_certificates(file)[0].thumbprint}),
        profile=profile,
        skew=timedelta(seconds=60),
    )
