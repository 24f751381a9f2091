"""Lists that go, and what they said that must be said as before; judgement where the newest lists do not reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.revocation.reader import AuthorityLists
from adapters.storage.sql_store import SqlStore
from gateway.trust.revocation_pruning import EVERY, Pruning, needless
from gateway.trust.revocation_refresh import NEWEST, KnownLists, lists_for, take
from gateway.trust.revocation_status import HOLD, Link, Revocation, RevocationList, RevocationLists, Standing
from tests.databases import sqlite_file

from .authority import AUTHORITIES, DAY, NOW, ROOT, SERIAL, chain, listed

HOUR = timedelta(hours=1)
LINK = Link(issuer="ca", serial=7, subject="court", not_after=NOW + 20 * DAY, authority=False)
STOLEN = {7: Revocation(at=NOW + 3 * DAY, reason="keyCompromise", invalid_from=NOW + 2 * DAY)}
HELD = {7: Revocation(at=NOW + 5 * DAY, reason=HOLD)}


def plain(number: int, revoked: dict[int, Revocation], **others: object) -> RevocationList:
    """A list of the day ``number``, in force for two."""
    at = NOW + number * DAY
    made = RevocationList(
        digest=str(number),
        issuer="ca",
        name="ca",
        number=None,
        this_update=at,
        next_update=at + 2 * DAY,
        revoked=revoked,
    )
    return replace(made, **others)  # type: ignore[arg-type]


said = st.sampled_from([{}, {}, {}, STOLEN, HELD, {8: Revocation(at=NOW)}])
keeps = st.sampled_from([None, None, NOW])
histories = st.lists(st.tuples(st.integers(0, 30), said, keeps), max_size=12, unique_by=lambda each: each[0])


@given(histories, st.integers(0, 40))
def test_whatever_goes_a_certificates_standing_is_what_it_was(
    history: list[tuple[int, dict[int, Revocation], datetime | None]], ended: int
) -> None:
    lists = [plain(number, revoked, keeps_expired=since) for number, revoked, since in history]
    gone = needless(lists, [LINK], NOW + ended * DAY)
    before = RevocationLists(lists)
    after = RevocationLists(each for each in lists if each.digest not in gone)
    for hours in range(-24, 20 * 24, 12):
        at = NOW + hours * HOUR
        one, other = before.then([LINK], at), after.then([LINK], at)
        assert (one.standing, one.revocation) == (other.standing, other.revocation), at


def test_of_many_that_say_the_same_two_stay() -> None:
    lists = [plain(number, {}) for number in range(15)]
    assert needless(lists, [LINK], NOW + 30 * DAY) == [str(number) for number in range(1, 14)]
    assert needless(lists, [LINK], NOW + 5 * DAY) == ["1", "2"]


def test_where_they_begin_to_say_something_else_both_stay() -> None:
    lists = [plain(number, STOLEN if 4 <= number < 9 else {}) for number in range(15)]
    assert {str(number) for number in range(15)} - {*needless(lists, [LINK], NOW + 30 * DAY)} == {
        *("0", "3", "4", "8", "9", "14")
    }


def test_the_newest_of_each_scope_stays() -> None:
    alone = plain(1, {}, ends=False)
    assert needless([alone, *(plain(number, {}) for number in range(2, 9))], [LINK], NOW + 30 * DAY)[0] == "3"


@pytest.fixture
def known(tmp_path: Path) -> Iterator[KnownLists]:
    reader = AuthorityLists(authorities=AUTHORITIES, skew=timedelta(seconds=60))
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        seconds = count(0, 100)  # so that each look is a new one
        yield KnownLists(store.lists, reader, lambda: next(seconds))


def fill(known: KnownLists, *, held: range, until: int) -> None:
    """A list for each day, with our certificate on hold in some; and one of the root for all of them."""
    for number in range(until):
        at = NOW + number * DAY
        revoked = {SERIAL: Revocation(at=NOW + held[0] * DAY, reason=HOLD)} if number in held else {}
        take(listed(revoked=revoked, this_update=at), "a", known, at)
    end = NOW + until * DAY
    take(listed(ROOT, this_update=end, next_update=end + DAY), "b", known, end)


def test_a_time_before_the_newest_is_judged_by_the_lists_of_that_time(known: KnownLists) -> None:
    fill(known, held=range(4, 6), until=6 + NEWEST)
    held, lifted = NOW + 4 * DAY + HOUR, NOW + 7 * DAY
    assert known().then(chain(), held).standing is Standing.GOOD  # the newest alone know nothing of it
    assert known.at(chain(), held).then(chain(), held).standing is Standing.REVOKED
    assert known.at(chain(), lifted).then(chain(), lifted).standing is Standing.GOOD
    first = known.at(chain(), NOW - HOUR).covering(chain(), NOW - HOUR)[0]
    assert lists_for(known, chain(), NOW - HOUR)[0] == known.store.octets([first])[first] == listed_first(known)


def listed_first(known: KnownLists) -> bytes:
    newest = known().newest(chain()[0])
    assert newest is not None
    [digest] = known.store.around(newest.scope, NOW - DAY, 1)
    return known.store.octets([digest])[digest]


def test_once_a_day_what_nobody_needs_goes_and_judgement_stays(known: KnownLists) -> None:
    fill(known, held=range(4, 6), until=30)
    now = NOW + 60 * DAY
    pruning = Pruning(lambda: known, lambda: [*chain(), *chain()], timedelta(days=30), lambda: now)
    before = {
        hours: known.at(chain(), NOW + hours * HOUR).then(chain(), NOW + hours * HOUR) for hours in range(0, 720, 9)
    }
    unarchived = NOW + 11 * DAY
    # Of those of the days 0 to 9, which had ended, stay the first and both sides of where the hold began and ended.
    assert pruning(unarchived).counts == {"lists_pruned": 10 - len({0, 3, 4, 5, 6})}
    assert pruning(None).counts == {}
    now += EVERY
    assert pruning(None).counts["lists_pruned"] > 10
    anew = KnownLists(known.store, known.reader, known.steady)
    for hours, found in before.items():
        at = NOW + hours * HOUR
        assert anew.at(chain(), at).then(chain(), at).standing is found.standing, hours


def test_lists_of_authorities_of_nobody_in_use_are_left_alone(known: KnownLists) -> None:
    for number in range(5):
        take(listed(this_update=NOW + number * DAY), "a", known, NOW + number * DAY)
    assert Pruning(lambda: known, list, DAY, lambda: NOW + 60 * DAY)(None).idle
