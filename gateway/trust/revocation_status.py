"""Revocation: which certificates their authorities took back, as certificate revocation lists say it (RFC 5280, 5).

Lists are verified before they come here (`adapters/crypto/keys/revocation_list.py`); nothing here touches the network,
a file or a clock. One engine serves two profiles:

    a message     is judged now, by the newest list in force: whatever is on it signs nothing any more
    a document    is judged at its signing time: what was taken back later was good then, unless a key was stolen and
                  the list says since when (invalidityDate). A list that was issued after the signing proves it; an
                  older one, in force then, says only what was known then
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from gateway.runtime.clock import timestamp
from gateway.trust.trust_policy import Facts, Policy, Rejection

HOLD: Final = "certificateHold"
"""The one reason that can be taken back (RFC 5280, 5.3.1)."""


class Requirement(StrEnum):
    """What is asked of a partner's certificates.

    ``require``: a list in force must say that none of the chain is revoked. ``if-known``: what is known to be revoked
    is refused, and where no list tells, that is no hindrance. ``off``: nobody asks.
    """

    REQUIRE = "require"
    IF_KNOWN = "if-known"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """An entry of a list. ``invalid_from`` is the invalidityDate: since when the key may have been in other hands."""

    at: datetime
    reason: str = "unspecified"
    invalid_from: datetime | None = None

    @property
    def since(self) -> datetime:
        """From when on nothing that the certificate signed is good."""
        return min(self.at, self.invalid_from) if self.invalid_from else self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationList:
    """A verified list. ``digest`` is ``sha256:…`` of its DER, ``issuer`` that of who issued it (name and key), ``name``
    its name for people.

    ``points``, where there are any, are the distribution points whose certificates it speaks of; ``ends`` and
    ``authorities`` say of which kind. ``keeps_expired`` is since when it goes on to list what has expired (X.509, the
    extension expiredCertsOnCRL).
    """

    digest: str
    issuer: str
    name: str
    number: int | None
    this_update: datetime
    next_update: datetime
    revoked: Mapping[int, Revocation] = field(repr=False)
    points: frozenset[str] = frozenset()
    ends: bool = True
    authorities: bool = True
    keeps_expired: datetime | None = None

    @property
    def scope(self) -> tuple[str, frozenset[str], bool, bool]:
        """Of two lists with one scope, the newer takes the place of the older."""
        return self.issuer, self.points, self.ends, self.authorities

    def in_force(self, at: datetime) -> bool:
        return self.this_update <= at <= self.next_update

    def still_lists(self, link: Link) -> bool:
        """Whether it would name this certificate, were it revoked: what has expired may be left out (RFC 5280, 5)."""
        if self.this_update <= link.not_after:
            return True
        return self.keeps_expired is not None and self.keeps_expired <= link.not_after

    def is_older_than(self, other: RevocationList) -> bool:
        """By number where both have one (RFC 5280, 5.2.3), and never by a number against the dates."""
        if self.number is not None and other.number is not None and self.number != other.number:
            return self.number < other.number or self.this_update < other.this_update
        return self.this_update < other.this_update


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A certificate of a chain, as its issuer's lists know it; ``points`` are its distribution points."""

    issuer: str
    serial: int
    subject: str
    not_after: datetime
    authority: bool
    points: frozenset[str] = frozenset()

    def is_spoken_of_by(self, found: RevocationList) -> bool:
        of_its_kind = found.authorities if self.authority else found.ends
        return (
            self.issuer == found.issuer
            and of_its_kind
            and (not found.points or not found.points.isdisjoint(self.points))
        )


def _age(each: RevocationList) -> tuple[datetime, int]:
    """Of two lists that were issued within one second the fuller one counts as the newer."""
    return each.this_update, len(each.revoked)


