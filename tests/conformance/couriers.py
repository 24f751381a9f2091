"""The couriers that the suite runs over, and a sandbox that serves their contracts and goes wrong on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.keys.partner import Partner, load_partner
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.document import DocumentVerifier, sign_document
from adapters.crypto.xml.sealing import notice_element
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.answer_judge import SignedAnswers
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.json_form import JsonForm
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.receipts.published_receipt_judge import SignedReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_binding import mapped_receipt_judge
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.message_courier import MessageCourier
from adapters.judiciary.rest_wire import Body, RestWire
from adapters.judiciary.soap_wire import SoapWire
from adapters.judiciary.transmission import CourierSettings
from adapters.judiciary.wire import Contract, SignedWire
from adapters.sandbox.contracts.hostile import HostileServer
from adapters.sandbox.judiciary.config import RpcConfig, SandboxConfig
from adapters.sandbox.judiciary.faults import Fault, FaultConfig, FaultPlan
from adapters.sandbox.judiciary.ledger import Ledger, ledger
from adapters.sandbox.sandbox_server import build, listen
from adapters.settings import JudiciaryProfile, ProtocolName, load_profile
from adapters.shipped.resources import RECEIPT_SCHEMA, SCHEMAS
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.courier import SealSlice
from gateway.judiciary.outcome_codes import USUAL_CODES
from gateway.notice.notice import MAX_DOCUMENT_BYTES, sha256
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.runtime.clock import Clock, steady_clock
from gateway.runtime.timekeeping import Timekeeper
from gateway.trust.revocation_status import UNASKED, Revocations
from tests.integration.sandbox.municipality import notice
from tests.manual_clock import ManualClock

MINUTE = timedelta(minutes=1)
CREDENTIALS = Credentials(username="eblagh-tehran", password=b"long and random")


class OnDemand(FaultPlan):
    """Deals one fault to the next call."""

    def __init__(self) -> None:
        super().__init__(FaultConfig(hold=timedelta(seconds=2)))
        self.next: Fault | None = None

    def deal(self, operation: str, since_start: timedelta) -> Fault | None:
        fault, self.next = self.next, None
        return fault


@dataclass
class CourierSandbox:
    """Keys, a clock, and a sandbox that serves every contract."""

    pki: Path
    clock: ManualClock
    port: int
    plan: OnDemand
    ledger: Path
    seal: Signer
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**6)))

    def sealed(self, *identifiers: str, content: bytes = b"%PDF-1.4 a paper") -> list[SealSlice]:
        """A sealed notice for each recipient, all of them new."""
        made = []
        for identifier in identifiers:
            one = notice(identifier, next(self.numbers), content)
            octets = sign_document(notice_element(one), self.seal, self.clock())
            made.append(SealSlice(reference=one.reference, octets=octets, digest=sha256(octets)))
        return made

    def submissions(self, reference: str) -> int:
        """Count the submissions of a reference."""
        lines = ledger(self.ledger, self.clock)
        return next((line["submissions"] for line in lines if line["reference"] == reference), 0)

    def receipt_judge(self, kind: Kind) -> ReceiptJudge:
        """Return the judge of that contract's receipts."""
        if "our receipts" not in kind.abilities:
            profile, contract = bound_by_files()
            return mapped_receipt_judge(
                profile, contract.receipt, _judiciary_partner(self.pki), _thumbprints(self.pki, "receipts"), MINUTE
            )
        verifier = DocumentVerifier(
            _judiciary_partner(self.pki), f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS)
        )
        return SignedReceiptJudge(verifier, _thumbprints(self.pki, "receipts"), MINUTE)


@contextmanager
def serving(pki: Path, directory: Path) -> Iterator[CourierSandbox]:
    """Serve on a free port while the block runs."""
    judiciary, ours, clock, plan = pki / "judiciary", pki / "municipality", ManualClock(datetime.now(UTC)), OnDemand()
    config = SandboxConfig(
        ledger=directory / "judiciary.db",
        transport_key=judiciary / "transport.key.pem",
        transport_certificate=judiciary / "transport.crt.pem",
        receipts_key=judiciary / "receipts.key.pem",
        receipts_certificate=judiciary / "receipts.crt.pem",
        partner_certificates=[ours / "transport.crt.pem"],
        partner_seals={"article-100": ours / "seal-article-100.crt.pem"},
        partner_anchors=[pki / "anchors" / "municipality-root.pem"],
        rpc=RpcConfig(credentials=CREDENTIALS),
    )
    listener, book, stop = listen(config.host, 0), Ledger(config.ledger), threading.Event()
    port = listener.getsockname()[1]
    server = HostileServer(build(config, port, book, clock), plan, lambda _fault, _operation: None, listener)
    thread = threading.Thread(target=server.serve, args=(stop,))
    thread.start()
    seal = load_signer(ours / "seal-article-100.key.pem", ours / "seal-article-100.crt.pem")
    try:
        yield CourierSandbox(pki, clock, port, plan, config.ledger, seal)
    finally:
        stop.set()
        thread.join()
        book.close()


Courier = MessageCourier[Any]
Make = Callable[[Path, Channel, str, Clock], Courier]


def soap(pki: Path, channel: Channel, endpoint: str, clock: Clock) -> Courier:
    contract = _soap_contract()
    form = contract.form
    assert isinstance(form, XmlForm)
    verifier = MessageVerifier(_judiciary_partner(pki))
    wire = SoapWire(verifier=verifier, actions=form.actions, **line(pki, channel, endpoint))
    return signed(pki, settings(pki, endpoint), wire, contract, clock)


