"""Revocation lists of an archive, for `gateway.trust.revocation_status`.

A segment's own lists are used with those of the next segment, which were issued later and so prove more, and with the
auditor's own. Each is verified by an authority that leads to an anchor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from adapters.crypto.keys.partner import Partner
from adapters.crypto.keys.revocation_list import read_lists
from adapters.verifier.archive.segment_reader import ZipSegment
from gateway.archive.segment import NotASegment
from gateway.trust.revocation_status import Finding, Link, RevocationLists, Standing
from gateway.trust.trust_policy import Facts


class ArchivedRevocation:
    """Implementation of `gateway.audit.revocation_audit.RevocationJudge`.

    Lists are read on first use, when the segment is open. ``partners`` have the certificates that lead to anchors;
    ``brought`` are the auditor's own lists (DER).
    """

    def __init__(
        self, segment: ZipSegment, brought: Sequence[bytes], partners: Callable[[], Sequence[Partner]]
    ) -> None:
        self._segment, self._brought, self._partners = segment, brought, partners
        self._lists: RevocationLists | None = None

    def standing(self, facts: Facts) -> Finding:
        if self._lists is None:
            authorities = [each for partner in self._partners() for each in partner.authorities]
            self._lists = read_lists(self._octets(), authorities, self._segment.name)
        chain = self._chain(facts.signer.thumbprint)
        return self._lists.then(chain, facts.signed_at) if chain else Finding(standing=Standing.UNKNOWN)

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
