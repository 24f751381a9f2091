"""Mizan's contract in two shapes: SOAP 1.1 with document/literal, SOAP 1.2 with rpc/literal."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Final

from adapters.crypto.message.soap_message import MessageVerifier
from gateway.judiciary.courier import Accepted, NoAccount, Rejected, Unknown
from tests.contracts.contract import Contract

from .server import PROFILE, RPC_PROFILE, SOAP, SOAP12, Mizan, serving


def _make_busy(mizan: Mizan) -> None:
    mizan.busy = True


DOCUMENT: Final = Contract(
    profile=PROFILE,
    service=Mizan,
    serving=serving,
    batches=False,
    outcomes={
        "9990000001": Accepted(tracking_number="MZ-1"),
        "9999100001": Rejected(code="102", text="گیرنده درگذشته است"),
        "9998000001": NoAccount(),
        "9997000001": Unknown(code="courier.incomplete-answer", detail="status UNKNOWN"),
    },
    hash="Hash",
    make_busy=_make_busy,
    spoilt={
        "changed on its way": (lambda status, octets: (status, octets.replace(b">10<", b">20<")), "verify.digest"),
        "not signed": (
            lambda status, octets: (status, re.sub(rb"<ds:Signature .*</ds:Signature>", b"", octets, flags=re.DOTALL)),
            "verify.unsigned",
        ),
        "a page of something in between": (lambda _status, _octets: (502, b"<html/>"), "courier.http-status"),
        "cut short": (lambda status, octets: (status, octets[:-20]), "verify.malformed"),
    },
    unexplained="9",
    slip="SL-",
    changed=(b"MZ-1", b"MZ-2"),
    no_room="Addressee.FullName",
    other_reader=partial(MessageVerifier, soap=SOAP12),
    other_refusal=("verify.shape", "Envelope"),
)
RPC: Final = replace(
    DOCUMENT,
    profile=RPC_PROFILE,
    service=partial(Mizan, rpc=True),
    no_room="in.Addressee.FullName",
    other_reader=partial(MessageVerifier, soap=SOAP),
)
