"""The few sample papers that a run makes and shares among its cases: a short and a long one of each kind."""

from __future__ import annotations

import random

from adapters.municipal.samples.bodies import BODIES
from adapters.municipal.samples.paper import paper, small_paper
from gateway.mapping import BodyConfig

_SMALL_SHARE = 0.65
_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


class PaperPool:
    """Made on first use, each by its own seed: a paper's bytes do not depend on which were asked for before it."""

    def __init__(self, rng: random.Random, *, small_documents: bool) -> None:
        self._rng, self._small_documents = rng, small_documents
        self._seed = rng.getrandbits(64)
        self._numbers = {
            key: number
            for number, key in enumerate(
                ((body.code, kind, large) for body in BODIES for kind in body.kinds for large in (False, True)), start=1
            )
        }
        self._made: dict[int, bytes] = {}

    def any(self, body: BodyConfig, kind: str) -> bytes:
        """Return one of the papers of this kind."""
        number = self._numbers[body.code, kind, self._rng.random() >= _SMALL_SHARE]
        if number not in self._made:
            self._made[number] = self._make(body, kind, number)
        return self._made[number]

    def _make(self, body: BodyConfig, kind: str, number: int) -> bytes:
        if self._small_documents:
            return small_paper(f"{body.code} {kind} {number}")
        small = number % 2 == 1
        return paper(
            body=body.title,
            kind=body.kinds[kind],
            number=f"1404/{number}".translate(_PERSIAN_DIGITS),
            scan_grain=0 if small else 1 + number // 2 % 3,
            rng=random.Random(self._seed + number),  # noqa: S311 (a picture, not a key)
        )
