"""What the revocation lists of an archive say: a segment's own, those of the segment after it, which were issued later
and so prove more, and those that the auditor brought along. Each is verified by an authority that leads to an anchor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

from adapters.crypto.keys.partner import Partner
from adapters.crypto.keys.revocation_list import read_list
from adapters.verifier.archive.segment_reader import ZipSegment
from gateway.archive.segment import NotASegment
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import Finding, Link, RevocationLists, Standing
from gateway.trust.trust_policy import Facts


class ArchivedRevocation:
    """`gateway.audit.revocation_audit.RevocationJudge`. Everything is read when it is first needed: the segment is open
    then. ``partners`` are those whose certificates lead to anchors."""

    def __init__(
        self, segment: ZipSegment, brought: Sequence[bytes], partners: Callable[[], Sequence[Partner]]
    ) -> None:
        self._segment, self._brought, self._partners = segment, brought, partners
        self._lists: RevocationLists | None = None

    def standing(self, facts: Facts) -> Finding:
        if self._lists is None:
            self._lists = RevocationLists()
            authorities = [each for partner in self._partners() for each in partner.authorities]
            for octets in self._octets():
                # What nobody here vouches for proves nothing, and is no list: whoever needed it is told that none is.
                with suppress(GatewayError):
                    self._lists.add(read_list(octets, authorities, self._segment.name))
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
        return []  # which is told where that one is judged
