"""Fetch revocation lists that are due, verify and store them, and report each authority whose list ends.

A list is stored as it came: it proves what was known when something was judged. `revocation_pruning` decides which
lists may be deleted. A list that is older than the stored one is refused, so that nobody can bring back the time before
a revocation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Protocol

from gateway.runtime.clock import Clock, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.runtime.timekeeping import Steady
from gateway.trust.revocation_status import Link, RevocationList, RevocationLists

NEWEST: Final = 8
"""Lists of each scope in memory: the newest, and some before it."""

LOOK_SECONDS: Final = 5.0
"""Seconds after which a process reads the set of stored lists again."""

OLDER: Final = 64
"""Lists of earlier times in memory, of all authorities together."""

NEAR_ITS_END: Final = 0.2
"""Share of a list's validity; with less left, the list is reported as ending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptList:
    """A verified list (DER), as stored. ``source`` is the address that served it last, at ``seen_at``."""

    digest: str
    issuer: str
    scope: str
    this_update: datetime
    next_update: datetime
    source: str
    came_at: datetime
    seen_at: datetime
    octets: bytes


class ListStore(Protocol):
    """Store revocation lists and read them again. Raises `GatewayError` ``store.*``."""

    def keep(self, new: KeptList) -> None:
        """Store a list; if it is stored already, update its source and time."""
        ...

    def seen(self) -> Mapping[str, tuple[str, datetime]]:
        """Return for each source the digest of the list that it served last, and when."""
        ...

    def newest(self, each: int) -> Sequence[str]:
        """Return the digests of the ``each`` newest lists of each scope."""
        ...

    def since(self, moment: datetime) -> Sequence[str]:
        """Return the digests of the lists that were in force at ``moment`` or later."""
        ...

    def around(self, scope: str, at: datetime, each: int) -> Sequence[str]:
        """Return digests of a scope's lists: the ``each`` last before ``at``, and the ``each`` first from then on."""
        ...

    def ended(self, before: datetime) -> Mapping[str, Sequence[str]]:
        """Return by issuer the digests of the lists that ended before a time, the oldest first."""
        ...

    def forget(self, digests: Sequence[str]) -> None: ...

    def octets(self, digests: Sequence[str]) -> Mapping[str, bytes]: ...


class ListSource(Protocol):
    """An address that serves lists; ``name`` is the address. ``fetch`` raises `GatewayError` ``revocation.*``."""

    @property
    def name(self) -> str: ...

    def fetch(self) -> Sequence[bytes]:
        """Return the lists as served, none larger than the bound."""
        ...


class ListReader(Protocol):
    """Verify lists of the authorities in use. Raises `GatewayError` ``revocation.*`` naming ``where``."""

    def read(self, octets: bytes, where: str) -> RevocationList: ...

    def read_new(self, octets: bytes, where: str, now: datetime) -> tuple[RevocationList, bytes]:
        """Read a list, DER or PEM, that must be in force now. Return it with its DER."""
        ...


