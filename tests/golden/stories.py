"""Run the short life of some notices over a real store, and list what the passes write and count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from adapters.storage.engine.advisory_locks import FileAdvisoryLocks
from adapters.storage.sql_store import SqlStore
from gateway.intake.resealing import seal_anew
from gateway.judiciary.courier import Accepted, Deferred, NoAccount, NotKnown, Outcome, Rejected, SealRefused, Unknown
from gateway.merkle.fork import Fork
from gateway.notice.notice import sha256
from gateway.operations import effective_configuration, history_division, recovery
from gateway.operations.effective_configuration import Configuration
from gateway.operations.intervention import hold_notice
from gateway.record.damage import CHANGED, Damage, DamageReport
from gateway.record.evidence_record import Header
from gateway.runtime.pass_report import PassReport
from tests.databases import sqlite_file
from tests.manual_clock import ManualClock
from tests.passes.case_table import Cases
from tests.passes.conftest import SETTLE, Passes
from tests.passes.ports import JudiciaryService, NoFolder

_OUTCOMES: Final[list[Outcome]] = [
    Accepted(tracking_number="T-1"),
    Rejected(code="R"),
    SealRefused(code="S"),
    NoAccount(),
    Deferred(code="D"),
    Unknown(code="U"),
]


def story() -> Iterator[str]:
    """Yield a line for each count of a pass, and for each fact in the context of a record, by the record's kind and the
    beginning of its id."""
    with TemporaryDirectory() as folder, sqlite_file(Path(folder)) as url, closing(SqlStore.open(url)) as store:
        clock = ManualClock()
        passes = Passes(store, Cases(), JudiciaryService(clock), clock)
        reports = [*_served(passes), *_in_doubt(passes), *_sealed_anew(passes, Path(folder))]
        _of_the_gateway(passes)
        yield from {f"{report.name} counts {name}" for report in reports for name in report.counts}
        log = store.log
        while log.place(100):
            pass
        yield from {line for leaf in log.leaves(0, 1000) for line in _lines(Header.of(leaf.header))}


def _lines(header: Header) -> Iterator[str]:
    record = f"{header.kind.value} {header.id.partition(':')[0]}"
    yield record
    yield f"{record} about {'a notice' if header.notice else 'no notice'}"
    yield from (f"{record} says {name}" for name in header.context)


def _served(passes: Passes) -> Iterator[PassReport]:
    """Notices with every outcome, and receipts of one."""
    for number in range(len(_OUTCOMES)):
        passes.cases.put(str(number))
    passes.cases.put("bad", recipient_id="1")
    yield passes.collect()
    waiting = iter(_OUTCOMES)
    passes.judiciary.outcome = lambda _: next(waiting)
    yield passes.dispatch()
    served = next(
        each.entry for each in passes.store.notices.find(state=None, limit=99, after=None) if each.entry.tracking_number
    )
    passes.judiciary.issue("ContentConsignment", served.reference, served.seal_digest, passes.clock(), tracking="T-1")
    passes.judiciary.issue("ContentConsignment", "EB-" + "Z" * 32, None, passes.clock())
    yield passes.receive()
    yield passes.poll()
    yield passes.write_back()
    yield passes.look_at_limits()


def _in_doubt(passes: Passes) -> Iterator[PassReport]:
    """An answer that is not believed, one that never came, and questions about both."""
    for key, answer in (("forged", b"<forged/>"), ("lost", None)):
        passes.cases.put(key)
        passes.collect()
        passes.judiciary.outcome, passes.judiciary.doubtful = lambda _: Unknown(code="U"), answer
        yield passes.dispatch()
    passes.judiciary.doubtful, standings = None, iter([NotKnown(), Unknown(code="U"), Rejected(code="R"), NotKnown()])
    passes.judiciary.standing = lambda _: next(standings, NotKnown())
    for _ in range(2):
        passes.clock.advance(hours=1 + SETTLE / timedelta(hours=1))
        yield passes.rescue()


def _sealed_anew(passes: Passes, folder: Path) -> Iterator[PassReport]:
    passes.clock.advance(days=40)
    passes.cases.put("ahead")
    yield passes.collect()
    passes.clock.advance(days=-40)
    yield seal_anew(
        passes.store, passes.sealer, passes.clock, timedelta(seconds=60), FileAdvisoryLocks(folder / "duties")
    )


def _of_the_gateway(passes: Passes) -> None:
    """Everything else that is on record."""
    store, now = passes.store, passes.clock()
    effective_configuration.record(store, Configuration.of({"judiciary": 1}), now, "city", "1")
    [held, *_] = store.notices.find(state=None, limit=1, after=None)
    passes.intervene(held.entry.reference, hold_notice)
    store.log.report_damage(DamageReport(at=now, payloads=[Damage(digest=sha256(b"lost"), found=CHANGED)]), "city")
    store.log.found(Fork(size=9, root=b"x" * 32, holder="witness", note=b"note", seen_at=now))
    history_division.set_aside(store, store.log, NoFolder(), passes.act("archive.set-aside"), "city")
    recovery.declare(store, passes.act("recovery.begin"), "city")
