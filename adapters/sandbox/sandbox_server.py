"""The sandbox as a process: it is built from its configuration, serves on loopback, and ends on request."""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import waitress.server
from waitress import wasyncore

from adapters.crypto.keys.certificate import assert_valid_now, load_certificates
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.names import JUDICIARY, NOTICE
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.schema.message_schema import MessageSchema
from adapters.crypto.schema.strict_json import parse_file
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.partner_profile import PartnerProfile, TokenUse
from adapters.crypto.xml.strict_xml import load_schema
from adapters.http.http_service import HttpRequest, HttpResponse
from adapters.http.wsgi import wsgi
from adapters.sandbox.contracts.contract_router import Endpoints
from adapters.sandbox.contracts.hostile import HostileServer
from adapters.sandbox.contracts.receipt_pusher import ReceiptPusher
from adapters.sandbox.contracts.rest_endpoint import RestEndpoint
from adapters.sandbox.contracts.rpc_parts import receipt_pusher, rpc_endpoint
from adapters.sandbox.contracts.soap_service import EblaghService
from adapters.sandbox.judiciary.config import SandboxConfig
from adapters.sandbox.judiciary.faults import PUSH_RECEIPTS, Fault, FaultConfig, FaultPlan
from adapters.sandbox.judiciary.judiciary_service import JudiciaryService
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.sandbox.judiciary.request_handler import SandboxRequestHandler
from adapters.sandbox.judiciary.seals import SealJudge
from adapters.shipped.resources import NOTICE_SCHEMA, PROFILES, SCHEMAS
from adapters.soap.answers import Answerer
from adapters.soap.bridge import SpyneBridge
from adapters.soap.endpoint import SoapEndpoint
from gateway.runtime.clock import Clock, Pace, system_clock
from gateway.runtime.errors import GatewayError

MAX_BODY_BYTES = 21 * 1024 * 1024
THREADS = 4
FINISHING_SECONDS = 30.0
"""Seconds that requests under way may take after the sandbox was asked to end."""

_CONTRACT, _REST_CONTRACT = PROFILES / "eblagh-1", PROFILES / "eblagh-rest-1"
_REST_SCHEMA = "messages-1.schema.json"


def serve(
    config: SandboxConfig, on_ready: Callable[[int], None], stop: threading.Event, clock: Clock = system_clock
) -> None:
    """Serve until ``stop``, then finish requests under way. ``on_ready`` is called with the port.

    Raises `GatewayError` (``sandbox.*``, ``key.*``, ``certificate.*``) before anything is served.
    """
    with listen(config.host, config.port) as listener:
        port = listener.getsockname()[1]
        ledger = Ledger(config.ledger)
        try:
            if config.faults is None:
                with _pushing(receipt_pusher(config, ledger, clock, lambda: None), stop):
                    run(build(config, port, ledger, clock).handle, listener, lambda: on_ready(port), stop)
            else:
                _misbehave(config, config.faults, listener, ledger, clock, lambda: on_ready(port), stop)
        finally:
            ledger.close()


def wait_for_parent(stop: threading.Event) -> None:
    """Set ``stop`` at the end of standard input, which comes when the process at its other end is gone."""
    # Not sys.stdin: a daemon thread that waits in its buffer keeps the interpreter from ending.
    while os.read(0, 4096):
        pass
    stop.set()


def build(config: SandboxConfig, port: int, ledger: Ledger, clock: Clock) -> Endpoints:
    """Return the service for that port. Raises `GatewayError` (``key.*``, ``certificate.*``)."""
    files = [*config.partner_certificates, *config.partner_seals.values()]
    partner = load_partner("partner", files, list(config.partner_anchors))
    notices = DocumentVerifier(partner, f"{{{NOTICE}}}Notice", load_schema(NOTICE_SCHEMA, SCHEMAS))
    judiciary = JudiciaryService(
        seals=SealJudge(
            notices, {body: _thumbprints([path]) for body, path in config.partner_seals.items()}, config.skew
        ),
        receipts=_signer(config.receipts_key, config.receipts_certificate, clock),
        pace=Pace(config.day),
    )
    host = f"[{config.host}]" if ":" in config.host else config.host
    port = config.public_port or port
    folder = config.endpoint_path.rpartition("/")[0]
    answers = _signer(config.transport_key, config.transport_certificate, clock)
    issuers = _thumbprints(config.partner_certificates)
    soap = SoapEndpoint(
        address=f"http://{host}:{port}{config.endpoint_path}",
        path=config.endpoint_path,
        documents={
            f"{config.endpoint_path}?wsdl": (_CONTRACT / "service.wsdl").read_bytes(),
            f"{folder}/messages-1.xsd": (_CONTRACT / "messages-1.xsd").read_bytes(),
        },
        namespace=JUDICIARY,
        schema=load_schema(_CONTRACT / "messages-1.xsd"),
        verifier=MessageVerifier(partner, profile=_soap_profile(config)),
        credentials=config.credentials,
        issuers=issuers,
        skew=config.skew,
        clock=clock,
        handler=SandboxRequestHandler(
            judiciary=judiciary,
            ledger=ledger,
            service=SpyneBridge(EblaghService, JUDICIARY),
            clock=clock,
            skew=config.skew,
        ),
        answerer=Answerer(answers, clock, JUDICIARY),
    )
    rest = RestEndpoint(
        address=f"http://{host}:{port}{config.rest_path}",
        path=config.rest_path,
        operations=_operations(_REST_CONTRACT / "openapi.json"),
        documents={f"/{name}": (_REST_CONTRACT / name).read_bytes() for name in ("openapi.json", _REST_SCHEMA)},
        schema=MessageSchema(_REST_CONTRACT / _REST_SCHEMA),
        verifier=JwsVerifier(partner, profile=config.profile),
        issuers=issuers,
        skew=config.skew,
        clock=clock,
        ledger=ledger,
        judiciary=judiciary,
        signer=answers,
    )
    rpc = rpc_endpoint(f"http://{host}:{port}", config, partner, issuers, judiciary, ledger, answers, clock)
    return Endpoints(rest, rpc, soap)


