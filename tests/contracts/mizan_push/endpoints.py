"""Our callback endpoint for Mizan's slips, over any store, and a judge of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from adapters.callback.receipt_service import ReceiptService
from adapters.crypto.keys.names import CALLBACK
from adapters.crypto.keys.partner import Partner
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.partner_profile import STRICT, PartnerProfile
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, MIB
from adapters.http.http_service import HttpRequest
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.receipts.receipt_binding import mapped_receipt_judge
from adapters.settings import JudiciaryProfile, load_profile
from adapters.soap.answers import Answerer
from adapters.soap.endpoint import SoapEndpoint
from adapters.storage.sql_store import SqlStore
from adapters.web.listener_limits import Limits
from adapters.web.server import WebServer
from gateway.intake.push_result import PushTally
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.runtime.clock import Clock, system_clock
from gateway.trust.revocation_status import UNASKED, Revocations
from tests.conformance.couriers import MINUTE, _judiciary_partner, _thumbprints, _transport

from .profiles import make_profile
from .server import ACTION, PushingMizan, Reply

ADDRESS = "http://127.0.0.1:9130/receipts"


@dataclass(frozen=True, kw_only=True)
class Side:
    """Our side of one shape of the contract."""

    pki: Path
    folder: Path
    profile: JudiciaryProfile
    contract: MappedContract[etree._Element]
    rpc: bool

    @classmethod
    def of(cls, pki: Path, folder: Path, *, rpc: bool) -> Side:
        make_profile(folder, rpc=rpc)
        profile = load_profile(str(folder), Path())
        return cls(pki=pki, folder=folder, profile=profile, contract=mapped_contract(profile), rpc=rpc)

    def mizan(self) -> PushingMizan:
        found = PushingMizan(self.pki / "judiciary", self.pki / "municipality" / "transport.crt.pem", rpc=self.rpc)
        found.push_schema = etree.XMLSchema(etree.parse(str(self.folder / "messages.xsd")))
        return found

    def endpoint(
        self,
        store: SqlStore,
        address: str = ADDRESS,
        *,
        clock: Clock = system_clock,
        partner: Partner | None = None,
        profile: PartnerProfile = STRICT,
        revocations: Revocations = UNASKED,
        judge: Any = None,
    ) -> SoapEndpoint:
        push = self.contract.push
        assert push is not None
        issuers = _thumbprints(self.pki, "transport")
        if partner is not None:
            issuers = frozenset(certificate.thumbprint for certificate in partner.certificates)
        return SoapEndpoint(
            address=address,
            path=urlsplit(address).path,
            documents={},
            namespace=CALLBACK,
            schema=push.schema,
            verifier=MessageVerifier(
                partner or _judiciary_partner(self.pki), profile=profile, soap=push.operation.soap
            ),
            issuers=issuers,
            skew=MINUTE,
            clock=clock,
            handler=ReceiptService(
                destination="mizan",
                policy=ReceiptPolicy(origin="city", capabilities=self.profile.capabilities),
                profile=self.profile.spoken,
                store=lambda: store,
                opened=lambda: store.inbox,
                contract=push,
                judge=judge or self.judge(),
                tally=PushTally(),
            ),
            answerer=Answerer(
                _transport(self.pki), clock, CALLBACK, soap=push.operation.soap, actions={ACTION: push.answer_action}
            ),
            actions={push.operation.request_tag: push.operation.action},
            revocations=revocations,
        )

    def judge(self, revocations: Revocations = UNASKED) -> Any:
        issuers = _thumbprints(self.pki, "receipts")
        judge = mapped_receipt_judge(self.profile, self.contract.receipt, _judiciary_partner(self.pki), issuers, MINUTE)
        return replace(judge, revocations=revocations)


@contextmanager
def listening(make: Callable[[str], SoapEndpoint]) -> Iterator[str]:
    """Serve what ``make`` makes of an address on a free port while the block runs; give that address."""
    server = WebServer("127.0.0.1:0", Limits(body_bytes=MESSAGE_LIMITS.max_bytes + MIB))
    address = f"{server.url}/receipts"
    server.service = make(address)
    server.start()
    try:
        yield address
    finally:
        server.close()


def asked(endpoint: SoapEndpoint, octets: bytes, kind: str) -> tuple[int, bytes]:
    """Call the endpoint without a server between; ``kind`` is the content type."""
    headers = {"content-type": kind}
    answer = endpoint.handle(HttpRequest(method="POST", path="/receipts", headers=headers, body=octets))
    return answer.status, answer.body


def reported(mizan: PushingMizan, endpoint: SoapEndpoint, octets: bytes) -> Reply:
    """The same, as Mizan reads it."""
    return mizan.read(*asked(endpoint, octets, mizan.headers["Content-Type"]))
