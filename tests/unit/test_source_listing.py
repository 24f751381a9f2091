"""Listings of sources after a restore, as they are kept, also by earlier versions; and words for what was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from adapters.composition.passes.gathering import gathering
from adapters.municipal.files.drop import FileDrop
from gateway.overview.service_run import source_in_words
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.store.source_listing import Closing, SourceListing, UnsettledSource
from tests.conformance.builders import NOW


@pytest.mark.parametrize("closing", [None, *Closing])
def test_a_listing_is_read_as_it_was_written(closing: Closing | None) -> None:
    listing = SourceListing(epoch="a1", ended_at=NOW, unlisted=3, unread=2, closing=closing)
    assert SourceListing.of(listing.told) == listing


def test_listings_of_earlier_versions_are_understood() -> None:
    whole = SourceListing.of("a1")
    assert (whole.is_whole, whole.ended_at) == (True, None)
    part = SourceListing.of(f"a1 {timestamp(NOW)}")
    assert (part.is_whole, part.ended_at) == (False, NOW)
    assert whole.told == "a1"


@pytest.mark.parametrize(
    ("unread", "closing", "is_brought", "is_settled"),
    [
        (0, None, False, True),
        (0, None, True, False),
        (0, Closing.TIME, True, True),
        (1, Closing.TIME, True, False),
        (1, None, False, False),
        (1, Closing.TIME, False, False),
        (1, Closing.STATED, False, True),
        (1, Closing.STATED, True, True),
    ],
)
def test_a_source_is_settled_by_a_whole_listing_and_one_that_others_bring_by_a_statement_too(
    unread: int, closing: Closing | None, is_brought: bool, is_settled: bool
) -> None:
    listing = SourceListing(epoch="a1", ended_at=NOW, unread=unread, closing=closing)
    assert listing.is_settled(is_brought=is_brought) is is_settled


@pytest.mark.parametrize(
    ("listing", "why", "rows"),
    [
        (None, "unread", 0),
        (SourceListing(epoch="a1", ended_at=NOW, unlisted=3), "source.no-version", 3),
        (SourceListing(epoch="a1", ended_at=NOW, unread=2), "source.row-unreadable", 2),
        (SourceListing(epoch="a1", ended_at=NOW), "not read since", 0),
    ],
)
def test_a_source_that_is_not_settled_is_named_with_its_reason(
    listing: SourceListing | None, why: str, rows: int
) -> None:
    source = UnsettledSource(name="planning", listing=listing)
    assert (source.why, source.rows) == (why, rows)
    words = source_in_words(source)
    assert "planning" in words.en
    assert "planning" in words.fa
    assert (f"[{why}]" in words.en) is (rows > 0)


class _Drop(FileDrop):
    def __init__(self, step: Callable[[MayContinue], list[GatewayError]]) -> None:
        self.gather = step  # type: ignore[method-assign, assignment]


class _Locks:
    @contextmanager
    def attempt(self, _: str) -> Iterator[bool]:
        yield True


def _asking(may_continue: MayContinue) -> list[GatewayError]:
    may_continue()
    return []


def _is_whole(step: Callable[[MayContinue], list[GatewayError]], may_continue: MayContinue) -> bool:
    return gathering("drop", cast("Any", _Drop(step)), cast("Any", _Locks()))(may_continue).is_whole


def test_a_statement_counts_only_once_nothing_was_left_where_rows_come_from() -> None:
    assert _is_whole(_asking, lambda: True)
    assert not _is_whole(lambda _: [GatewayError("file.folder", where="drop")], lambda: True)
    assert not _is_whole(_asking, lambda: False)
