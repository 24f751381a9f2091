"""Cost of a message in either form: XML signed with WS-Security, JSON signed as JWS. The same key, the same seals.

*Making* begins with sealed notices and ends with the octets to send. *Judging* begins with those and ends with their
contents, each seal's octets among them.
"""

from __future__ import annotations

import base64
import binascii
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from lxml import etree

from adapters.bench.verify_message import DOCUMENT_BYTES, NOTICES, seal_of, soap_message
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.names import JUDICIARY
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.jws import Claims, JwsVerifier, body_of, sign_jws
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.xml.strict_xml import canonical
from adapters.sandbox.verbs.development_keys import generate_development_keys
from gateway.judiciary.courier import SealSlice
from gateway.runtime.clock import system_clock

LABELS: Final = {0: "an inquiry", NOTICES: f"{NOTICES} notices of {DOCUMENT_BYTES // 1024} KiB"}
_LIFETIME: Final = timedelta(minutes=5)
_SEALED: Final = f"{{{JUDICIARY}}}Submission/{{{JUDICIARY}}}SealedNotice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Medians, in CPU milliseconds a message; ``octets`` is its size."""

    protocol: str
    message: str
    make: float
    judge: float
    octets: int


def measure(rounds: int) -> list[Cost]:
    """Make and judge each message in both forms, so many times alternately."""
    with tempfile.TemporaryDirectory() as name:
        pki = Path(name) / "pki"
        generate_development_keys(pki)
        key, certificate = (pki / "municipality" / f"transport.{part}.pem" for part in ("key", "crt"))
        signer = load_signer(key, certificate)
        partner = load_partner("municipality", [certificate], [pki / "anchors" / "municipality-root.pem"])
    judges = {"XML, WS-Security": _read_xml(MessageVerifier(partner)), "JSON, JWS": _read_jws(JwsVerifier(partner))}
    makers = {"XML, WS-Security": _make_xml, "JSON, JWS": _make_jws}
    costs = []
    for notices, label in LABELS.items():
        seals = [seal_of(signer, f"EB-{number}") for number in range(notices)]
        for protocol, make in makers.items():
            octets = make(seals, signer)
            assert judges[protocol](octets) == [seal.octets for seal in seals], "what is measured works"
            costs.append(
                Cost(
                    protocol=protocol,
                    message=label,
                    make=_milliseconds(partial(make, seals, signer), rounds),
                    judge=_milliseconds(partial(judges[protocol], octets), rounds),
                    octets=len(octets),
                )
            )
    return costs


def _make_xml(seals: Sequence[SealSlice], signer: Signer) -> bytes:
    return soap_message(seals, signer)


def _make_jws(seals: Sequence[SealSlice], signer: Signer) -> bytes:
    submissions = [
        {"reference": seal.reference, "sealed_notice": base64.b64encode(bytes(seal.octets)).decode("ascii")}
        for seal in seals
    ]
    body = {"submissions": submissions} if seals else {"inquiries": [{"reference": "EB-0"}]}
    operation = "SubmitNotices" if seals else "InquireStatus"
    claims = Claims(operation=operation, message_id="urn:bench:1", audience="urn:bench:court")
    return sign_jws(body, claims, signer, system_clock(), _LIFETIME)


def _read_xml(verifier: MessageVerifier) -> Callable[[bytes], list[bytes]]:
    def read(octets: bytes) -> list[bytes]:
        said: etree._Element = payload(verifier.examine(octets))
        return [canonical(sealed[0]) for sealed in said.iterfind(_SEALED)]

    return read


def _read_jws(verifier: JwsVerifier) -> Callable[[bytes], list[bytes]]:
    def read(octets: bytes) -> list[bytes]:
        said = body_of(verifier.examine(octets))
        return [binascii.a2b_base64(one["sealed_notice"]) for one in said.get("submissions", ())]

    return read


def _milliseconds(act: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.process_time()
        act()
        times.append((time.process_time() - began) * 1e3)
    return median(times)
