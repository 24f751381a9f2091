"""Pruning of revocation lists that no judgement of a certificate in use needs.

A list may be deleted if it ended a while ago and the archive's segments cover its time. Of consecutive lists that say
the same of a certificate, the first and the last stay.
So do the last list that had to name it (an expired certificate may be left out), and the newest list of each scope.
Every judgement stays as it was: a test compares. Lists of an authority without a certificate in use are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.trust.revocation_refresh import NEWEST, KnownLists
from gateway.trust.revocation_status import Link, RevocationList

EVERY: Final = timedelta(days=1)

AT_ONCE: Final = 200
"""Number of lists of an authority that one run reads, the oldest first: each takes up to a second."""


def needless(lists: Sequence[RevocationList], links: Iterable[Link], before: datetime) -> list[str]:
    """Return the digests of the lists of one authority, ended before a time, that may be deleted."""
    in_order = sorted(lists, key=lambda each: each.this_update)
    staying = {each.digest for each in {each.scope: each for each in in_order}.values()}
    staying |= {each.digest for each in in_order if each.next_update >= before}
    for link in links:
        speaking = [each for each in in_order if link.is_spoken_of_by(each)]
        staying |= {each.digest for each in (*speaking[:1], *speaking[-1:])}
        for one, next_one in pairwise(speaking):
            if one.revoked.get(link.serial) != next_one.revoked.get(link.serial):
                staying |= {one.digest, next_one.digest}
        staying |= {each.digest for each in [each for each in speaking if each.still_lists(link)][-1:]}
    return [each.digest for each in in_order if each.digest not in staying]


@dataclass(slots=True)
class Pruning:
    """Delete lists, once a day at most. ``links`` gives the certificates in use. Only lists that ended more than
    ``after`` ago are deleted."""

    known: Callable[[], KnownLists]
    links: Callable[[], Sequence[Link]]
    after: timedelta
    clock: Clock
    _looked_at: datetime | None = None

    def __call__(self, unarchived: datetime | None) -> PassReport:
        """Delete what may be deleted. ``unarchived`` is the time of the first record in no segment yet: its segment
        will hold the lists since then."""
        report, now = PassReport("pruning"), self.clock()
        if self._looked_at is not None and timedelta() <= now - self._looked_at < EVERY:
            return report
        self._looked_at = now
        before = now - self.after if unarchived is None else min(unarchived, now - self.after)
        try:
            if gone := self._prune(self.known(), before):
                report.counts["lists_pruned"] += gone
        except GatewayError as error:
            report.errors.append(error)
        return report

    def _prune(self, known: KnownLists, before: datetime) -> int:
        links: dict[str, list[Link]] = {}
        for link in dict.fromkeys(self.links()):
            links.setdefault(link.issuer, []).append(link)
        gone = 0
        for issuer, ended in known.store.ended(before).items():
            if of_issuer := links.get(issuer):
                lists = _read(known, issuer, ended[:AT_ONCE], {link.serial for link in of_issuer})
                found = needless(lists, of_issuer, before)
                known.store.forget(found)
                gone += len(found)
        return gone


def _read(known: KnownLists, issuer: str, ended: Sequence[str], serials: Set[int]) -> list[RevocationList]:
    """Return these lists and those that follow them in any scope of their issuer, with the entries of ``serials``
    alone: a list may be large."""
    found: dict[str, RevocationList] = {}

    def read(digests: Iterable[str]) -> None:
        for digest in digests:
            for each in known.read([digest]).values():  # one that cannot be read stays
                ours = {serial: entry for serial, entry in each.revoked.items() if serial in serials}
                found[digest] = replace(each, revoked=ours)

    read(ended)
    if found:
        last = max(each.this_update for each in found.values())
        scopes = {each.scope for each in (*found.values(), *known().all()) if each.issuer == issuer}
        for scope in sorted(scopes):
            read(each for each in known.store.around(scope, last, NEWEST) if each not in found)
    return list(found.values())