def rest(pki: Path, channel: Channel, endpoint: str, clock: Clock) -> Courier:
    contract = _rest_contract()
    form = contract.form
    assert isinstance(form, JsonForm)
    wire = RestWire(verifier=JwsVerifier(_judiciary_partner(pki)), bound=form.at, **line(pki, channel, endpoint))
    return signed(pki, settings(pki, endpoint), wire, contract, clock)


def line(pki: Path, channel: Channel, endpoint: str) -> Any:
    """Return the arguments that every wire takes."""
    return {"endpoint": endpoint, "channel": channel, "signer": _transport(pki), "lifetime": 5 * MINUTE}


def signed(
    pki: Path,
    settings: CourierSettings,
    wire: SignedWire[Any],
    contract: Contract[Any],
    clock: Clock,
    *,
    tolerance: timedelta = MINUTE,
    revocations: Revocations = UNASKED,
) -> Courier:
    """Courier whose answers are signed by the judiciary's transport key."""
    timekeeper = Timekeeper(clock, steady_clock, tolerance)
    judge = SignedAnswers(
        wire=wire,
        issuers=_thumbprints(pki, "transport"),
        skew=MINUTE,
        clock=clock,
        timekeeper=timekeeper,
        revocations=revocations,
    )
    return MessageCourier(settings, wire, contract, judge, clock=clock, timekeeper=timekeeper)


def rpc(pki: Path, channel: Channel, endpoint: str, clock: Clock) -> Courier:
    profile, contract = bound_by_files()
    form = contract.form
    assert isinstance(form, XmlForm)
    verifier = MessageVerifier(_judiciary_partner(pki), soap=form.soap)
    wire = SoapWire(
        verifier=verifier,
        actions=form.actions,
        soap=form.soap,
        credentials=CREDENTIALS,
        **line(pki, channel, endpoint),
    )
    return signed(pki, replace(settings(pki, endpoint), codes=profile.codes), wire, contract, clock)


@cache
def _soap_contract() -> MappedContract[etree._Element]:
    return replace(mapped_contract(load_profile("eblagh-1", Path())), codes=USUAL_CODES)


@cache
def _rest_contract() -> MappedContract[Body]:
    return replace(mapped_rest_contract(load_profile("eblagh-rest-1", Path())), codes=USUAL_CODES)


@cache
def bound_by_files() -> tuple[JudiciaryProfile, MappedContract[etree._Element]]:
    """The profile whose mapping files bind its contract; compiled once."""
    profile = load_profile("eblagh-rpc-1", Path())
    return profile, mapped_contract(profile)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A contract's courier, the path of its endpoint and the name of its profile.

    ``codes`` maps our codes to the contract's, ``texts`` are words for a refusal, ``largest_paper`` is in octets.
    """

    make: Make
    path: str
    profile: str
    codes: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    largest_paper: int = MAX_DOCUMENT_BYTES

    def code(self, ours: str) -> str:
        return self.codes.get(ours, ours)

    @property
    def abilities(self) -> frozenset[str]:
        """Abilities that not every courier has; a test names those that it needs."""
        file = load_profile(self.profile, Path()).file
        can = file.capabilities.value
        found = {"batches": can.batches, "receipts by page": can.receipts is ReceiptWay.CURSOR}
        # A contract of others is not asked about persons, and knows its receipts by a mapping.
        ours = file.protocol is not ProtocolName.MAPPED
        found |= {"accounts": ours, "our receipts": ours, "seals that are not read before": ours}
        found |= {"username token": file.security.username_token}
        return frozenset(name for name, there in found.items() if there)


_NUMBERS = {
    "busy": "503",
    "verify.replay": "409",
    "verify.schema": "422",
    "verify.expired": "408",
    "verify.stale": "408",
    "verify.digest": "R-151",
}

COURIERS: dict[str, Kind] = {
    "soap": Kind(make=soap, path="/eblagh", profile="eblagh-1"),
    "rest": Kind(make=rest, path="/eblagh-rest", profile="eblagh-rest-1"),
    "rpc": Kind(
        make=rpc,
        path="/eblagh-rpc",
        profile="eblagh-rpc-1",
        codes=_NUMBERS,
        texts={"R-102": "مخاطب درگذشته است"},
        # Its base64 stands in base64 again, in one text of at most ten million characters.
        largest_paper=5 * 1024 * 1024,
    ),
}


def settings(pki: Path, endpoint: str) -> CourierSettings:
    return CourierSettings(destination="judiciary", endpoint=endpoint)


@contextmanager
def calling(make: Make, pki: Path, endpoint: str, clock: Clock, *, at: str | None = None) -> Iterator[Courier]:
    """A courier for ``endpoint``, which calls another address where one is given."""
    channel = Channel(at or endpoint, timedelta(seconds=60))
    try:
        yield make(pki, channel, endpoint, clock)
    finally:
        channel.close()


@contextmanager
def stranger(answer: Callable[[], tuple[int, bytes]]) -> Iterator[str]:
    """Give the address of a server that answers every POST in one way."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = answer()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # whoever asked has read enough

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/eblagh"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _judiciary_partner(pki: Path) -> Partner:
    files = [pki / "judiciary" / f"{name}.crt.pem" for name in ("transport", "receipts")]
    return load_partner("judiciary", files, [pki / "anchors" / "judiciary-root.pem"])


def _transport(pki: Path) -> Signer:
    return load_signer(pki / "municipality/transport.key.pem", pki / "municipality/transport.crt.pem")


def _thumbprints(pki: Path, name: str) -> frozenset[str]:
    return frozenset({load_certificates(pki / "judiciary" / f"{name}.crt.pem")[0].thumbprint})