def _soap_profile(config: SandboxConfig) -> PartnerProfile:
    expected = TokenUse.NONE if config.credentials is None else TokenUse.EXPECTED
    return replace(config.profile, username_token=expected)


def _operations(openapi: Path) -> dict[str, str]:
    """Return the operations of the published contract by their path."""
    paths = parse_file(openapi, str(openapi))["paths"]
    return {path: item["post"]["operationId"] for path, item in paths.items()}


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; anything but loopback is refused, since anybody could have notices "served" there.

    Raises `GatewayError` ``sandbox.host``, ``sandbox.port``.
    """
    address = f"{host}:{port}"
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError as error:
        raise GatewayError("sandbox.host", where=address, detail="not an IP address") from error
    if not loopback:
        raise GatewayError("sandbox.host", where=address)
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise GatewayError("sandbox.port", where=address, detail=os.strerror(error.errno or 0)) from error


def _misbehave(
    config: SandboxConfig,
    faults: FaultConfig,
    listener: socket.socket,
    ledger: Ledger,
    clock: Clock,
    on_ready: Callable[[], None],
    stop: threading.Event,
) -> None:
    def wrong_clock() -> datetime:
        return clock() + faults.clock_offset

    def record(fault: Fault, operation: str) -> None:
        with ledger.transaction() as transaction:
            transaction.add_fault(fault.value, operation, at=clock())

    plan, began = FaultPlan(faults), time.monotonic()

    def deal_push() -> Fault | None:
        fault = plan.deal(PUSH_RECEIPTS, timedelta(seconds=time.monotonic() - began))
        if fault is not None:
            record(fault, PUSH_RECEIPTS)
        return fault

    endpoints = build(config, listener.getsockname()[1], ledger, wrong_clock)
    server = HostileServer(endpoints, plan, record, listener)
    with _pushing(receipt_pusher(config, ledger, wrong_clock, deal_push), stop):
        on_ready()
        server.serve(stop)


@contextmanager
def _pushing(pusher: ReceiptPusher | None, stop: threading.Event) -> Iterator[None]:
    """Push receipts while the block runs, whose end is the sandbox's."""
    if pusher is None:
        yield
        return
    thread = threading.Thread(target=pusher.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def run(
    handle: Callable[[HttpRequest], HttpResponse],
    listener: socket.socket,
    on_ready: Callable[[], None],
    stop: threading.Event,
) -> None:
    """Answer requests by ``handle`` until ``stop``, then finish requests under way."""
    sockets: dict[int, Any] = {}
    server = waitress.server.create_server(
        wsgi(handle),
        map=sockets,
        sockets=[listener],
        threads=THREADS,
        max_request_body_size=MAX_BODY_BYTES,
        # A body stays in memory, and is read in large pieces.
        inbuf_overflow=MAX_BODY_BYTES,
        outbuf_overflow=MAX_BODY_BYTES,
        recv_bytes=256 * 1024,
        ident=None,
    )
    waker = threading.Thread(target=_wake, args=(server, stop), daemon=True)
    waker.start()
    on_ready()
    while not stop.is_set():
        wasyncore.loop(timeout=5, map=sockets, count=1)
    waker.join()
    server.del_channel(sockets)
    listener.close()
    deadline = time.monotonic() + FINISHING_SECONDS
    while time.monotonic() < deadline and _busy(server.active_channels.values()):
        wasyncore.loop(timeout=0.05, map=sockets, count=1)
    server.task_dispatcher.shutdown()
    wasyncore.close_all(sockets)


def _wake(server: Any, stop: threading.Event) -> None:
    stop.wait()
    server.pull_trigger()


def _busy(channels: Any) -> bool:
    return any(channel.requests or channel.total_outbufs_len for channel in channels)


def _signer(key: Path, certificate: Path, clock: Clock) -> Signer:
    signer = load_signer(key, certificate)
    assert_valid_now(signer.certificate, clock())
    return signer


def _thumbprints(files: Sequence[Path]) -> frozenset[str]:
    """Return the thumbprints of the files' first certificates, which are those that sign."""
    return frozenset(load_certificates(file)[0].thumbprint for file in files)
