"""Numbers of eblagh-rpc-1 for the sandbox's statuses, refusals and faults."""

from __future__ import annotations

from typing import Final

from adapters.sandbox.judiciary.behaviour import text_of
from adapters.sandbox.judiciary.ledger_transaction import Status
from gateway.judiciary.outcome_codes import OUR_CREDENTIALS

NOT_KNOWN: Final = 0
STATUSES: Final = {Status.ACCEPTED: 100, Status.REJECTED: 200, Status.NO_ACCOUNT: 210}

_PERSONS: Final = {
    "R-101": (101, "شناسه در ثبت احوال یافت نشد"),
    "R-102": (102, "مخاطب درگذشته است"),
    "R-103": (103, "مخاطب محجور است؛ به قیم ابلاغ شود"),
    "R-104": (104, "برگه خوانا نیست؛ برگه اصلاح‌شده ابلاغ شود"),
}
_DEFECTIVE: Final = 150
"""Number of a defect in the sealed notice itself."""
_SEAL_REFUSED: Final = 151
"""Number of a refused signature or certificate of the seal."""

_FAULTS: Final = {
    "busy": 503,
    "verify.expired": 408,
    "verify.stale": 408,
    "verify.schema": 422,
    "verify.replay": 409,
    "verify.too-large": 413,
    **dict.fromkeys(OUR_CREDENTIALS, 401),
}
_REFUSED, _FAILED = 400, 500


def refusal(code: str) -> tuple[int, str]:
    """Return number and words of a notice's refusal."""
    number = _SEAL_REFUSED if code in OUR_CREDENTIALS else _DEFECTIVE
    return _PERSONS.get(code) or (number, f"{code}: {text_of(code)}")


def fault(code: str, *, sender_at_fault: bool) -> int:
    """Return the number of a fault. The contract guarantees for 408, 422 and 503 alone that nothing was acted on."""
    return _FAULTS.get(code, _REFUSED if sender_at_fault else _FAILED)
