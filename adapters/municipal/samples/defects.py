"""What is wrong with the sample's bad rows: one defect a row, the kinds of defect in turn."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import cycle

from adapters.municipal.samples.rows import Row
from gateway.notice import MAX_DOCUMENT_BYTES

Defect = Callable[[Row, Row, random.Random], None]
"""Spoils a row of `parties` or one of `papers`, both good until then, the party a natural person."""

_LARGE_DOCUMENTS = 2
"""So many too large documents has a sample at most: each takes 7 MiB."""


def defects() -> Iterator[Defect]:
    """Yield the defects of one sample without end."""
    large = 0
    for defect in cycle(_ALL):
        if defect is too_large_document:
            large += 1
            if large > _LARGE_DOCUMENTS:
                continue
        yield defect


def wrong_check_digit(party: Row, _paper: Row, _rng: random.Random) -> None:
    party["identifier"] = party["identifier"][:-1] + str((int(party["identifier"][-1]) + 1) % 10)


def missing_name(party: Row, _paper: Row, rng: random.Random) -> None:
    party["name"] = rng.choice((None, "", "  ", "\u200c"))


def unknown_kind(_party: Row, paper: Row, _rng: random.Random) -> None:
    paper["kind"] = "notice-91"


def impossible_date(_party: Row, paper: Row, rng: random.Random) -> None:
    paper["issued_on"] = rng.choice(("1404/12/30", "۱۴۰۴/۱۱/۳۱", "1404/13/05", "1404/00/10", "04/11/14", "1404/11"))


def missing_document(_party: Row, paper: Row, _rng: random.Random) -> None:
    paper["document"] = None


def document_that_is_no_pdf(_party: Row, paper: Row, rng: random.Random) -> None:
    paper["document"] = b"II*\x00" + rng.randbytes(20_000)


def too_large_document(_party: Row, paper: Row, _rng: random.Random) -> None:
    head, tail = b"%PDF-1.7\n", b"\n%%EOF\n"
    paper["document"] = head + bytes(MAX_DOCUMENT_BYTES + 1 - len(head) - len(tail)) + tail


def wrong_mobile(party: Row, _paper: Row, rng: random.Random) -> None:
    party["mobile"] = rng.choice(("0970123", "02100000000", "۰۹۷۰۱۲۳۴۵۶۷۸"))


_ALL: tuple[Defect, ...] = (
    wrong_check_digit,
    missing_name,
    unknown_kind,
    impossible_date,
    missing_document,
    document_that_is_no_pdf,
    too_large_document,
    wrong_mobile,
)
