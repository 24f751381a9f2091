"""Standstill of the gateway: nothing happens by itself, or nothing is sent, until a person acts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.overview.next_step import Need, NextStep
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import Actor, GatewayError
from gateway.store.proof_reach import stops


class Standstill(StrEnum):
    """Reason of a standstill."""

    STOPPED = "stopped"
    """A person stopped everything: nothing is sent, asked or fetched."""
    UNPROVEN = "unproven"
    """Nothing is sent, because its records could not be proven; inquiries and receipts go on."""


STANDSTILLS: Final[Mapping[Standstill, NextStep]] = {
    Standstill.STOPPED: NextStep(
        need=Need.RESUME,
        actor=Actor.OPERATOR,
        words=Words(
            en="at present the gateway does nothing by itself, because a person stopped everything, and the operator "
            "must resume its work",
            fa="اکنون همه کارهای درگاه به دستور متصدی متوقف است و متصدی سامانه باید ادامه کار را دستور دهد",
        ),
    ),
    Standstill.UNPROVEN: NextStep(
        need=Need.RESTORE_PROOF,
        actor=Actor.OPERATOR,
        words=Words(
            en="at present nothing is sent, because the archive could not prove it, and the operator must put the "
            "archive right",
            fa="اکنون چیزی ارسال نمی‌شود، زیرا با وضع کنونی بایگانی قابل اثبات نخواهد بود و متصدی سامانه باید وضع "
            "بایگانی را اصلاح کند",
        ),
    ),
}
"""Reason → the step that ends it. Its words end a sentence about a notice."""


def standstill(*, stopped: bool, lapsed: GatewayError | None) -> Standstill | None:
    """Return the reason for which nothing goes on, or None.

    ``stopped`` is the state of the stop-everything switch, ``lapsed`` an answer of
    `gateway.store.proof_reach.lapse`.
    """
    if stopped:
        return Standstill.STOPPED
    return Standstill.UNPROVEN if stops(lapsed) else None
