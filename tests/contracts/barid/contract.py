"""Barid's contract: JSON that is signed as JWS, by claims of its own."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Final

import jwt

from adapters.crypto.message.jws import JwsVerifier
from gateway.judiciary.courier import Accepted, Deferred, NoAccount, Rejected, Unknown
from tests.contracts.contract import Contract

from .server import PROFILE, Barid, serving


def _make_busy(barid: Barid) -> None:
    barid.trouble = (503 - 3, {"error": {"no": 503, "say": "فردا"}})


def _changed(octets: bytes, old: str, new: str) -> bytes:
    header, payload, signature = octets.split(b".")
    said = base64.urlsafe_b64decode(payload + b"==").replace(old.encode(), new.encode())
    return b".".join([header, base64.urlsafe_b64encode(said).rstrip(b"="), signature])


def _by_stranger(octets: bytes) -> bytes:
    payload = octets.split(b".")[1]
    header = {"typ": "barid+jws", "x5t#S256": base64.urlsafe_b64encode(b"x" * 32).rstrip(b"=").decode()}
    said = base64.urlsafe_b64decode(payload + b"==")
    return jwt.api_jws.encode(said, "a secret that is long enough for this", algorithm="HS256", headers=header).encode()


BARID: Final = Contract(
    profile=PROFILE,
    service=Barid,
    serving=serving,
    batches=True,
    outcomes={
        "9990000001": Accepted(tracking_number="BR-1"),
        "9999100001": Rejected(code="102", text="گیرنده درگذشته است"),
        "9998000001": NoAccount(),
        "9997000001": Unknown(code="courier.incomplete-answer", detail="status UNKNOWN"),
        "9900000001": Deferred(code="deferred", retry_after=timedelta(seconds=90)),
    },
    hash="hash",
    make_busy=_make_busy,
    spoilt={
        "changed on its way": (lambda status, octets: (status, _changed(octets, "TAKEN", "OTHER")), "verify.signature"),
        "not signed": (lambda status, octets: (status, octets[: octets.rindex(b".") + 1]), "verify.unsigned"),
        "plain JSON": (lambda status, _octets: (status, b'{"letters": []}'), "verify.unsigned"),
        "a page of something in between": (lambda _status, _octets: (502, b"<html/>"), "courier.http-status"),
        "cut short": (lambda status, octets: (status, octets[:-22]), "verify.signature"),
        "signed by a stranger": (lambda status, octets: (status, _by_stranger(octets)), "verify.algorithm"),
    },
    unexplained="EATEN",
    slip="RS-",
    changed=(b">BOXED<", b">OPENED<"),
    no_room="to.fullName",
    other_reader=JwsVerifier,
    other_refusal=("verify.jws-type", ""),
)