class Standing(StrEnum):
    """What lists say of a certificate at a time, the best first."""

    GOOD = "good"
    """A list that was issued then or later says that it was not revoked."""
    NOT_KNOWN_THEN = "not known then"
    """The list that was in force then says so; it was issued before."""
    UNKNOWN = "unknown"
    """No list of that time."""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A standing with the certificate that decided it, and the list that says so (None where there is none)."""

    standing: Standing
    link: Link | None = None
    by: RevocationList | None = None
    revocation: Revocation | None = None

    @property
    def told(self) -> str:
        """The reason, with serial and times, for people."""
        if self.link is None:
            return "a chain without certificates below its anchor"
        certificate = f"{self.link.subject}, serial {self.link.serial:x}"
        if self.revocation is not None:
            since = f" since {timestamp(self.revocation.invalid_from)}" if self.revocation.invalid_from else ""
            return f"{certificate}, revoked {timestamp(self.revocation.at)} ({self.revocation.reason}{since})"
        if self.by is None:
            return f"{certificate}: no list of its authority for that time"
        return f"{certificate}: the list of {timestamp(self.by.this_update)}, next due {timestamp(self.by.next_update)}"


class RevocationLists:
    """Verified lists by issuer, each in the order of their issuing. Read by many threads, written by one."""

    def __init__(self, lists: Iterable[RevocationList] = ()) -> None:
        self._by_issuer: dict[str, list[RevocationList]] = {}
        self._digests: set[str] = set()
        for each in lists:
            self.add(each)

    def add(self, new: RevocationList) -> None:
        if new.digest not in self._digests:
            insort(self._by_issuer.setdefault(new.issuer, []), new, key=_age)
            self._digests.add(new.digest)

    def __contains__(self, digest: str) -> bool:
        return digest in self._digests

    def reaches(self, link: Link, at: datetime, held: int) -> bool:
        """Whether everything is here that could say how a certificate stood at a time, where ``held`` of an issuer's
        newest lists are here and older ones may be elsewhere."""
        lists = self._by_issuer.get(link.issuer, [])
        return len(lists) < held or lists[0].this_update <= at

    def all(self) -> list[RevocationList]:
        return [each for lists in self._by_issuer.values() for each in lists]

    def newest(self, link: Link) -> RevocationList | None:
        """The newest list that speaks of this certificate, in force or not."""
        return next(
            (each for each in reversed(self._by_issuer.get(link.issuer, ())) if link.is_spoken_of_by(each)), None
        )

    def now(self, chain: Sequence[Link], at: datetime, skew: timedelta) -> Finding:
        """How a chain stands at present: of a message."""
        worst = Finding(standing=Standing.GOOD)
        for link in chain:
            newest = self.newest(link)
            if newest is not None and (entry := newest.revoked.get(link.serial)) is not None:
                return Finding(standing=Standing.REVOKED, link=link, by=newest, revocation=entry)
            if newest is None or not newest.this_update - skew <= at <= newest.next_update + skew:
                worst = Finding(standing=Standing.UNKNOWN, link=link, by=newest)
        return worst

    def then(self, chain: Sequence[Link], at: datetime) -> Finding:
        """How a chain stood at a time: of a document that was signed then."""
        found = [self._link_then(link, at) for link in chain]
        return max(found, key=lambda each: _ORDER.index(each.standing), default=Finding(standing=Standing.GOOD))

    def covering(self, chain: Sequence[Link], at: datetime) -> list[str]:
        """The digests of the lists that a proof of a chain at that time needs: for each certificate the one that
        revokes it, or the first that was issued then or later, or else the one that was in force."""
        found = (self._link_then(link, at).by for link in chain)
        return list(dict.fromkeys(each.digest for each in found if each is not None))

    def _link_then(self, link: Link, at: datetime) -> Finding:
        lists = [each for each in self._by_issuer.get(link.issuer, ()) if link.is_spoken_of_by(each)]
        for number, each in enumerate(lists):
            entry = each.revoked.get(link.serial)
            if entry is not None and entry.since <= at and not _was_lifted(link.serial, entry, lists[number + 1 :], at):
                return Finding(standing=Standing.REVOKED, link=link, by=each, revocation=entry)
        for each in lists:
            if each.this_update >= at and each.still_lists(link):
                return Finding(standing=Standing.GOOD, link=link, by=each)
        older = [each for each in lists if each.in_force(at)]
        if older:
            return Finding(standing=Standing.NOT_KNOWN_THEN, link=link, by=older[-1])
        return Finding(standing=Standing.UNKNOWN, link=link)


_ORDER = list(Standing)


def _was_lifted(serial: int, entry: Revocation, later: Sequence[RevocationList], at: datetime) -> bool:
    """Whether a hold had ended when something was signed: a list of before then no longer has it."""
    return entry.reason == HOLD and any(each.this_update <= at and serial not in each.revoked for each in later)


class ListsAt(Protocol):
    """The lists that say how a chain stood at a time."""

    def __call__(self, chain: Sequence[Link], at: datetime, /) -> RevocationLists: ...


class Chains(Protocol):
    """Whose certificates are judged: the chain of each, by thumbprint, from itself to below its anchor."""

    def chain(self, thumbprint: str) -> Sequence[Link]: ...


Lists = Callable[[], RevocationLists]
"""The lists as they are now: a later call may return others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRevokedNow:
    """A message: none of the signer's chain is revoked at ``now``."""

    chains: Chains
    lists: Lists
    requirement: Requirement
    now: datetime
    skew: timedelta = timedelta(seconds=60)

    def check(self, facts: Facts) -> list[str]:
        if self.requirement is Requirement.OFF:
            return []
        found = self.lists().now(self.chains.chain(facts.signer.thumbprint), self.now, self.skew)
        return _judged(found, self.requirement, "certificate not revoked now")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRevokedAtSigning:
    """A document: none of the signer's chain was revoked when it was signed, as far as can be known by now."""

    chains: Chains
    lists: ListsAt
    requirement: Requirement

    def check(self, facts: Facts) -> list[str]:
        if self.requirement is Requirement.OFF:
            return []
        chain = self.chains.chain(facts.signer.thumbprint)
        found = self.lists(chain, facts.signed_at).then(chain, facts.signed_at)
        return _judged(found, self.requirement, "certificate not revoked at the time of signing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocations:
    """What is asked of one partner's certificates, and by what it is answered: makes the policies above. Without
    ``lists_at`` the present lists say how a chain stood at any time."""

    chains: Chains
    lists: Lists
    requirement: Requirement
    lists_at: ListsAt | None = None
    skew: timedelta = timedelta(seconds=60)

    def now(self, at: datetime) -> Policy:
        return NotRevokedNow(chains=self.chains, lists=self.lists, requirement=self.requirement, now=at, skew=self.skew)

    def at_signing(self) -> Policy:
        lists_at = self.lists_at or (lambda _chain, _at: self.lists())
        return NotRevokedAtSigning(chains=self.chains, lists=lists_at, requirement=self.requirement)


class _Nobody:
    def chain(self, thumbprint: str) -> Sequence[Link]:  # noqa: ARG002 - `Chains`
        return ()


UNASKED: Final = Revocations(chains=_Nobody(), lists=RevocationLists, requirement=Requirement.OFF)
"""Nobody asks whether a certificate was revoked."""


def _judged(found: Finding, requirement: Requirement, passed: str) -> list[str]:
    match found.standing:
        case Standing.REVOKED:
            raise Rejection("verify.revoked", detail=found.told)
        case Standing.UNKNOWN if requirement is Requirement.REQUIRE:
            raise Rejection("verify.revocation-unknown", detail=found.told)
        case Standing.UNKNOWN:
            # Said, so that evidence does not claim what nobody looked at.
            return ["revocation not known"]
        case Standing.NOT_KNOWN_THEN:
            return [f"{passed}, as far as was known"]
        case _:
            return [passed]
