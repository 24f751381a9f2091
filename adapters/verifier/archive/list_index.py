"""Revocation lists of an archive, for `gateway.trust.revocation_status`.

A segment's own lists are used with those of the next segment, which were issued later and so prove more, and with the
auditor's own. If they leave a certificate open, the first list of any segment that was issued at or after the signature
is used. Each is verified by an authority that leads to an anchor.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from adapters.crypto.keys.partner import Partner
from adapters.crypto.keys.revocation_list import MAX_LIST_BYTES, ListRefused, issued, issuer_id, read_list, read_lists
from adapters.verifier.archive.segment_reader import ZipSegment
from gateway.archive.segment import NotASegment
from gateway.notice.notice import sha256
from gateway.runtime.clock import timestamp
from gateway.trust.revocation_status import Finding, Link, RevocationList, RevocationLists, Standing
from gateway.trust.trust_policy import Facts

MAX_LISTS: Final = 50_000
MAX_BYTES: Final = 1024 * 1024 * 1024
"""Bounds of the lists of an archive that are gathered on the disk; later ones are left out, and prove nothing."""
MAX_READ: Final = 500
MAX_READ_BYTES: Final = 256 * 1024 * 1024
"""Bounds of the gathered lists that are read for one segment."""

LIST_TABLE: Final = """CREATE TABLE list (digest TEXT PRIMARY KEY, issuer TEXT, this_update TEXT, octets BLOB)"""
LIST_PLACE: Final = "CREATE INDEX list_place ON list (issuer, this_update)"
_FOLLOWING: Final = "SELECT digest, octets FROM list WHERE issuer = ? AND this_update >= ? ORDER BY this_update, digest"


class ListGathering:
    """Writer of the distinct lists of an archive's segments into a database that has `LIST_TABLE`."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows
        self._digests: set[str] = set()
        self._octets = 0

    def add(self, segment: ZipSegment) -> None:
        """Gather the lists of an opened segment, within bounds. Raises `NotASegment`."""
        for name in segment.list_names():
            size = segment.size(name)
            if name in self._digests or size > MAX_LIST_BYTES:
                continue
            if len(self._digests) >= MAX_LISTS or self._octets + size > MAX_BYTES:
                return
            octets = segment.read(name)
            self._digests.add(name)
            self._octets += size
            if (found := issued(octets)) is not None:
                row = sha256(octets), sha256(found[0]), timestamp(found[1]), octets
                self._rows.execute("INSERT OR IGNORE INTO list VALUES (?, ?, ?, ?)", row)

    def __bool__(self) -> bool:
        return bool(self._digests)


class ListIndex:
    """Lists that `ListGathering` wrote; any process may open it."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        self._left, self._left_bytes = MAX_READ, MAX_READ_BYTES
        self._read: set[str] = set()
        self._without: dict[Link, datetime] = {}

    def close(self) -> None:
        self._rows.close()

    def following(self, link: Link, at: datetime, authorities: Sequence[x509.Certificate]) -> list[RevocationList]:
        """Return lists of these authorities that were issued ``at`` or later, up to the first that speaks of ``link``.

        Each is returned once; nothing is, if too many were read.
        """
        found: list[RevocationList] = []
        if self._left <= 0 or ((since := self._without.get(link)) is not None and at >= since):
            return found
        for issuer in sorted({sha256(each.subject.public_bytes()) for each in authorities}):
            for digest, octets in self._rows.execute(_FOLLOWING, (issuer, timestamp(at))):
                if digest in self._read:
                    continue
                self._left, self._left_bytes = self._left - 1, self._left_bytes - len(octets)
                if self._left < 0 or self._left_bytes < 0:
                    self._left = 0
                    return found
                self._read.add(digest)
                with suppress(ListRefused):
                    found.append(read_list(octets, authorities, digest))
                    if link.is_spoken_of_by(found[-1]) and found[-1].still_lists(link):
                        return found
        self._without[link] = at
        return found


_OPEN: Final = (Standing.NOT_KNOWN_THEN, Standing.UNKNOWN)


class ArchivedRevocation:
    """Implementation of `gateway.audit.revocation_audit.RevocationJudge`.

    Lists are read on first use, when the segment is open. ``partners`` have the certificates that lead to anchors;
    ``brought`` are the auditor's own lists (DER), ``gathered`` those of all segments.
    """

    def __init__(
        self,
        segment: ZipSegment,
        brought: Sequence[bytes],
        partners: Callable[[], Sequence[Partner]],
        gathered: ListIndex | None = None,
    ) -> None:
        self._segment, self._brought, self._partners, self._gathered = segment, brought, partners, gathered
        self._lists: RevocationLists | None = None

    def standing(self, facts: Facts) -> Finding:
        if self._lists is None:
            self._lists = read_lists(self._octets(), self._authorities(), self._segment.name)
        chain = self._chain(facts.signer.thumbprint)
        if not chain:
            return Finding(standing=Standing.UNKNOWN)
        found = self._lists.then(chain, facts.signed_at)
        if found.standing in _OPEN and self._gathered is not None:
            self._look_further(self._lists, self._gathered, chain, facts.signed_at)
            found = self._lists.then(chain, facts.signed_at)
        return found

    def _look_further(self, lists: RevocationLists, gathered: ListIndex, chain: Sequence[Link], at: datetime) -> None:
        for link in chain:
            if lists.then([link], at).standing in _OPEN:
                authorities = [each for each in self._authorities() if issuer_id(each) == link.issuer]
                for later in gathered.following(link, at, authorities):
                    lists.add(later)

    def _authorities(self) -> list[x509.Certificate]:
        return [each for partner in self._partners() for each in partner.authorities]

    def _chain(self, thumbprint: str) -> Sequence[Link]:
        found = (partner.members.get(thumbprint) for partner in self._partners())
        return next((member.links for member in found if member is not None), ())

    def _octets(self) -> Iterator[bytes]:
        yield from self._brought
        yield from self._segment.revocation_lists().values()
        yield from _of_the_next(self._segment)


def _of_the_next(segment: ZipSegment) -> Iterable[bytes]:
    path = segment.following()
    if path is None:
        return []
    try:
        with ZipSegment(path) as following:
            following.manifest()
            return list(following.revocation_lists().values())
    except NotASegment:
        return []  # the audit of that segment reports it
