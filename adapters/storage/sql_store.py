"""`SqlStore`: the port `gateway.store.store.Store` on a relational database. Each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import Connection, select

from adapters.storage.engine import migrate
from adapters.storage.engine.database_pages import Pages, check_pages
from adapters.storage.engine.engine import TIMEOUT, Database
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.narrow_stores import NarrowStores
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore, known
from adapters.storage.payloads.segment_file_audit import Audit, Problem, audit
from adapters.storage.schema.tables import switch
from adapters.storage.stores import recoveries
from adapters.storage.stores.recoveries import SqlRecoveryStore
from adapters.storage.writability import Writability
from gateway.archive.offloaded import Archived, NoArchive
from gateway.archive.segment import assert_archivable
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.clock import steady_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Steady
from gateway.store.stored import Changes, Switch

T = TypeVar("T")

VERSION_SECONDS: Final = 5.0
"""Seconds after which the database's version is read again."""

_SWITCH: Final = select(*(switch.c[f.name] for f in fields(Switch)))


class SqlStore(NarrowStores):
    """May be used from several threads, and beside other processes on the same database.

    With a memory file, a store that lacks records which this machine remembers gives out no notice to be sent and
    records no message.
    """

    def __init__(
        self,
        database: Database,
        payloads: PayloadStore | None = None,
        memory_file: FingerprintFile | None = None,
        archived: Archived | None = None,
        steady: Steady = steady_clock,
        version: str | None = None,
    ) -> None:
        """Take the parts of a store. Without its ``version``, `assert_version` compares none."""
        payloads = payloads or DatabasePayloads()
        writability = Writability(database, payloads, steady)
        super().__init__(
            database, payloads, archived or NoArchive(), writability, SqlRecoveryStore(database, memory_file)
        )
        self._memory_file = memory_file
        self._version, self._steady, self._version_read_at = version, steady, steady()

    @classmethod
    def open(
        cls,
        url: str,
        payloads: PayloadStore | None = None,
        memory_file: FingerprintFile | None = None,
        *,
        timeout: float = TIMEOUT,
        archived: Archived | None = None,
        steady: Steady = steady_clock,
    ) -> SqlStore:
        """Open a database that `migrate.upgrade` has made.

        ``payloads`` stores new octets, by default in rows of the database. ``timeout`` is the longest wait for a
        server's answer, in seconds. ``archived`` reads what has left the database.

        Raises `GatewayError`: ``store.schema`` if it is not of this program's version, ``store.unavailable``.
        """
        current, head = migrate.status(url)
        database = Database(url, timeout=timeout)
        if current != head:
            raise _another(database, current, head)
        return cls(database, payloads, memory_file, archived, steady, version=head)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()
        self._payloads.close()

    def now(self) -> datetime | None:
        return self._database.now()

    @property
    def trouble(self) -> GatewayError | None:
        return self._writability.trouble

    def assert_version(self) -> None:
        now = self._steady()
        if self._version is None or now - self._version_read_at < VERSION_SECONDS:
            return
        if (found := migrate.version_of(self._database)) != self._version:
            raise _another(self._database, found, self._version)
        self._version_read_at = now

    def assert_writable(self) -> None:
        self._writability.assert_writable()

    def commit(self, changes: Changes) -> frozenset[str]:
        from adapters.storage import writing  # all that can be written: no verb that only reads needs it

        for each in changes.payloads:
            assert_archivable(each.digest, len(each.octets))
        # Without any changes it is a barrier all the same: what was read before it is on the standby after it.
        #
        # A recorded message is sent next: the machine must remember it first.
        messages = [record.id for record in changes.evidence if record.kind in _SENT_NEXT]

        def write() -> frozenset[str]:
            # A message is signed anew each time, so its octets are not here yet.
            kept = self._payloads.keep(changes.payloads, _none if messages else self._known_payloads)
            if self._memory_file is None or not messages:
                return self._database.write(lambda c: writing.commit(c, changes, kept))

            def work(connection: Connection) -> tuple[str, frozenset[str]]:
                self.recovery.assert_remembers(connection)
                return recoveries.epoch(connection), writing.commit(connection, changes, kept)

            epoch, stale = self._database.write(work)
            if not (stale and (changes.all_or_nothing or changes.submits)):  # then nothing was written or is sent
                self._memory_file.note(epoch, messages)
            return stale

        return self._writability.noted(write)

    def switch(self) -> Switch | None:
        row = self._database.read(lambda c: c.execute(_SWITCH).one_or_none())
        return None if row is None else Switch(**row._mapping)

    def audit_payloads(self, report: Callable[[Problem], None]) -> Audit:
        """See `segment_file_audit.audit`."""
        told = set[Problem]()

        def once(problem: Problem) -> None:
            """Report a problem, though the reading may be repeated."""
            if problem not in told:
                told.add(problem)
                report(problem)

        return self._database.read(lambda c: audit(c, self._payloads.folder, once))

    def check_pages(self) -> Pages:
        """See `pages.check_pages`."""
        return self._database.read(check_pages)

    def _known_payloads(self, digests: Iterable[str]) -> set[str]:
        return self._database.read(lambda c: known(c, digests))


_SENT_NEXT: Final = frozenset({EvidenceKind.MESSAGE_SENT, EvidenceKind.COURTESY_MESSAGE})
"""Kinds of records of messages, each of which is committed before its message is sent."""


def _none(_: Iterable[str]) -> set[str]:
    return set()


def _another(database: Database, found: str | None, wanted: str) -> GatewayError:
    detail = f"version {found or 'none'}, this program needs {wanted}"
    return GatewayError("store.schema", where=database.where, detail=detail)
