"""A courier over real HTTP, and a judiciary that answers with whatever octets a test makes."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.names import JUDICIARY
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.soap_wire import SoapWire
from adapters.judiciary.transmission import CourierSettings
from adapters.sandbox.pki import devpki
from adapters.settings import load_profile
from adapters.shipped.resources import CERTS
from gateway.judiciary.courier import SealSlice
from gateway.judiciary.outcome_codes import USUAL_CODES
from gateway.notice.notice import sha256
from gateway.runtime.clock import system_clock
from gateway.trust.revocation_status import Requirement, RevocationLists, Revocations
from tests.conformance.couriers import Courier, line, signed
from tests.witness import tls

J = JUDICIARY
Answer = tuple[int, bytes]


@dataclass
class Judiciary:
    """Answers each request by ``reply``, which sees its MessageID; ``requests`` are the octets that came."""

    signer: Signer
    stranger: Signer
    reply: Callable[[str], Answer] = lambda message_id: (404, b"")
    requests: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    verifier: MessageVerifier | None = None
    retry_after: str | None = None

    def answer(
        self,
        body: str,
        relates_to: str,
        *,
        action: str = f"{J}:SubmitNoticesResponse",
        signer: Signer | None = None,
        age: timedelta = timedelta(),
        lifetime: timedelta = timedelta(minutes=5),
    ) -> bytes:
        """Return a signed answer whose Body child is ``body`` (prefix j: the contract's namespace)."""
        element = etree.fromstring(f'<r xmlns:j="{J}" xmlns:soap="{SOAP}">{body}</r>')[0]
        addressing = Addressing(to="anonymous", action=action, message_id="urn:uuid:a", relates_to=relates_to)
        return sign_message(element, addressing, signer or self.signer, datetime.now(UTC) - age, lifetime).wire


SEAL = b'<n:Notice xmlns:n="urn:eblagh:notice:1"></n:Notice>'
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass
class Wire:
    """One courier and the judiciary that it talks to."""

    courier: Courier
    judiciary: Judiciary
    port: int
    lists: RevocationLists = field(default_factory=RevocationLists)

    def submission(self, *references: str):  # type: ignore[no-untyped-def]
        seals = [SealSlice(reference=r, octets=SEAL, digest=sha256(r.encode())) for r in references]
        return self.courier.prepare_submission(seals, datetime.now(UTC))


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys") / "pki"
    devpki.generate(directory, tomllib.loads((CERTS / "development.toml").read_text(encoding="utf-8")), system_clock())
    return directory


@pytest.fixture
def wire(pki: Path) -> Iterator[Wire]:
    judge = load_partner("city", [pki / "municipality/transport.crt.pem"], [pki / "anchors/municipality-root.pem"])
    judiciary = Judiciary(
        signer=load_signer(pki / "judiciary/transport.key.pem", pki / "judiciary/transport.crt.pem"),
        stranger=load_signer(pki / "municipality/transport.key.pem", pki / "municipality/transport.crt.pem"),
        verifier=MessageVerifier(judge),
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(judiciary))
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    port = server.server_address[1]
    channel = Channel(f"http://127.0.0.1:{port}/eblagh", timedelta(seconds=60))
    lists = RevocationLists()
    yield Wire(_courier(pki, channel, port, lists), judiciary, port, lists)
    channel.close()
    server.shutdown()
    server.server_close()
    serving.join()


def _courier(pki: Path, channel: Channel, port: int, lists: RevocationLists) -> Courier:
    certificate, endpoint = pki / "judiciary/transport.crt.pem", f"http://127.0.0.1:{port}/eblagh"
    partner = load_partner("judiciary", [certificate], [pki / "anchors/judiciary-root.pem"])
    contract = replace(mapped_contract(load_profile("eblagh-1", Path())), codes=USUAL_CODES)
    assert isinstance(contract.form, XmlForm)
    wire = SoapWire(verifier=MessageVerifier(partner), actions=contract.form.actions, **line(pki, channel, endpoint))
    return signed(
        pki,
        CourierSettings(destination="judiciary", endpoint=endpoint),
        wire,
        contract,
        system_clock,
        tolerance=timedelta(seconds=30),
        revocations=Revocations(chains=partner, lists=lambda: lists, requirement=Requirement.IF_KNOWN),
    )


def _handler(judiciary: Judiciary) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            if len(request := self.rfile.read(length)) < length:
                return  # the courier hung up
            judiciary.requests.append(request)
            judiciary.headers.append(dict(self.headers.items()))
            message_id = etree.fromstring(request).findtext(".//{http://www.w3.org/2005/08/addressing}MessageID")
            status, body = judiciary.reply(message_id or "")
            if status == 0:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            if judiciary.retry_after is not None:
                self.send_header("Retry-After", judiciary.retry_after)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

        def finish(self) -> None:
            with suppress(ValueError, OSError):  # a test closes the connection on purpose
                super().finish()

    return Handler


def body_of(facts_of: MessageVerifier, request: bytes) -> etree._Element:
    """Return the verified payload of a request that the courier made."""
    return payload(facts_of.examine(request))


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> tls.Tls:
    return tls.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> tls.Tls:
    """The same, under a root that the server does not know."""
    return tls.make(tmp_path_factory.mktemp("others"))
