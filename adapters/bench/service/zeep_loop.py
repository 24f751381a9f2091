"""The usual alternative: a loop over zeep that sends one call after another and waits for each answer.

It builds, signs, sends, verifies and reads. The judiciary demands of it what it demands of the gateway: signed Body,
Timestamp, addressing headers and token. Its seals were made beforehand and cost it nothing. It keeps no evidence,
fetches no receipts, writes nothing back, and would not survive a power cut.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import requests
import xmlsec
import zeep
from lxml import etree
from zeep import ns
from zeep.transports import Transport
from zeep.wsa import WsAddressingPlugin
from zeep.wsse.signature import BinarySignature
from zeep.wsse.utils import WSU, ensure_id, get_security_header

from adapters.bench.common.cpu_time import cpu_seconds, machine_ticks
from adapters.bench.common.sample_cases import paper
from adapters.bench.common.sample_seals import sample_seals
from adapters.bench.service.delayed_judiciary import assert_once_each, delayed_judiciary
from adapters.bench.service.measured_run import copied, percentiles
from adapters.crypto.keys.names import BASE64, SOAP, WSA, X509V3
from adapters.shipped.resources import PROFILES
from gateway.notice.envelope import SealedNotice

_LIFETIME: Final = timedelta(seconds=60)
_SIGNED_HEADERS: Final = ("To", "Action", "MessageID")
_SERVICE: Final = PROFILES / "eblagh-1" / "service.wsdl"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRun:
    """Figures of the loop. ``p50`` to ``p99`` are milliseconds of a call.

    ``cpu`` and ``judiciary_cpu`` are milliseconds a notice, of this process and of the sandbox. ``busy`` is the share
    of all processors of the machine that worked meanwhile.
    """

    notices: int
    seconds: float
    p50: float
    p95: float
    p99: float
    cpu: float
    judiciary_cpu: float
    busy: float

    @property
    def a_second(self) -> float:
        return self.notices / self.seconds


def run_loop(sample: Path, notices: int, document_bytes: int, delay: timedelta, notices_a_call: int = 1) -> LoopRun:
    """Send so many notices to the sandbox in a copy of the sample. Raises `RuntimeError` if its ledger differs."""
    with copied(sample) as folder:
        seals = list(sample_seals(folder / "pki", notices, paper(document_bytes)))
        batches = [seals[first : first + notices_a_call] for first in range(0, notices, notices_a_call)]
        with delayed_judiciary(folder, delay) as judiciary, closing(requests.Session()) as session:
            session.trust_env = False
            service = _service(folder / "pki", judiciary.address, session)
            theirs, (worked, passed) = cpu_seconds(judiciary.process.pid), machine_ticks()
            waited, began, cpu = [], time.perf_counter(), time.process_time()
            for batch in batches:
                sent = time.perf_counter()
                _send(service, batch)
                waited.append(1000 * (time.perf_counter() - sent))
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            theirs = cpu_seconds(judiciary.process.pid) - theirs
            worked, passed = (late - early for late, early in zip(machine_ticks(), (worked, passed), strict=True))
        assert_once_each(folder, [seal.reference for seal in seals])
    p50, p95, p99 = percentiles(waited if len(waited) > 1 else waited * 2)
    return LoopRun(
        notices=notices,
        seconds=seconds,
        p50=p50,
        p95=p95,
        p99=p99,
        cpu=1000 * cpu / notices,
        judiciary_cpu=1000 * theirs / notices,
        busy=worked / passed if passed else 0.0,
    )


def _send(service: Any, batch: Sequence[SealedNotice]) -> None:
    answer = service.SubmitNotices(Submission=[_submission(seal.reference, bytes(seal.octets)) for seal in batch])
    if len(answer) != len(batch):
        raise RuntimeError(f"{len(batch)} notices were sent, and {len(answer)} results came")


def _service(pki: Path, address: str, session: requests.Session) -> Any:
    signature = _Signature(
        str(pki / "municipality" / "transport.key.pem"),
        str(pki / "municipality" / "transport.crt.pem"),
        (pki / "judiciary" / "transport.crt.pem").read_bytes(),
    )
    client = zeep.Client(
        str(_SERVICE), transport=Transport(session=session), wsse=signature, plugins=[WsAddressingPlugin()]
    )
    [binding] = client.wsdl.bindings
    return client.create_service(binding, address)


def _submission(reference: str, seal: bytes) -> dict[str, object]:
    return {"Reference": reference, "SealedNotice": {"_value_1": etree.fromstring(seal)}}


class _Signature(BinarySignature):
    """zeep's signature with what zeep leaves out: SHA-256, a Timestamp, addressing headers and the token signed."""

    def __init__(self, key: str, certificate: str, partner: bytes) -> None:
        super().__init__(key, certificate)
        self._partner = partner
        lines = self.cert_data.decode("ascii").partition("-----END")[0].splitlines()[1:]
        self._token = "".join(lines)

    def apply(self, envelope: etree._Element, headers: dict[str, str]) -> tuple[etree._Element, dict[str, str]]:
        security, now = get_security_header(envelope), datetime.now(UTC)
        created, expires = (
            moment.isoformat(timespec="seconds").replace("+00:00", "Z") for moment in (now, now + _LIFETIME)
        )
        timestamp = WSU.Timestamp(WSU.Created(created), WSU.Expires(expires))
        attributes = {"ValueType": X509V3, "EncodingType": BASE64}
        token = etree.Element(f"{{{ns.WSSE}}}BinarySecurityToken", attributes)
        token.text = self._token
        signature = xmlsec.template.create(
            envelope, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256
        )
        security.extend([timestamp, token, signature])
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(self.key_data, xmlsec.constants.KeyDataFormatPem)
        addressed = [envelope.find(f"{{{SOAP}}}Header/{{{WSA}}}{name}") for name in _SIGNED_HEADERS]
        for part in (*addressed, timestamp, token, envelope.find(f"{{{SOAP}}}Body")):
            reference = xmlsec.template.add_reference(
                signature, xmlsec.constants.TransformSha256, uri=f"#{ensure_id(part)}"
            )
            xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
            context.register_id(part, "Id", ns.WSU)
        holder = etree.SubElement(xmlsec.template.ensure_key_info(signature), f"{{{ns.WSSE}}}SecurityTokenReference")
        etree.SubElement(holder, f"{{{ns.WSSE}}}Reference", URI=f"#{ensure_id(token)}", ValueType=X509V3)
        context.sign(signature)
        return envelope, headers

    def verify(self, envelope: etree._Element) -> etree._Element:
        from zeep.wsse.signature import _make_verify_key, _verify_envelope_with_key

        _verify_envelope_with_key(envelope, _make_verify_key(self._partner))
        return envelope
