"""Judge whether certificates had been revoked, by certificate revocation lists (RFC 5280, 5).

The gateway judges here, and so do both of the auditor's verifiers, of archives and of evidence files. Lists were
verified before (`adapters/crypto/keys/revocation_list.py`). Nothing here reaches the network, a file or a clock.

    a message     is judged now, by the newest list in force: a certificate on it signs nothing any more
    a document    is judged at its signing time: a later revocation leaves it good, unless the list says that the key
                  was in other hands before (invalidityDate). A list that was issued after the signing proves it; an
                  older one, in force then, says only what was known then

`docs/operate/revocation.md` has the table of cases; `tests/revocation/listed_cases.py` holds every row.
"""

from __future__ import annotations

import json
from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol, assert_never

from gateway.notice.notice import sha256
from gateway.runtime.clock import timestamp
from gateway.runtime.verdict import Verdict
from gateway.trust.trust_policy import Facts, Policy, Rejection

HOLD: Final = "certificateHold"
"""The only reason that can end (RFC 5280, 5.3.1)."""


class Requirement(StrEnum):
    """Strictness of the revocation check of a partner's certificates.

    ``require``: a list in force must show that none of the chain is revoked. ``if-known``: a certificate on a list is
    refused, and a missing list is accepted. ``off``: no check.
    """

    REQUIRE = "require"
    IF_KNOWN = "if-known"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """An entry of a list. ``invalid_from`` is the invalidityDate: the key may have been in other hands since then."""

    at: datetime
    reason: str = "unspecified"
    invalid_from: datetime | None = None

    @property
    def since(self) -> datetime:
        """Return the time from which no signature of the certificate is good."""
        return min(self.at, self.invalid_from) if self.invalid_from else self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationList:
    """A verified list. ``digest`` is ``sha256:…`` of its DER, ``issuer`` that of its issuer's name and key. ``name`` is
    the issuer's name for people.

    ``points``, if any, are the distribution points of the certificates that it covers; ``ends`` and ``authorities`` say
    whether it covers end certificates and authorities. It still lists certificates that expired at ``keeps_expired`` or
    later (expiredCertsOnCRL, X.509, 9.5.2.8).
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
    def scope(self) -> str:
        """Return the digest of the scope: of two lists with one scope, the newer replaces the older. It is stored."""
        return sha256(json.dumps([self.issuer, sorted(self.points), self.ends, self.authorities]).encode())

    def in_force(self, at: datetime) -> bool:
        return self.this_update <= at <= self.next_update

    def still_lists(self, link: Link) -> bool:
        """Return False if the list may leave out this certificate because it has expired (RFC 5280, 5)."""
        if self.this_update <= link.not_after:
            return True
        return self.keeps_expired is not None and self.keeps_expired <= link.not_after

    def is_older_than(self, other: RevocationList) -> bool:
        """Compare by number if both have one (RFC 5280, 5.2.3), and by date. Older by either is older."""
        if self.number is not None and other.number is not None and self.number != other.number:
            return self.number < other.number or self.this_update < other.this_update
        return self.this_update < other.this_update


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A certificate of a chain, as its issuer's lists identify it; ``points`` are its distribution points."""

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
    """Order lists by age. Of two that were issued within one second, the fuller one counts as the newer."""
    return each.this_update, len(each.revoked)


