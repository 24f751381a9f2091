"""A gateway whose passes run over a real store, and over other sides in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.intake.collection import IntakePolicy, collect
from gateway.intake.parcel_check import ParcelPolicy
from gateway.judiciary.call_count import CallCount
from gateway.judiciary.call_pool import CallPool
from gateway.judiciary.capabilities import EVERYTHING, Capabilities
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy
from gateway.mapping import BodyConfig
from gateway.mapping.model.mapper import Always, Mappers
from gateway.mapping.result_mapper import ResultMapper
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import MAX_REQUEUES, OutboxEntry
from gateway.operations.intervention import Done, EntryChange, intervene
from gateway.operations.operator_action import OperatorAction
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.receipts.feed import fetch_receipts
from gateway.receipts.polling import poll_receipts
from gateway.receipts.quarantine_release import Judged, release_item
from gateway.receipts.receipt_subject import IssueDay
from gateway.reconciliation.finding import Discrepancy
from gateway.reconciliation.limits import Limit, Limits
from gateway.reconciliation.overdue import longest_waits, look_at_limits
from gateway.reconciliation.reconcile import Ledgers, Pause, ReconcilePolicy, at_once, reconcile
from gateway.reconciliation.report import Reconciled, Scope
from gateway.reconciliation.standing import Ask
from gateway.runtime.clock import Pace
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.sending.dispatch import dispatch_due
from gateway.sending.dispatch_policy import DispatchPolicy
from gateway.sending.in_doubt import RescuePolicy, rescue
from gateway.sending.ticket_issue import USUAL_TICKETS, Tickets
from gateway.store.stored import Quarantined
from gateway.writeback.result_writing import write_back
from tests.databases import DATABASES
from tests.manual_clock import ManualClock
from tests.mappers import case_mapper
from tests.sampling import on_one_of

from .case_table import Cases
from .ports import JudiciaryService, Reader, Stamp
from .restorable import Restorable, restorable
from .shuffled_calls import Shuffled

LEASE, SETTLE, AGAIN = timedelta(minutes=5), timedelta(minutes=30), timedelta(minutes=10)
_QUICK = 0.2
"""Seconds of a call that overlaps others: it submits a series of messages."""
GRACE, CONFIRMED = timedelta(minutes=10), timedelta(days=7)
ISSUED = date(2026, 2, 3)
"""Day on which the papers of `tests.passes.case_table` were issued, which their stamps do not tell."""
LIMITS = Limits(
    periods={
        Limit.DELIVER: timedelta(days=10),
        Limit.DOUBT: timedelta(hours=10),
        Limit.DECIDE: timedelta(hours=20),
        Limit.SWITCH: timedelta(days=10),
        Limit.WRITE: timedelta(days=10),
    },
    warn_at=0.8,
    kinds={"stop-work-warning": {Limit.DELIVER: timedelta(days=1)}},
)


@dataclass
class Passes:
    """Everything that one test needs, and the passes by name."""

    store: SqlStore
    cases: Cases
    judiciary: JudiciaryService
    clock: ManualClock
    requeue: bool = True
    reader: Reader = field(default_factory=Reader)
    sealer: Stamp = field(default_factory=Stamp)
    kinds: dict[str, str] = field(default_factory=lambda: {"ruling": "رأی"})
    endpoint_policy: EndpointPolicy = USUAL
    mappers: Mappers | None = None
    results: ResultMapper | None = None
    capabilities: Capabilities = EVERYTHING
    max_requeues: int = MAX_REQUEUES
    tickets: Tickets | None = None
    parcels: ParcelPolicy | None = None
    issue_day: IssueDay = lambda _: ISSUED
    contract: str = "contract-1"

    def collect(
        self, page_rows: int = 10, overlap: int = 5, since: str | None = None, may_continue: MayContinue = always
    ) -> PassReport:
        policy = IntakePolicy(
            destination=self.judiciary.destination, page_rows=page_rows, overlap=overlap, contract=self.contract
        )
        mappers = self.mappers or Always(case_mapper(self.bodies()))
        return collect(
            self.cases,
            self.store,
            mappers,
            self.sealer,
            self.clock,
            policy,
            may_continue,
            since,
            parcels=self.parcels,
        )

    def dispatch(
        self,
        owner: str = "one",
        batch: int = 50,
        calls: int = 1,
        pool: CallPool | None = None,
        may_continue: MayContinue = always,
    ) -> PassReport:
        """Send what is due; with more than one of ``calls``, their answers come in an order of their own."""
        policy = DispatchPolicy(
            owner=owner,
            origin="city",
            lease=LEASE,
            pace=Pace(),
            batch_notices=batch,
            calls=CallCount(most=calls),
            endpoint_policy=self.endpoint_policy,
            tickets=self.tickets or USUAL_TICKETS,
        )
        return dispatch_due(self.store, self.judiciary, self.clock, policy, may_continue, pool or self._pool(calls))

    def _pool(self, calls: int) -> CallPool | None:
        return Shuffled(self.judiciary, seconds=_QUICK) if calls > 1 else None

    def rescue(
        self,
        batch: int = 200,
        inquiry_batch: int = 200,
        calls: int = 1,
        pool: CallPool | None = None,
        may_continue: MayContinue = always,
    ) -> PassReport:
        policy = RescuePolicy(
            origin="city",
            settle_after=SETTLE,
            ask_again_after=AGAIN,
            lifetime=timedelta(days=14),
            unanswered_after=timedelta(hours=4),
            requeue=self.requeue,
            max_requeues=self.max_requeues,
            batch=batch,
            inquiry_batch=inquiry_batch,
            calls=CallCount(most=calls),
            endpoint_policy=self.endpoint_policy,
            capabilities=self.capabilities,
            tickets=self.tickets,
        )
        return rescue(self.store, self.judiciary, self.clock, policy, may_continue, pool or self._pool(calls))

    def receive(self, page: int = 10, may_continue: MayContinue = always) -> PassReport:
        policy = ReceiptPolicy(
            origin="city",
            page=page,
            endpoint_policy=self.endpoint_policy,
            capabilities=self.capabilities,
            issue_day=self.issue_day,
        )
        return fetch_receipts(self.store, self.judiciary, self.reader, self.clock, policy, may_continue)

    def poll(
        self,
        page: int = 10,
        notices: int = 1,
        calls: int = 1,
        pool: CallPool | None = None,
        may_continue: MayContinue = always,
    ) -> PassReport:
        policy = ReceiptPolicy(
            origin="city",
            page=page,
            endpoint_policy=self.endpoint_policy,
            poll_notices=notices,
            calls=CallCount(most=calls),
            capabilities=self.capabilities,
            issue_day=self.issue_day,
        )
        pool = pool or self._pool(calls)
        return poll_receipts(self.store, self.judiciary, self.reader, self.clock, policy, may_continue, pool)

    def release(self, item: Quarantined) -> Judged:
        policy = ReceiptPolicy(origin="city", capabilities=self.capabilities, issue_day=self.issue_day)
        return release_item(
            self.store, self.judiciary, self.reader, self.clock, policy, item, self.act("quarantine.release")
        )

    def intervene(self, reference: str, action: EntryChange) -> Done:
        return intervene(self.store, reference, action, self.act("queue"), "city")

    def reconcile(
        self,
        ask: Ask = Ask.OPEN,
        since: datetime | None = None,
        may_continue: MayContinue = always,
        pause: Pause = at_once,
        mappers: Mappers | None = None,
        inquiry_batch: int = 200,
    ) -> tuple[Reconciled, list[Discrepancy]]:
        """Compare everything up to now; return the report and its findings."""
        policy = ReconcilePolicy(
            origin="city", grace=GRACE, confirmed_within=CONFIRMED, limits=LIMITS, inquiry_batch=inquiry_batch
        )
        ledgers = Ledgers(
            store=self.store,
            sources=[self.cases],
            mappers=mappers or Always(case_mapper(self.bodies())),
            courier=self.judiciary,
            read=self.reader.read,
            own=frozenset({self.cases.name} if self.results else ()),
        )
        scope = Scope(since=since, until=self.clock(), ask=ask)
        reported: list[Discrepancy] = []
        return reconcile(ledgers, scope, self.clock, policy, reported.append, may_continue, pause), reported

    def look_at_limits(self) -> PassReport:
        return look_at_limits(self.store, [self.cases.name], self.clock, LIMITS, longest_waits(SETTLE, AGAIN))

    def bodies(self) -> dict[str, BodyConfig]:
        return {"article-100": BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds=self.kinds)}

    def act(self, name: str) -> OperatorAction:
        return OperatorAction(name=name, account="clerk", reason="گواهی ثبت شد", at=self.clock())

    def quarantine(self) -> list[Quarantined]:
        return self.store.quarantine.page(code=None, limit=100, after=None)

    def write_back(self) -> PassReport:
        return write_back(self.store, self.cases, mapper=self.results, read=self.reader.read)

    def admit(self, *keys: str) -> list[OutboxEntry]:
        """Put good rows into the case database and collect them; return their entries in the same order."""
        for key in keys:
            self.cases.put(key)
        self.collect()
        by_key = {
            found.entry.row_key: found.entry for found in self.store.notices.find(state=None, limit=1000, after=None)
        }
        return [by_key[key] for key in keys]

    def entry(self, reference: str) -> OutboxEntry:
        return self.store.notices.entries([reference])[reference]

    def events(self, reference: str) -> list[DeliveryEvent]:
        return [event.event for event in self.store.notices.history(reference)]


@pytest.fixture(params=on_one_of(DATABASES, "passes"))
def passes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Passes]:
    with DATABASES[request.param](tmp_path) as url:
        store, clock = SqlStore.open(url), ManualClock()
        yield Passes(store, Cases(), JudiciaryService(clock), clock)
        store.close()


@pytest.fixture(params=on_one_of(DATABASES, "place"))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Restorable]:
    """Return the place of a store that can be restored."""
    with restorable(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def sent(passes: Passes) -> OutboxEntry:
    """Return the entry of a notice that was sent and accepted."""
    (entry,) = passes.admit("1")
    passes.dispatch()
    return passes.entry(entry.reference)


@pytest.fixture
def held(passes: Passes) -> OutboxEntry:
    """A notice that the service refused for its form, and that the gateway holds."""
    (entry,) = passes.admit("1")
    passes.judiciary.fault = "verify.schema"
    passes.dispatch()
    passes.judiciary.fault = None
    for _ in range(2):
        passes.clock.now += SETTLE
        passes.rescue()
    found = passes.entry(entry.reference)
    assert (found.state, found.held, found.code, found.reason) == (
        DeliveryState.QUEUED,
        True,
        "held.refused",
        "verify.schema",
    )
    return found
