"""The service behind the contract in `profile/`: it knows nothing of the gateway's mappings or of its courier.

It judges what comes by its own XSD, and signatures with xmlsec alone. What it does follows from the addressee's
identifier: 9998… has no account, 9999… is refused, 9997… gets an outcome that nobody ever explained.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

import jdatetime
import xmlsec
from lxml import etree

from adapters.crypto.keys.keys import load_signer
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.document import sign_document

PROFILE = Path(__file__).parent / "profile"
RPC_PROFILE = Path(__file__).parents[1] / "mizan_rpc" / "profile"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
WSA = "http://www.w3.org/2005/08/addressing"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
M = "{urn:mizan:letters:3}"
S = "{urn:mizan:slip:3}"
ARRIVED, SEEN = "1", "3"


@dataclass
class Mizan:
    """The ledger: letters by the sender's reference, slips in order. `shapes` has it in others than this."""

    profile: ClassVar[Path] = PROFILE
    judiciary: Path
    partner: Path
    letters: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    unruly: bool = False
    """True if answers are signed that the contract does not allow."""
    slips: list[tuple[str, bytes]] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    busy: bool = False
    spoil: Callable[[int, bytes], tuple[int, bytes]] | None = None
    """Function that changes an answer on its way."""
    happening: str = SEEN
    media_type: str = "text/xml"
    """Under which the present message came."""
    rpc: bool = False
    """SOAP 1.2 with rpc/literal: what is said stands in ``in`` and ``out``, inside a wrapper."""

    def __post_init__(self) -> None:
        self.soap, folder = (SOAP12, RPC_PROFILE) if self.rpc else (SOAP, self.profile)
        self.schema = etree.XMLSchema(etree.parse(str(folder / "messages.xsd")))
        self.signer, self.slip_signer = (
            load_signer(self.judiciary / f"{name}.key.pem", self.judiciary / f"{name}.crt.pem")
            for name in ("transport", "receipts")
        )
        self.key = xmlsec.Key.from_file(str(self.partner), xmlsec.constants.KeyDataFormatCertPem)

    def answer(self, octets: bytes) -> tuple[int, bytes]:
        envelope = etree.fromstring(octets)
        assert envelope.tag == f"{{{self.soap}}}Envelope"
        header, body = envelope
        self._assert_signed(envelope, header, body)
        action, message = (header.findtext(f"{{{WSA}}}{name}", "") for name in ("Action", "MessageID"))
        assert message not in self.seen, "a message that came before"
        self.seen.add(message)
        [request] = body
        self.schema.assertValid(request)
        name = etree.QName(request).localname
        assert action == f"http://mizan.invalid/letters/3/{name}"
        if self.busy:
            return 500, self._signed(_fault("503", self.soap), action, message)
        made = {
            "RegisterLetter": self._register,
            "WhereIs": self._where,
            "NextSlips": self._next,
            "SlipsKept": self._keep,
        }[name](request[0] if self.rpc else request)
        if self.rpc:
            made = _wrapped(name, made)
        if self.unruly:
            etree.SubElement(made, f"{M}Surprise").text = "1"
        else:
            self.schema.assertValid(made)
        return 200, self._signed(made, action, message)

    def _assert_signed(self, envelope: etree._Element, header: etree._Element, body: etree._Element) -> None:
        signature = envelope.find(".//{http://www.w3.org/2000/09/xmldsig#}Signature")
        context = xmlsec.SignatureContext()
        for element in envelope.iter(etree.Element):
            if f"{{{WSU}}}Id" in element.attrib:
                context.register_id(element, "Id", WSU)
        context.key = self.key
        context.verify(signature)
        signed = {reference.get("URI") for reference in signature.iter("{http://www.w3.org/2000/09/xmldsig#}Reference")}
        parts = [body, header.find(f".//{{{WSU}}}Timestamp"), *(e for e in header if e.tag.startswith(f"{{{WSA}}}"))]
        assert {f"#{part.get(f'{{{WSU}}}Id')}" for part in parts} <= signed
        expires = datetime.fromisoformat(header.findtext(f".//{{{WSU}}}Expires", ""))
        assert datetime.now(UTC) <= expires + timedelta(seconds=60), "too old"

    def _register(self, request: etree._Element) -> etree._Element:
        reference = request.findtext(f"{M}Head/{M}SenderRef", "")
        identifier = request.findtext(f"{M}Addressee/{M}Id", "")
        digest = self._seal_digest(request)
        outcome = {"9998": "30", "9999": "20", "9997": "77"}.get(identifier[:4], "10")
        letter = {"Outcome": outcome, "Ticket": f"MZ-{len(self.letters) + 1}", "Hash": digest}
        letter |= {"day": request.findtext(f"{M}Head/{M}Day", "")}
        self.letters.setdefault(reference, []).append(letter)
        if outcome == "10":
            for happening in (ARRIVED, self.happening):
                self._issue(reference, letter, happening)
        return _fate("RegisterLetterResult", reference, letter)

    def _seal_digest(self, request: etree._Element) -> str:
        """Return the digest that a slip will name."""
        envelope = request.find(f"{M}Envelope")
        digest = hashlib.sha256(base64.b64decode(envelope.text)).hexdigest()
        assert digest == envelope.get("sha256")
        return digest

    def _where(self, request: etree._Element) -> etree._Element:
        answer = etree.Element(f"{M}WhereIsResult", nsmap={"m": M[1:-1]})
        for asked in request:
            known = self.letters.get(asked.text or "", [{"Outcome": "0"}])
            answer.append(_fate("Letter", asked.text or "", known[-1]))
        return answer

    def _next(self, request: etree._Element) -> etree._Element:
        after, most = int(request.findtext(f"{M}After", "0")), int(request.findtext(f"{M}Most", "1"))
        page = self.slips[after : after + most]
        answer = etree.Element(f"{M}NextSlipsResult", nsmap={"m": M[1:-1]})
        for number, octets in page:
            paper = etree.SubElement(answer, f"{M}Paper")
            etree.SubElement(paper, f"{M}SlipNo").text = number
            etree.SubElement(paper, f"{M}Document").text = base64.b64encode(octets).decode()
        etree.SubElement(answer, f"{M}Last").text = str(after + len(page))
        etree.SubElement(answer, f"{M}AnyMore").text = str(int(after + len(page) < len(self.slips)))
        return answer

    def _keep(self, request: etree._Element) -> etree._Element:
        self.kept |= {each.text or "" for each in request}
        answer = etree.Element(f"{M}SlipsKeptResult", nsmap={"m": M[1:-1]})
        etree.SubElement(answer, f"{M}Count").text = str(len(request))
        return answer

    def _issue(self, reference: str, letter: dict[str, str], happening: str) -> None:
        now = datetime.now(UTC)
        number = f"SL-{len(self.slips) + 1}"
        when = jdatetime.datetime.fromgregorian(datetime=now.astimezone(ZoneInfo("Asia/Tehran")))
        root = etree.Element(f"{S}Slip", nsmap={"s": S[1:-1]}, Id=number)
        texts = {"SlipNo": number, "SenderRef": reference, "Ticket": letter["Ticket"], "Hash": letter["Hash"]}
        texts |= {"Happening": happening, "When": when.strftime("%Y/%m/%d %H:%M:%S")}
        for name, text in ((name, text) for name, text in texts.items() if text):
            etree.SubElement(root, S + name).text = text
        self.slips.append((number, self._slip(root, now)))

    def _slip(self, root: etree._Element, now: datetime) -> bytes:
        """Return a slip as octets in the form that the service sends."""
        return sign_document(root, self.slip_signer, now)

    def _signed(self, body: etree._Element, action: str, message: str) -> bytes:
        addressing = Addressing(
            to=f"{WSA}/anonymous", action=f"{action}Result", message_id=f"urn:uuid:{uuid.uuid4()}", relates_to=message
        )
        lifetime = timedelta(minutes=5)
        return sign_message(body, addressing, self.signer, datetime.now(UTC), lifetime, soap=self.soap).wire