class Standing(StrEnum):
    """Status of a certificate at a time by the lists, the best first."""

    GOOD = "good"
    """A list that was issued then or later says that it was not revoked."""
    NOT_KNOWN_THEN = "not known then"
    """The list that was in force then says so; it was issued before."""
    UNKNOWN = "unknown"
    """No list of that time."""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A standing with the certificate and the list that decided it. Without a list, ``why`` has the reason."""

    standing: Standing
    link: Link | None = None
    by: RevocationList | None = None
    revocation: Revocation | None = None
    why: str = "no list of its authority for that time"

    @property
    def told(self) -> str:
        """Return the reason, with serial number and times, for people."""
        if self.link is None:
            return "a chain without certificates below its anchor"
        return f"{self.link.subject}, {self._said(self.link)}"

    def verdict(self, signed_at: datetime) -> tuple[Verdict, str]:
        """Return an auditor's verdict on a document that was signed then, with the reason. It names the certificate by
        its serial number: ``link`` says whose it is."""
        said = self.told if self.link is None else self._said(self.link)
        match self.standing:
            case Standing.GOOD:
                return Verdict.PASSED, ""
            case Standing.REVOKED:
                return Verdict.FAILED, f"{said}; signed {timestamp(signed_at)}"
            case Standing.NOT_KNOWN_THEN:
                return Verdict.INDETERMINATE, f"{said}, is older than the signature; a later one proves it"
            case Standing.UNKNOWN:
                return Verdict.INDETERMINATE, said
            case _:
                assert_never(self.standing)

    def _said(self, link: Link) -> str:
        certificate = f"serial {link.serial:x}"
        if self.revocation is not None:
            since = f" since {timestamp(self.revocation.invalid_from)}" if self.revocation.invalid_from else ""
            return f"{certificate}, revoked {timestamp(self.revocation.at)} ({self.revocation.reason}{since})"
        if self.by is None:
            return f"{certificate}: {self.why}"
        return f"{certificate}: the list of {timestamp(self.by.this_update)}, next due {timestamp(self.by.next_update)}"


class RevocationLists:
    """Verified lists by issuer, each in the order of their issuing. Read by many threads, written by one."""

    def __init__(self, lists: Iterable[RevocationList] = ()) -> None:
        self._by_issuer: dict[str, list[RevocationList]] = {}
        self._by_scope: dict[str, list[RevocationList]] = {}
        self._digests: set[str] = set()
        for each in lists:
            self.add(each)

    def add(self, new: RevocationList) -> None:
        if new.digest not in self._digests:
            insort(self._by_issuer.setdefault(new.issuer, []), new, key=_age)
            insort(self._by_scope.setdefault(new.scope, []), new, key=_age)
            self._digests.add(new.digest)

    def __contains__(self, digest: str) -> bool:
        return digest in self._digests

    def scopes_before(self, link: Link, at: datetime, held: int) -> list[str]:
        """Return the scopes of which older lists, stored elsewhere, could say more of a certificate at a time. At most
        the ``held`` newest lists of a scope are here."""
        return [
            scope
            for scope, lists in self._by_scope.items()
            if len(lists) >= held and lists[0].this_update > at and link.is_spoken_of_by(lists[0])
        ]

    def all(self) -> list[RevocationList]:
        return [each for lists in self._by_issuer.values() for each in lists]

    def newest(self, link: Link) -> RevocationList | None:
        """Return the newest list that covers this certificate, in force or not."""
        return next(
            (each for each in reversed(self._by_issuer.get(link.issuer, ())) if link.is_spoken_of_by(each)), None
        )

    def now(self, chain: Sequence[Link], at: datetime, skew: timedelta) -> Finding:
        """Judge a chain now, for a message."""
        worst = Finding(standing=Standing.GOOD)
        for link in chain:
            newest = self.newest(link)
            if newest is not None and (entry := newest.revoked.get(link.serial)) is not None:
                return Finding(standing=Standing.REVOKED, link=link, by=newest, revocation=entry)
            if newest is None or not newest.this_update - skew <= at <= newest.next_update + skew:
                worst = Finding(standing=Standing.UNKNOWN, link=link, by=newest)
        return worst

    def then(self, chain: Sequence[Link], at: datetime) -> Finding:
        """Judge a chain at a time, for a document that was signed then."""
        found = [self._link_then(link, at) for link in chain]
        return max(found, key=lambda each: _ORDER.index(each.standing), default=Finding(standing=Standing.GOOD))

    def covering(self, chain: Sequence[Link], at: datetime) -> list[str]:
        """Return the digests of the lists that prove how a chain stood at a time. For each certificate: the list that
        revokes it, else the first that was issued then or later, else the one that was in force."""
        found = (self._link_then(link, at).by for link in chain)
        return list(dict.fromkeys(each.digest for each in found if each is not None))

    def _link_then(self, link: Link, at: datetime) -> Finding:
        held = self._by_issuer.get(link.issuer, [])
        lists = [each for each in held if link.is_spoken_of_by(each)]
        for number, each in enumerate(lists):
            entry = each.revoked.get(link.serial)
            if entry is not None and entry.since <= at and not _was_lifted(link, entry, lists[number + 1 :], at):
                return Finding(standing=Standing.REVOKED, link=link, by=each, revocation=entry)
        naming = [each for each in lists if each.still_lists(link)]
        if later := [each for each in naming if each.this_update >= at]:
            return Finding(standing=Standing.GOOD, link=link, by=later[0])
        if older := [each for each in naming if each.in_force(at)]:
            return Finding(standing=Standing.NOT_KNOWN_THEN, link=link, by=older[-1])
        return Finding(standing=Standing.UNKNOWN, link=link, why=_why(held, lists, naming))


_ORDER = list(Standing)


def _was_lifted(link: Link, entry: Revocation, later: Sequence[RevocationList], at: datetime) -> bool:
    """Tell if a hold had ended when something was signed: a list of before then would name it, and does not."""
    return entry.reason == HOLD and any(
        each.this_update <= at and each.still_lists(link) and link.serial not in each.revoked for each in later
    )


def _why(held: Sequence[RevocationList], speaking: Sequence[RevocationList], naming: Sequence[RevocationList]) -> str:
    """Return the reason for which an authority's lists say nothing of a certificate."""
    if not held:
        return "no list of its authority is here that can be used"
    if not speaking:
        return "the lists of its authority that are here are of other certificates"
    if not naming:
        return "the lists of its authority that are here were issued after it expired, and may leave it out"
    return "no list of its authority for that time"


class ListsAt(Protocol):
    """Give the lists that say how a chain stood at a time."""

    def __call__(self, chain: Sequence[Link], at: datetime, /) -> RevocationLists: ...


class Chains(Protocol):
    """The certificates that are judged: the chain of each by its thumbprint, without the anchor."""

    def chain(self, thumbprint: str) -> Sequence[Link]: ...


Lists = Callable[[], RevocationLists]
"""Give the lists as they are now: a later call may return others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRevokedNow:
    """Policy for a message: none of the signer's chain is revoked at ``now``."""

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
    """Policy for a document: none of the signer's chain was revoked when it was signed, as far as is known."""

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
    """Make the policies above for one partner's certificates. Without ``lists_at``, the present lists serve for every
    time."""

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
"""No revocation check."""


def _judged(found: Finding, requirement: Requirement, passed: str) -> list[str]:
    match found.standing:
        case Standing.REVOKED:
            raise Rejection("verify.revoked", detail=found.told)
        case Standing.UNKNOWN if requirement is Requirement.REQUIRE:
            raise Rejection("verify.revocation-unknown", detail=found.told)
        case Standing.UNKNOWN:
            # Recorded, so that evidence does not claim a check that nobody made.
            return ["revocation not known"]
        case Standing.NOT_KNOWN_THEN:
            return [f"{passed}, as far as was known"]
        case _:
            return [passed]
