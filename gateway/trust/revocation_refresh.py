"""Keep revocation lists fresh: fetch what is due, verify it, keep it, and tell which authority's list ends.

A list that came is kept as it is: it proves what was known when something was judged. Which of them may go says
`gateway/trust/revocation_pruning.py`. What is newer is used; nothing older than a list at hand is taken, so that nobody
can bring back a time before a revocation.
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
"""Lists of each authority that are held in memory: of several scopes, and the one before."""

LOOK_SECONDS: Final = 5.0
"""How long a process may not know of a list that another one kept."""

OLDER: Final = 64
"""Lists of earlier times that are held in memory, of all authorities together."""

NEAR_ITS_END: Final = 0.2
"""The share of a list's time that is left when its end is told to be near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptList:
    """A verified list's octets (DER). ``source`` is where it was seen last, at ``seen_at``."""

    digest: str
    issuer: str
    this_update: datetime
    next_update: datetime
    source: str
    came_at: datetime
    seen_at: datetime
    octets: bytes


class ListStore(Protocol):
    """Keep revocation lists and read them again. Raises `GatewayError` ``store.*``."""

    def keep(self, new: KeptList) -> None:
        """Keep a list; of one that is kept already, note that it was seen."""
        ...

    def seen(self) -> Mapping[str, tuple[str, datetime]]:
        """The list that each source gave last, by its digest, and when."""
        ...

    def newest(self, each: int) -> Sequence[str]:
        """The digests of so many newest lists of each issuer."""
        ...

    def since(self, moment: datetime) -> Sequence[str]:
        """The digests of the lists that were in force then or later."""
        ...

    def around(self, issuer: str, at: datetime, each: int) -> Sequence[str]:
        """The digests of so many lists of an issuer that were issued last before a time, and first then or later."""
        ...

    def ended(self, before: datetime) -> Mapping[str, Sequence[str]]:
        """The digests of the lists that had ended before a time, by issuer, in the order of their issuing."""
        ...

    def forget(self, digests: Sequence[str]) -> None: ...

    def octets(self, digests: Sequence[str]) -> Mapping[str, bytes]: ...


class ListSource(Protocol):
    """A place from which lists come; ``name`` is its address. ``fetch`` raises `GatewayError` ``revocation.*``."""

    @property
    def name(self) -> str: ...

    def fetch(self) -> Sequence[bytes]:
        """Return lists as they stand there, none larger than is taken."""
        ...


class ListReader(Protocol):
    """Verifies lists of the authorities in use. Raises `GatewayError` ``revocation.*`` naming ``where``."""

    def read(self, octets: bytes, where: str) -> RevocationList: ...

    def read_new(self, octets: bytes, where: str, now: datetime) -> tuple[RevocationList, bytes]:
        """Read a list that must be in force now, in DER or PEM; return its DER, too."""
        ...


@dataclass(slots=True)
class KnownLists:
    """`gateway.trust.revocation_status.Lists`: what the store has newest, verified again when it is first read here."""

    store: ListStore
    reader: ListReader
    steady: Steady
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
        """The newest, and where they do not reach back to a time those around it, and around each certificate's end:
        what has expired since, newer lists may leave out."""
        newest = self()
        before = [link for link in chain if not newest.reaches(link, at, NEWEST)]
        if not before:
            return newest
        moments = dict.fromkeys((link.issuer, moment) for link in before for moment in (at, link.not_after))
        wanted = dict.fromkeys(each for issuer, moment in moments for each in self.store.around(issuer, moment, NEWEST))
        return RevocationLists([*newest.all(), *self._read_older([each for each in wanted if each not in newest])])

    def _read_older(self, digests: Sequence[str]) -> list[RevocationList]:
        assert self._lock is not None
        with self._lock:
            found = {each: self._older[each] for each in digests if each in self._older}
            found |= self.read([each for each in digests if each not in found])
            self._older = dict([*self._older.items(), *found.items()][-OLDER:])
        return list(found.values())

    def read(self, digests: Sequence[str]) -> dict[str, RevocationList]:
        """Return kept lists, verified again, by digest; without those that are gone, or whose authority is in use no
        longer."""
        found = {}
        for digest, octets in self.store.octets(digests).items():
            try:
                found[digest] = self.reader.read(octets, digest)
            except GatewayError:
                continue  # it was verified when it came
        return found

    def last(self) -> list[RevocationList]:
        """The lists that were read last, without looking."""
        return [] if self._lists is None else self._lists.all()

    def look(self) -> RevocationLists:
        """Return the lists as they are in the store at this moment."""
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
    """A certificate in use, by what it is used for; ``chain`` is it with those that issued it. A list of the chain is
    missed where it is ``required``."""

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
    """Fetch from each source that is due, and say what is wrong with the lists of the certificates in use."""
    report = PassReport("revocation")
    seen = known.store.seen()
    for source in sources:
        last = seen.get(source.name)
        if not may_continue() or (last is not None and clock() - last[1] < every):
            continue
        try:
            for octets in source.fetch():
                report.counts[take(octets, source.name, known, clock())] += 1
        except GatewayError as error:
            report.errors.append(error)
    report.errors += concerns(known.look(), watched, clock())
    return report


def take(octets: bytes, source: str, known: KnownLists, now: datetime) -> str:
    """Verify and keep a list; return ``lists`` for a new one, ``unchanged`` for one that is kept already.

    Raises `GatewayError` ``revocation.*``; ``.older`` where a newer one of its scope is at hand.
    """
    new, der = known.reader.read_new(octets, source, now)
    lists = known.look()
    is_known = new.digest in lists
    for other in lists.all():
        if other.scope == new.scope and other.digest != new.digest and new.is_older_than(other):
            detail = f"of {timestamp(new.this_update)}, number {new.number}; at hand: {timestamp(other.this_update)}"
            raise GatewayError("revocation.older", where=source, detail=f"{detail}, number {other.number}")
    known.store.keep(
        KeptList(
            digest=new.digest,
            issuer=new.issuer,
            this_update=new.this_update,
            next_update=new.next_update,
            source=source,
            came_at=now,
            seen_at=now,
            octets=der,
        )
    )
    return "unchanged" if is_known else "lists"


def concerns(lists: RevocationLists, watched: Iterable[Watched], now: datetime) -> list[GatewayError]:
    """Return what somebody must act on: each authority without a list in force, or with one that ends soon, and each
    certificate in use that is revoked."""
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
    """``revocation.revoked`` where the newest list of one of its authorities has it, or one of those."""
    for link in each.chain:
        newest = lists.newest(link)
        if newest is not None and (entry := newest.revoked.get(link.serial)) is not None:
            detail = f"{link.subject}, serial {link.serial:x}, {timestamp(entry.at)}, {entry.reason}"
            return GatewayError("revocation.revoked", where=each.use, detail=detail)
    return None


def lists_for(known: KnownLists, chain: Sequence[Link], at: datetime) -> list[bytes]:
    """The DER lists that cover a chain at a time, for whoever proves it to others: for each certificate the list that
    revokes it, or the first one that was issued then or later, or else the one that was in force."""
    known.look()
    digests = known.at(chain, at).covering(chain, at)
    octets = known.store.octets(digests)
    return [octets[each] for each in digests if each in octets]