def _fate(name: str, reference: str, letter: dict[str, str]) -> etree._Element:
    fate = etree.Element(M + name, nsmap={"m": M[1:-1]})
    etree.SubElement(fate, f"{M}SenderRef").text = reference
    etree.SubElement(fate, f"{M}Outcome").text = letter["Outcome"]
    if letter["Outcome"] == "10":
        etree.SubElement(fate, f"{M}Ticket").text = letter["Ticket"]
    if letter["Outcome"] == "20":
        reason = etree.SubElement(fate, f"{M}Reason")
        etree.SubElement(reason, f"{M}No").text = "102"
        etree.SubElement(reason, f"{M}Words").text = "گیرنده درگذشته است"
    return fate


def _wrapped(name: str, answer: etree._Element) -> etree._Element:
    wrapper = etree.Element(f"{M}{name}Response", nsmap={"m": M[1:-1]})
    etree.SubElement(wrapper, "out").extend(list(answer))
    return wrapper


def _fault(number: str, soap: str) -> etree._Element:
    fault = etree.Element(f"{{{soap}}}Fault", nsmap={"soap": soap})
    if soap == SOAP:
        etree.SubElement(fault, "faultcode").text = "soap:Server"
        etree.SubElement(fault, "faultstring").text = "not now"
        detail = etree.SubElement(fault, "detail")
    else:
        code, reason = (etree.SubElement(fault, f"{{{soap}}}{name}") for name in ("Code", "Reason"))
        etree.SubElement(code, f"{{{soap}}}Value").text = "soap:Receiver"
        etree.SubElement(reason, f"{{{soap}}}Text").text = "not now"
        detail = etree.SubElement(fault, f"{{{soap}}}Detail")
    trouble = etree.SubElement(detail, f"{M}Trouble", nsmap={"m": M[1:-1]})
    etree.SubElement(trouble, f"{M}No").text = number
    return fault


@contextmanager
def serving(mizan: Mizan) -> Iterator[str]:
    """Serve on a free port while the block runs; give the endpoint's URL."""
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            octets = self.rfile.read(int(self.headers["Content-Length"]))
            with one_at_a_time:
                mizan.media_type = self.headers["Content-Type"]
                status, answer = mizan.answer(octets)
            if mizan.spoil is not None:
                status, answer = mizan.spoil(status, answer)
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/letters"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