@dataclass(slots=True)
class KnownLists:
    """`gateway.trust.revocation_status.Lists` from the store; a process verifies each list when it first reads it.

    ``kept_from`` has the time at which this process last kept a list from each source. A stored list names only one of
    the sources that serve it.
    """

    store: ListStore
    reader: ListReader
    steady: Steady
    kept_from: dict[str, datetime] = field(default_factory=dict)
    _lists: RevocationLists | None = None
    _older: dict[str, RevocationList] = field(default_factory=dict)
    _looked_at: float = 0.0
    _lock: Lock | None = None

    def __post_init__(self) -> None:
        self._lock = Lock()

    def __call__(self) -> RevocationLists:
        known = self._lists
        if known is not None and self.steady() - self._looked_at < LOOK_SECONDS:
            return known
        return self.look()

    def at(self, chain: Sequence[Link], at: datetime) -> RevocationLists:
        """Return the lists that say how a chain stood at a time.

        If the newest do not reach back so far, those around that time are added, and those around the end of each
        certificate: newer lists may leave out an expired certificate.
        """
        newest = self()
        before = [(link, scope) for link in chain for scope in newest.scopes_before(link, at, NEWEST)]
        if not before:
            return newest
        moments = dict.fromkeys((scope, moment) for link, scope in before for moment in (at, link.not_after))
        wanted = dict.fromkeys(each for scope, moment in moments for each in self.store.around(scope, moment, NEWEST))
        return RevocationLists([*newest.all(), *self._read_older([each for each in wanted if each not in newest])])

    def _read_older(self, digests: Sequence[str]) -> list[RevocationList]:
        assert self._lock is not None
        with self._lock:
            found = {each: self._older[each] for each in digests if each in self._older}
            found |= self.read([each for each in digests if each not in found])
            self._older = dict([*self._older.items(), *found.items()][-OLDER:])
        return list(found.values())

    def read(self, digests: Sequence[str]) -> dict[str, RevocationList]:
        """Return stored lists by digest, verified again. A list that was deleted is left out, and so is one whose
        authority is no longer in use."""
        found = {}
        for digest, octets in self.store.octets(digests).items():
            try:
                found[digest] = self.reader.read(octets, digest)
            except GatewayError:
                continue  # it was verified when it came
        return found

    def last(self) -> list[RevocationList]:
        """Return the lists that were read last, without asking the store."""
        return [] if self._lists is None else self._lists.all()

    def look(self) -> RevocationLists:
        """Return the newest lists that are in the store now."""
        assert self._lock is not None
        with self._lock:
            began, known = self.steady(), self._lists or RevocationLists()
            digests = self.store.newest(NEWEST)
            read = {each.digest: each for each in known.all()}
            read |= self.read([each for each in digests if each not in read])
            self._lists, self._looked_at = RevocationLists(read[each] for each in digests if each in read), began
            return self._lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A certificate in use. ``use`` names it in reports; ``chain`` holds it and its issuers. If ``required``, a missing
    list is reported."""

    use: str
    chain: Sequence[Link]
    required: bool = True


def refresh(
    sources: Sequence[ListSource],
    known: KnownLists,
    watched: Iterable[Watched],
    clock: Clock,
    every: timedelta,
    may_continue: MayContinue = always,
) -> PassReport:
    """Fetch from each source that is due, and report problems with the lists of the certificates in use."""
    report = PassReport("revocation")
    seen = known.store.seen()
    for source in sources:
        times = [known.kept_from.get(source.name), seen[source.name][1] if source.name in seen else None]
        if not may_continue() or any(_is_recent(each, clock(), every) for each in times):
            continue
        try:
            before = known.look()
            for octets in source.fetch():
                report.counts[take(octets, source.name, known, clock(), before)] += 1
        except GatewayError as error:
            report.errors.append(error)
    report.errors += concerns(known.look(), watched, clock())
    return report


def _is_recent(at: datetime | None, now: datetime, every: timedelta) -> bool:
    """Return True if a source was asked less than ``every`` ago. A time ahead is of a clock that was wrong."""
    return at is not None and timedelta() <= now - at < every


def take(octets: bytes, source: str, known: KnownLists, now: datetime, before: RevocationLists | None = None) -> str:
    """Verify and store a list. Return ``lists`` for a new one, ``unchanged`` for one that is stored already, and
    ``overtaken`` for one that is not stored: another process stored a newer one since ``before`` was read.

    Raises `GatewayError` ``revocation.*``; ``revocation.older`` if a newer one of its scope is stored, and was
    ``before`` the source was asked.
    """
    new, der = known.reader.read_new(octets, source, now)
    lists = known.look()
    is_known = new.digest in lists
    for other in lists.all():
        if other.scope == new.scope and other.digest != new.digest and new.is_older_than(other):
            if before is not None and other.digest not in before:
                return "overtaken"
            detail = f"of {timestamp(new.this_update)}, number {new.number}; at hand: {timestamp(other.this_update)}"
            raise GatewayError("revocation.older", where=source, detail=f"{detail}, number {other.number}")
    known.store.keep(
        KeptList(
            digest=new.digest,
            issuer=new.issuer,
            scope=new.scope,
            this_update=new.this_update,
            next_update=new.next_update,
            source=source,
            came_at=now,
            seen_at=now,
            octets=der,
        )
    )
    known.kept_from[source] = now
    return "unchanged" if is_known else "lists"


def concerns(lists: RevocationLists, watched: Iterable[Watched], now: datetime) -> list[GatewayError]:
    """Return an error for each authority whose list is missing or ends soon, and for each certificate in use that is
    revoked."""
    found: dict[tuple[str, str], GatewayError] = {}
    for each in watched:
        if (revoked := is_revoked(lists, each)) is not None:
            found["revoked", each.use] = revoked
        for link in each.chain if each.required else ():
            newest = lists.newest(link)
            if newest is None or not newest.in_force(now):
                ended = f", its last list ended {timestamp(newest.next_update)}" if newest else ""
                error = GatewayError("revocation.stale", where=each.use, detail=f"issuer of {link.subject}{ended}")
                found.setdefault(("list", link.issuer), error)
            elif newest.next_update - now < (newest.next_update - newest.this_update) * NEAR_ITS_END:
                detail = f"{newest.name}: {timestamp(newest.next_update)}"
                error = GatewayError("revocation.ending", where=each.use, detail=detail)
                found.setdefault(("list", link.issuer), error)
    return list(found.values())


def is_revoked(lists: RevocationLists, each: Watched) -> GatewayError | None:
    """Return ``revocation.revoked`` if the newest lists revoke the certificate or one of its issuers, else None."""
    for link in each.chain:
        newest = lists.newest(link)
        if newest is not None and (entry := newest.revoked.get(link.serial)) is not None:
            detail = f"{link.subject}, serial {link.serial:x}, {timestamp(entry.at)}, {entry.reason}"
            return GatewayError("revocation.revoked", where=each.use, detail=detail)
    return None


def lists_for(known: KnownLists, chain: Sequence[Link], at: datetime) -> list[bytes]:
    """Return the lists (DER) that prove to others how a chain stood at a time.

    For each certificate: the list that revokes it, else the first that was issued then or later, else the one that was
    in force.
    """
    known.look()
    digests = known.at(chain, at).covering(chain, at)
    octets = known.store.octets(digests)
    return [octets[each] for each in digests if each in octets]
