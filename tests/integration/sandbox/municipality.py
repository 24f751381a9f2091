"""The other side of the sandbox, in tests: seals notices, signs requests, verifies answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import requests
from lxml import etree

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.names import JUDICIARY, RECEIPT
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.document import DocumentVerifier, sign_document
from adapters.crypto.xml.sealing import notice_element
from adapters.crypto.xml.strict_xml import canonical, conforms, load_schema
from adapters.shipped.resources import PROFILES, RECEIPT_SCHEMA, SCHEMAS
from gateway.judiciary.courier import SealSlice
from gateway.notice.notice import Document, IssuingBody, Notice, Recipient, RecipientKind, sha256
from gateway.trust.trust_policy import AllOf, Answers, Covers, Facts, IssuedBy, SignedInPast

J = f"{{{JUDICIARY}}}"
HEADERS = {"Content-Type": "text/xml; charset=utf-8"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A signed answer as it came: ``body`` is its verified payload, ``facts`` what its signature covers."""

    status: int
    wire: bytes = field(repr=False)
    body: etree._Element
    facts: Facts

    @property
    def code(self) -> str | None:
        """The code of a fault."""
        return self.body.findtext(f"detail/{J}ServiceFault/{J}Code")

    def results(self) -> list[dict[str, str]]:
        """Each child of the answer as name → text."""
        return [{str(e.tag).removeprefix(J): e.text or "" for e in child} for child in self.body if len(child)]

    def receipts(self) -> list[bytes]:
        return [canonical(sealed[0]) for sealed in self.body.iter(f"{J}SignedReceipt")]


def notice(identifier: str, number: int = 1, content: bytes = b"%PDF-1.4 a paper") -> Notice:
    return Notice(
        body=IssuingBody(code="article-100", title="کمیسیون ماده صد", district="منطقه ۶"),
        case_number="1404-77",
        paper_number=f"P-{number}",
        kind="ruling",
        subject="رأی بدوی",
        issued_on=date(2026, 2, 3),
        recipient=Recipient(kind=RecipientKind.NATURAL, identifier=identifier, name="شخص ساختگی"),
        document=Document(name="paper.pdf", media_type="application/pdf", octets=content),
    )


def element(name: str, *children: etree._Element, text: str | None = None) -> etree._Element:
    made = etree.Element(J + name, nsmap={"j": JUDICIARY})
    made.text = text
    made.extend(children)
    return made


def text_element(name: str, text: str) -> etree._Element:
    return element(name, text=text)


class Municipality:
    """Calls the sandbox as the gateway's courier does, but can do each step wrongly."""

    def __init__(self, pki: Path, address: str, clock: Callable[[], datetime]) -> None:
        self.address, self.clock = address, clock
        signer = partial(self._signer, pki / "municipality")
        self.transport, self.seal = signer("transport"), signer("seal-article-100")
        judiciary = [pki / "judiciary" / f"{name}.crt.pem" for name in ("transport", "receipts")]
        partner = load_partner("judiciary", judiciary, [pki / "anchors" / "judiciary-root.pem"])
        self._answerer, self._receipts = (frozenset({load_certificates(path)[0].thumbprint}) for path in judiciary)
        self._messages = MessageVerifier(partner)
        self._documents = DocumentVerifier(partner, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
        self._schema = load_schema(PROFILES / "eblagh-1" / "messages-1.xsd")
        self.session = requests.Session()
        self.session.trust_env = False

    @staticmethod
    def _signer(folder: Path, name: str) -> Signer:
        return load_signer(folder / f"{name}.key.pem", folder / f"{name}.crt.pem")

    def build(self, one: Notice) -> etree._Element:
        return notice_element(one)

    def sealed(self, *notices: Notice, signer: Signer | None = None) -> list[SealSlice]:
        slices = []
        for one in notices:
            octets = sign_document(self.build(one), signer or self.seal, self.clock())
            slices.append(SealSlice(reference=one.reference, octets=octets, digest=sha256(octets)))
        return slices

    def signed(
        self,
        body: etree._Element,
        slices: Sequence[SealSlice] = (),
        *,
        to: str | None = None,
        action: str | None = None,
        signer: Signer | None = None,
        lifetime: timedelta = timedelta(minutes=5),
    ) -> tuple[bytes, Addressing]:
        """Return a request's octets and its addressing; what is not given is right."""
        addressing = Addressing(
            to=to or self.address,
            action=action or f"{JUDICIARY}:{etree.QName(body).localname}",
            message_id=f"urn:uuid:{uuid.uuid4()}",
        )
        message = sign_message(body, addressing, signer or self.transport, self.clock(), lifetime, slices)
        return message.wire, addressing

    def post(self, wire: bytes, **headers: str) -> requests.Response:
        return self.session.post(self.address, data=wire, headers=HEADERS | headers, timeout=600)

    def exchange(self, wire: bytes, request: Addressing | None) -> Reply:
        """Post and verify the answer; ``request`` None: the answer must not relate to any."""
        answer = self.post(wire, **({} if request is None else {"SOAPAction": f'"{request.action}"'}))
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8", answer.text
        facts = self._messages.examine(answer.content)
        AllOf(IssuedBy(self._answerer), Covers("Body", "Timestamp", "To", "Action", "MessageID")).check(facts)
        if request is None:
            assert "RelatesTo" not in facts.covered
        else:
            action = f"{request.action}Response"
            AllOf(Covers("RelatesTo"), Answers(message_id=request.message_id, action=action)).check(facts)
        body = payload(facts)
        if answer.status_code == 200:
            conforms(self._schema, body)
        return Reply(status=answer.status_code, wire=answer.content, body=body, facts=facts)

    def call(self, body: etree._Element, slices: Sequence[SealSlice] = (), **wrong: Any) -> Reply:
        return self.exchange(*self.signed(body, slices, **wrong))

    def submission(self, seals: Sequence[SealSlice]) -> etree._Element:
        return element("SubmitNotices", *(
            element(
                "Submission",
                text_element("Reference", seal.reference),
                element("SealedNotice", etree.Element("slot", n=str(number))),
            )
            for number, seal in enumerate(seals)
        ))  # fmt: skip

    def submit(self, seals: Sequence[SealSlice]) -> Reply:
        return self.call(self.submission(seals), seals)

    def inquire(self, **names: str) -> Reply:
        inquiries = [element("Inquiry", text_element(kind, name)) for kind, name in names.items()]
        return self.call(element("InquireStatus", *inquiries))

    def accounts(self, *identifiers: str) -> Reply:
        kind = text_element("Kind", "NATURAL")
        persons = [element("Person", copy(kind), text_element("Identifier", one)) for one in identifiers]
        return self.call(element("InquireAccounts", *persons))

    def fetch(self, cursor: str = "", limit: int = 500) -> Reply:
        return self.call(element("FetchReceipts", text_element("Cursor", cursor), text_element("Limit", str(limit))))

    def confirm(self, *receipt_ids: str) -> Reply:
        return self.call(element("ConfirmReceipts", *(text_element("ReceiptId", id_) for id_ in receipt_ids)))

    def judge(self, receipt: bytes) -> dict[str, str]:
        """Return the claims of a receipt that is in order."""
        facts = self._documents.examine(receipt)
        AllOf(IssuedBy(self._receipts), Covers("Receipt"), SignedInPast(self.clock())).check(facts)
        return dict(facts.claims)

    def close(self) -> None:
        self.session.close()
