"""Behaviour of a recipient, determined by the identifier. `docs/start/sandbox.md` shows the same tables.

Synthetic identifiers begin with 999, and the fourth digit decides: 0-4 views soon, 5-6 views late, 7 never views, 8 has
no account, 9 is refused with a code. Any other person views soon. So does a person who gets a corrected paper for an
illegible one. Waits are in days of waiting, the same each time for one reference.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from gateway.runtime.errors import CATALOGUE

SYNTHETIC = "999"


class Conduct(StrEnum):
    """Kind of a recipient's behaviour."""

    VIEWS_SOON = "views soon"
    VIEWS_LATE = "views late"
    NEVER_VIEWS = "never views"
    NO_ACCOUNT = "no account"
    REFUSED = "refused"


_BY_DIGIT = [Conduct.VIEWS_SOON] * 5 + [
    Conduct.VIEWS_LATE,
    Conduct.VIEWS_LATE,
    Conduct.NEVER_VIEWS,
    Conduct.NO_ACCOUNT,
    Conduct.REFUSED,
]

REFUSALS = {
    "R-101": "the identifier is not in the civil registry",
    "R-102": "the recipient is deceased",
    "R-103": "the recipient is under guardianship; serve the guardian",
    "R-104": "the paper is illegible; serve a corrected one",
}
"""Reasons for refusing to serve a person: code → text. Plausible, and ours: the judiciary's codes are not public."""

_ILLEGIBLE = "R-104"

ARRIVAL = (0.1, 0.3)
"""Days from acceptance to arrival in the account, least and most."""

VIEWING = {Conduct.VIEWS_SOON: (0.5, 1.5), Conduct.VIEWS_LATE: (5.0, 8.0)}
"""Days from arrival to viewing, least and most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Waits of a notice. ``arrival`` counts from acceptance, ``viewing`` from arrival (None: never)."""

    arrival: timedelta
    viewing: timedelta | None


def conduct_of(identifier: str, *, corrects: bool = False) -> Conduct:
    """Return the conduct of the person with this (plain, ASCII) identifier; the paper may correct another one."""
    if not identifier.startswith(SYNTHETIC):
        return Conduct.VIEWS_SOON
    conduct = _BY_DIGIT[int(identifier[3])]
    if conduct is Conduct.REFUSED and corrects and refusal_of(identifier) == _ILLEGIBLE:
        return Conduct.VIEWS_SOON
    return conduct


def refusal_of(identifier: str) -> str:
    """Return the code of a `REFUSED` person's refusal, by the fifth digit: 9, or else modulo 3."""
    digit = int(identifier[4])
    return _ILLEGIBLE if digit == 9 else list(REFUSALS)[digit % 3]


def text_of(code: str | None) -> str | None:
    """Return the text of a refusal's code; None for none."""
    return None if code is None else REFUSALS.get(code) or CATALOGUE[code].en


def waits_of(conduct: Conduct, reference: str) -> Waits:
    """Return the waits of a notice to an accepted recipient."""
    viewing = VIEWING.get(conduct)
    return Waits(
        arrival=_days(ARRIVAL, f"arrival {reference}"),
        viewing=None if viewing is None else _days(viewing, f"viewing {reference}"),
    )


def _days(span: tuple[float, float], seed: str) -> timedelta:
    share = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) / 2**64
    least, most = span
    return timedelta(days=least + (most - least) * share)
