"""Recipients who do not exist. Every identifier begins with 999, 009 or 099, which no civil registry office has (common
knowledge, not confirmed). Every name says that it is a sample.

The digits after 999 determine the recipient's behaviour in the sandbox judiciary (`BEHAVIOURS`,
`docs/start/sample-data.md`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from adapters.sandbox.cases.sample_words import COMPANIES, FAMILY_NAMES, FOREIGN_NAMES, GIVEN_NAMES, STREETS
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.identifiers import InvalidIdentifier, legal_entity_id, national_id
from gateway.notice.notice import RecipientKind

NOBODY = "999"
LOST_ZEROS = ("009", "099")
"""Stems of national IDs whose zeros get lost if a database keeps them as numbers; on no list of offices either."""

MARK = "(نمونه)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Behaviour of a recipient.

    Identifiers of such recipients begin with ``stems``; ``share`` is their number in 200 recipients. A notice ends as
    ``end``; the paper that corrects it, if any, ends as ``corrected``.
    """

    stems: tuple[str, ...]
    share: int
    end: DeliveryState
    corrected: DeliveryState | None = None


BEHAVIOURS = (
    Behaviour(stems=tuple(f"{NOBODY}{d}" for d in "01234"), share=135, end=DeliveryState.VIEWED),  # views soon
    Behaviour(stems=LOST_ZEROS, share=4, end=DeliveryState.VIEWED),  # views soon, like anybody else
    Behaviour(stems=(f"{NOBODY}5", f"{NOBODY}6"), share=24, end=DeliveryState.VIEWED),  # views late
    Behaviour(stems=(f"{NOBODY}7",), share=12, end=DeliveryState.DELIVERED),  # never views
    Behaviour(stems=(f"{NOBODY}8",), share=21, end=DeliveryState.NO_ACCOUNT),  # has no account
    Behaviour(stems=tuple(f"{NOBODY}9{d}" for d in "012345678"), share=2, end=DeliveryState.REJECTED),
    # Could not read the paper, and views a corrected one.
    Behaviour(stems=(f"{NOBODY}99",), share=2, end=DeliveryState.REJECTED, corrected=DeliveryState.VIEWED),
)

_KINDS = (RecipientKind.NATURAL,) * 88 + (RecipientKind.LEGAL,) * 9 + (RecipientKind.FOREIGN,) * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Invented recipient.

    ``end`` is the state in which every first notice to this person must end, ``corrected`` that of the notice that
    corrects it. ``name`` is without `MARK`.
    """

    kind: RecipientKind
    identifier: str
    name: str
    mobile: str | None
    postal_code: str | None
    address: str
    end: DeliveryState
    corrected: DeliveryState | None


def people(rng: random.Random) -> Iterator[Person]:
    """Yield persons without end, no two with one identifier among the first 10,000 of a stem."""
    behaviours = _dealt([b for b in BEHAVIOURS for _ in range(b.share)], rng)
    serials = {stem: rng.randrange(10 ** (9 - len(stem))) for behaviour in BEHAVIOURS for stem in behaviour.stems}
    for behaviour in behaviours:
        stem = rng.choice(behaviour.stems)
        width = 9 - len(stem)
        serials[stem] = (serials[stem] + 7919) % 10**width  # coprime to 10: all serials come before one returns
        kind = RecipientKind.NATURAL if stem in LOST_ZEROS else rng.choice(_KINDS)
        yield Person(
            kind=kind,
            identifier=_identifier(kind, f"{stem}{serials[stem]:0{width}}"),
            name=_name(kind, rng),
            # No operator has the prefix 0970, no post district 000 (common knowledge, not confirmed).
            mobile=f"0970{rng.randrange(10**7):07}" if rng.random() < 0.9 else None,
            postal_code=f"000{rng.randrange(10**7):07}" if rng.random() < 0.8 else None,
            address=f"تهران، خیابان {rng.choice(STREETS)}، کوچه {rng.choice(STREETS)}، پلاک {rng.randrange(1, 300)}",
            end=behaviour.end,
            corrected=behaviour.corrected,
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
            return _heirs(rng) if rng.random() < 0.01 else _full_name(rng)
        case RecipientKind.LEGAL:
            return rng.choice(COMPANIES)
        case RecipientKind.FOREIGN:
            return rng.choice(FOREIGN_NAMES)


def _full_name(rng: random.Random) -> str:
    return f"{rng.choice(GIVEN_NAMES)} {rng.choice(FAMILY_NAMES)}"


def _heirs(rng: random.Random) -> str:
    """Return a very long name; each fourth is longer than any database keeps it."""
    heirs = rng.choice((4, 9, 20, 200))
    return f"ورثه مرحوم {_full_name(rng)}: " + "، ".join(_full_name(rng) for _ in range(heirs))
