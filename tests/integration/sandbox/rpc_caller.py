"""The other side of eblagh-rpc-1, in tests: calls the sandbox, and is called by it. It can do each step wrongly."""

from __future__ import annotations

import base64
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from lxml import etree

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.names import SOAP12
from adapters.crypto.keys.partner import Partner, load_partner
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.partner_profile import REQUEST_PARTS
from adapters.crypto.xml.strict_xml import conforms, load_schema
from adapters.sandbox.contracts.rasid import event_of
from adapters.shipped.resources import PROFILES
from adapters.soap.answers import Answerer, Origin
from gateway.judiciary.courier import SealSlice
from gateway.runtime.clock import Clock
from gateway.trust.trust_policy import AllOf, Covers, Facts, IssuedBy

NAMESPACE = "urn:eblagh:judiciary-rpc:1"
E = f"{{{NAMESPACE}}}"
KNOWN = Credentials(username="eblagh-tehran", password=b"long and random")
MEDIA = "application/soap+xml; charset=utf-8"
MINUTE = timedelta(minutes=1)


def element(name: str, *children: etree._Element, text: str | None = None, **attributes: str) -> etree._Element:
    made = etree.Element(E + name, attributes, nsmap={"e": NAMESPACE})
    made.text = text
    made.extend(children)
    return made


def wrapped(operation: str, *children: etree._Element, part: str = "darkhast") -> etree._Element:
    made = element(operation)
    etree.SubElement(made, part).extend(children)
    return made


def texts(name: str, *values: str) -> list[etree._Element]:
    return [element(name, text=value) for value in values]


def registration(seal: SealSlice, *, identifier: str = "9990000001", chekide: str | None = None) -> etree._Element:
    """A SabtEblagh of a sealed notice."""
    package = element("BasteyeMohr", text=base64.b64encode(seal.octets).decode())
    package.set("Chekide", chekide or seal.digest.removeprefix("sha256:"))
    return wrapped(
        "SabtEblagh",
        *texts("ShomareErja", seal.reference),
        element("MarjaeSader", *texts("CodeMarja", "article-100"), *texts("OnvaneMarja", "م"), *texts("Mantaghe", "۶")),
        element("Parvande", *texts("ShomareParvande", "1404-77")),
        element(
            "Barge",
            *texts("ShomareBarge", "P-1"),
            *texts("CodeNoeBarge", "21"),
            *texts("Mozoo", "رأی"),
            *texts("TarikheSodur", "۱۴۰۴/۱۱/۱۴"),
            *texts("Nobat", "1"),
        ),
        element(
            "Mokhatab",
            *texts("NoeShakhs", "1"),
            *texts("ShomareMelli", identifier),
            *texts("NameMokhatab", "شخص ساختگی"),
        ),
        package,
    )


@dataclass(frozen=True, kw_only=True)
class SignedAnswer:
    """A signed answer: ``body`` is its verified payload."""

    status: int
    facts: Facts
    body: etree._Element

    @property
    def number(self) -> str | None:
        """Of a fault."""
        return self.body.findtext(f".//{E}Khata/{E}CodeKhata")

    def said(self, name: str) -> list[str]:
        return [each.text or "" for each in self.body.iter(E + name)]


class RpcCaller:
    """Calls as the courier does."""

    def __init__(self, pki: Path, address: str, clock: Callable[[], datetime]) -> None:
        self.address, self.clock = address, clock
        self.transport = _signer(pki / "municipality", "transport")
        self.stranger = _signer(pki / "municipality", "seal-article-100")
        self._verifier = MessageVerifier(_judiciary(pki), soap=SOAP12)
        self.schema = load_schema(PROFILES / "eblagh-rpc-1" / "messages.xsd")
        self.session = requests.Session()
        self.session.trust_env = False

    def signed(
        self,
        body: etree._Element,
        *,
        credentials: Credentials | None = KNOWN,
        token_age: timedelta = timedelta(),
        action: str | None = None,
        by_stranger: bool = False,
    ) -> bytes:
        now = self.clock()
        request = Addressing(
            to=self.address,
            action=action or f"{NAMESPACE}:{etree.QName(body).localname}",
            message_id=f"urn:uuid:{uuid.uuid4()}",
        )
        token = credentials.token(now - token_age) if credentials else None
        signer = self.stranger if by_stranger else self.transport
        return sign_message(body, request, signer, now, 5 * MINUTE, soap=SOAP12, token=token).wire

    def post(self, wire: bytes, media: str = MEDIA) -> requests.Response:
        return self.session.post(self.address, data=wire, headers={"Content-Type": media}, timeout=600)

    def answer_to(self, wire: bytes) -> SignedAnswer:
        answer = self.post(wire)
        assert answer.headers["Content-Type"] == MEDIA, answer.text
        facts = self._verifier.examine(answer.content)
        body = payload(facts)
        if answer.status_code == 200:
            conforms(self.schema, body)
        return SignedAnswer(status=answer.status_code, facts=facts, body=body)

    def call(self, operation: str, *children: etree._Element) -> SignedAnswer:
        return self.answer_to(self.signed(wrapped(operation, *children)))

    def register(self, seal: SealSlice) -> SignedAnswer:
        return self.answer_to(self.signed(registration(seal)))


