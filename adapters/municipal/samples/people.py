"""Recipients who do not exist: every identifier begins with 999, which no civil registry office has (common knowledge,
not confirmed), and every name says that it is a sample.

The digit after 999 tells the sandbox judiciary how the recipient behaves (`BEHAVIOURS`, `docs/sample-data.md`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from adapters.municipal.samples.words import COMPANIES, FAMILY_NAMES, FOREIGN_NAMES, GIVEN_NAMES, STREETS
from gateway.delivery import DeliveryState
from gateway.identifiers import InvalidIdentifier, legal_entity_id, national_id
from gateway.notice import RecipientKind

NOBODY = "999"
MARK = "(نمونه)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """``digits`` are those after 999 that stand for it; ``share`` is how many recipients in 200 behave so."""

    digits: str
    share: int
    end: DeliveryState


BEHAVIOURS = (
    Behaviour(digits="01234", share=140, end=DeliveryState.VIEWED),  # views soon
    Behaviour(digits="56", share=24, end=DeliveryState.VIEWED),  # views late
    Behaviour(digits="7", share=12, end=DeliveryState.DELIVERED),  # never views
    Behaviour(digits="8", share=21, end=DeliveryState.NO_ACCOUNT),  # has no account
    Behaviour(digits="9", share=3, end=DeliveryState.REJECTED),  # is rejected with a code
)

_KINDS = (RecipientKind.NATURAL,) * 88 + (RecipientKind.LEGAL,) * 9 + (RecipientKind.FOREIGN,) * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A made-up recipient. ``end`` is the state in which every notice to this person must end."""

    kind: RecipientKind
    identifier: str
    name: str
    mobile: str | None
    postal_code: str | None
    address: str
    end: DeliveryState


def people(rng: random.Random) -> Iterator[Person]:
    """Yield persons without end, no two with one identifier in the first 100,000 of a behaviour's digit."""
    behaviours = _dealt([b for b in BEHAVIOURS for _ in range(b.share)], rng)
    serials = {digit: rng.randrange(100_000) for behaviour in BEHAVIOURS for digit in behaviour.digits}
    for behaviour in behaviours:
        digit = rng.choice(behaviour.digits)
        serials[digit] = (serials[digit] + 7919) % 100_000  # coprime to 100,000: all serials come before one returns
        kind = rng.choice(_KINDS)
        yield Person(
            kind=kind,
            identifier=_identifier(kind, f"{NOBODY}{digit}{serials[digit]:05}"),
            name=f"{_name(kind, rng)} {MARK}",
            # No operator has the prefix 0970, no post district 000 (common knowledge, not confirmed).
            mobile=f"0970{rng.randrange(10**7):07}" if rng.random() < 0.9 else None,
            postal_code=f"000{rng.randrange(10**7):07}" if rng.random() < 0.8 else None,
            address=f"تهران، خیابان {rng.choice(STREETS)}، کوچه {rng.choice(STREETS)}، پلاک {rng.randrange(1, 300)}",
            end=behaviour.end,
        )


def _dealt(deck: list[Behaviour], rng: random.Random) -> Iterator[Behaviour]:
    """Deal a shuffled deck again and again: shares hold in small samples too."""
    while True:
        rng.shuffle(deck)
        yield from deck


def _identifier(kind: RecipientKind, stem: str) -> str:
    match kind:
        case RecipientKind.NATURAL:
            return _checked(stem, national_id)
        case RecipientKind.LEGAL:
            return _checked(stem + "0", legal_entity_id)
        case RecipientKind.FOREIGN:
            return stem + "000"


def _checked(stem: str, check: Callable[[str], str]) -> str:
    """Return ``stem`` with the last digit that ``check`` asks for."""
    for digit in "0123456789":
        try:
            return check(stem + digit)
        except InvalidIdentifier:
            continue
    raise AssertionError("one of ten check digits is right")


def _name(kind: RecipientKind, rng: random.Random) -> str:
    match kind:
        case RecipientKind.NATURAL:
            return f"{rng.choice(GIVEN_NAMES)} {rng.choice(FAMILY_NAMES)}"
        case RecipientKind.LEGAL:
            return rng.choice(COMPANIES)
        case RecipientKind.FOREIGN:
            return rng.choice(FOREIGN_NAMES)
