"""Lists of several scopes of one authority, of different rhythm: none takes another's place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from adapters.revocation.reader import AuthorityLists
from adapters.storage.sql_store import SqlStore
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_refresh import NEWEST, KnownLists, take
from gateway.trust.revocation_status import HOLD, Revocation, Standing
from tests.databases import sqlite_file

from .authority import AUTHORITIES, DAY, NOW, SERIAL, chain, listed
from .test_lists import scope

HOUR = timedelta(hours=1)
SKEW = timedelta(seconds=60)
OWN = chain()[:1]
"""Our certificate, without its authority."""
ENDS, ALONE = scope(only_contains_user_certs=True), scope(only_contains_ca_certs=True)


@pytest.fixture
def known(tmp_path: Path) -> Iterator[KnownLists]:
    reader = AuthorityLists(authorities=AUTHORITIES, skew=SKEW)
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        seconds = count(0, 100)  # so that each look is a new one
        yield KnownLists(store.lists, reader, lambda: next(seconds))


def take_others(known: KnownLists, hours: range) -> None:
    """Take a list of authorities alone for each of these hours."""
    for at in (NOW + hour * HOUR for hour in hours):
        take(listed(this_update=at, extensions=ALONE), "http://crl.example/authorities.crl", known, at)


def test_a_certificate_stays_revoked_however_many_lists_of_another_scope_come(known: KnownLists) -> None:
    revoked = {SERIAL: Revocation(at=NOW - DAY)}
    take(listed(revoked=revoked, next_update=NOW + 7 * DAY, extensions=ENDS), "a", known, NOW)
    take_others(known, range(1, NEWEST + 3))
    now = NOW + (NEWEST + 3) * HOUR
    assert known().now(OWN, now, SKEW).standing is Standing.REVOKED
    assert known.at(OWN, now).then(OWN, now).standing is Standing.REVOKED
    before = listed(this_update=NOW - DAY, next_update=now + DAY, extensions=ENDS)
    with pytest.raises(GatewayError) as refused:
        take(before, "a", known, now)
    assert refused.value.code == "revocation.older"


def test_lists_of_an_earlier_time_are_those_of_the_certificates_scope(known: KnownLists) -> None:
    weeks = [NOW + number * 7 * DAY for number in range(NEWEST + 3)]
    for number, at in enumerate(weeks):
        revoked = {SERIAL: Revocation(at=at, reason=HOLD)} if number == 1 else {}
        take(listed(revoked=revoked, this_update=at, next_update=at + 7 * DAY, extensions=ENDS), "a", known, at)
    take_others(known, range(7 * 24 + 1, 7 * 24 + 1 + NEWEST))
    held = weeks[1] + DAY
    assert known.at(OWN, held).then(OWN, held).standing is Standing.REVOKED