@dataclass
class Receiver:
    """A callback. ``does`` tells, for each call from 1, what becomes of it: an HTTP status in place of an answer, what
    the answer says of each receipt, or how the answer is spoilt."""

    pki: Path
    clock: Clock
    does: Callable[[int], object] = lambda _call: None
    url: str = ""
    calls: list[list[str]] = field(default_factory=list)
    octets: dict[str, bytes] = field(default_factory=dict)
    came: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self._verifier = MessageVerifier(_judiciary(self.pki), soap=SOAP12)
        self._issuers = frozenset({load_certificates(self.pki / "judiciary/transport.crt.pem")[0].thumbprint})
        self._schema = load_schema(PROFILES / "eblagh-rpc-1" / "messages.xsd")
        signer = _signer(self.pki / "municipality", "transport")
        self._answerer = Answerer(signer, self.clock, NAMESPACE, SOAP12)

    def answer(self, octets: bytes) -> tuple[int, bytes]:
        facts = self._verifier.examine(octets)
        AllOf(IssuedBy(self._issuers), Covers(*REQUEST_PARTS)).check(facts)
        assert facts.claims["To"] == self.url
        body = payload(facts)
        conforms(self._schema, body)
        receipts = {
            each.findtext(f"{E}ShomareRasid", ""): base64.b64decode(each.findtext(f"{E}SanadeRasid", ""))
            for each in body.iter(f"{E}Rasid")
        }
        with self.came:
            self.calls.append(list(receipts))
            self.octets |= receipts
            does = self.does(len(self.calls))
            self.came.notify_all()
        if isinstance(does, int):
            return does, b"<html/>"
        origin = Origin(message_id=facts.claims["MessageID"], action=facts.claims["Action"])
        if does == "another's answer":
            origin = Origin(message_id="urn:uuid:0", action=origin.action)
        refused = does if isinstance(does, set) else set()
        wire = self._answerer.answer(_results(list(receipts), refused), origin)
        return 200, wire.replace(b"CodeNatije>1<", b"CodeNatije>3<") if does == "changed" else wire

    def wait(self, enough: Callable[[Receiver], bool]) -> None:
        with self.came:
            assert self.came.wait_for(lambda: enough(self), timeout=600), self.calls

    def events(self) -> list[tuple[str, str]]:
        """Reference and event of each receipt that came."""
        reported = [event_of(octets) for octets in self.octets.values()]
        return [(each.reference, each.event.value) for each in reported]


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """Serve on a free port while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, answer = receiver.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", MEDIA)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/receipts"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def _results(ids: Sequence[str], refused: set[object]) -> etree._Element:
    results = []
    for id_ in ids:
        reported = [
            *texts("ShomareRasid", id_),
            *texts("CodeNatije", "2" if id_ in refused or "all" in refused else "1"),
        ]
        results.append(element("Natije", *reported))
    return wrapped("ErsaleRasidResponse", *results, part="pasokh")


def _judiciary(pki: Path) -> Partner:
    files = [pki / "judiciary" / "transport.crt.pem"]
    return load_partner("judiciary", files, [pki / "anchors" / "judiciary-root.pem"])


def _signer(folder: Path, name: str) -> Signer:
    return load_signer(folder / f"{name}.key.pem", folder / f"{name}.crt.pem")
