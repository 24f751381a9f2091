"""Every event of a notice is a record of evidence, or stands here with the reason for having none.

A new transition, act of a person, message or kind of evidence fails here until it has an entry: each entry is brought
about over the real passes and store, and the record is looked for.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import typer

import gateway
from adapters.acts.registry import ACTS as REGISTERED
from adapters.cli.main import app
from adapters.shipped.resources import CASE_MAPPING
from adapters.storage.sql_store import SqlStore
from gateway.intake import source_renaming
from gateway.intake.collection import IntakePolicy, collect
from gateway.judiciary.courier import Courier, Deferred, NoAccount, NotKnown, Pending, ReceiptPage, Rejected
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.model.mapper import Always
from gateway.merkle.fork import Fork
from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.operations import history_division, intervention, recovery
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.operations.operator_action import OperatorAction
from gateway.receipts.quarantine_release import dismiss_item
from gateway.record.damage import Damage, DamageReport
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.record.retention_class import About, LegalHold
from gateway.retention import legal_hold
from gateway.runtime.circuit_breaker import Failure
from gateway.sending.tickets import Tickets
from gateway.store.stored import Quarantined
from gateway.store.version import MappingVersion
from gateway.versions import version_actions
from tests.databases import sqlite_file
from tests.manual_clock import ManualClock
from tests.mappers import case_mapper, unexamined

from .conftest import LEASE, Passes
from .ports import Cases, JudiciaryService, NoFolder, accept

_S, _E, _K = DeliveryState, DeliveryEvent, EvidenceKind


@dataclass(frozen=True)
class Silent:
    """No record of its own; ``because`` says what tells it instead."""

    because: str


RECEIPT_OF = {
    _E.CONTENT_CONSIGNMENT: "ContentConsignment",
    _E.CONTENT_CONSIGNMENT_FAILURE: "ContentConsignmentFailure",
    _E.CONTENT_HANDOVER: "ContentHandover",
    _E.LEGAL_SERVICE: "LegalService",
}

CLAIMED = Silent("the message that goes out next is recorded before it does")
TIME = Silent("only time passed; the history has the step")
UNHEARD = Silent("nothing came; the message that had no answer is on record")
STORE_WIDE = Silent("RECOVERY_BEGUN, or a person's act, is the record for all notices")

STEPS: dict[tuple[DeliveryState, DeliveryEvent], EvidenceKind | Silent] = {
    (_S.QUEUED, _E.CLAIM): CLAIMED,
    (_S.QUEUED, _E.LIFETIME_OVER): TIME,
    (_S.QUEUED, _E.WITHDRAWAL): _K.PERSON_ACT,
    (_S.QUEUED, _E.SUBMISSION_ACCEPTANCE): _K.RECEIPT,
    (_S.DEAD_LETTER, _E.SUBMISSION_ACCEPTANCE): _K.RECEIPT,
    (_S.WITHDRAWN, _E.SUBMISSION_ACCEPTANCE): _K.RECEIPT,
    (_S.SENDING, _E.SUBMISSION_ACCEPTANCE): _K.MESSAGE_RECEIVED,
    (_S.SENDING, _E.SUBMISSION_REJECTION): _K.MESSAGE_RECEIVED,
    (_S.SENDING, _E.ACCOUNT_ABSENCE): _K.MESSAGE_RECEIVED,
    (_S.SENDING, _E.DEFERRAL): _K.MESSAGE_RECEIVED,
    (_S.SENDING, _E.LOST_ANSWER): UNHEARD,
    (_S.SENDING, _E.LEASE_EXPIRY): TIME,
    (_S.SENDING, _E.TICKET_ISSUE): _K.MESSAGE_RECEIVED,
    (_S.IN_DOUBT, _E.TICKET_ISSUE): _K.MESSAGE_RECEIVED,
    (_S.PENDING, _E.SUBMISSION_ACCEPTANCE): _K.MESSAGE_RECEIVED,
    (_S.PENDING, _E.SUBMISSION_REJECTION): _K.MESSAGE_RECEIVED,
    (_S.PENDING, _E.ACCOUNT_ABSENCE): _K.MESSAGE_RECEIVED,
    (_S.PENDING, _E.DEFERRAL): _K.MESSAGE_RECEIVED,
    (_S.PENDING, _E.TICKET_FAILURE): _K.MESSAGE_RECEIVED,
    (_S.PENDING, _E.RECOVERY): STORE_WIDE,
    (_S.QUEUED, _E.RECOVERY): STORE_WIDE,
    (_S.IN_DOUBT, _E.RECOVERY): STORE_WIDE,
    (_S.IN_DOUBT, _E.SUBMISSION_ACCEPTANCE): _K.MESSAGE_RECEIVED,
    (_S.IN_DOUBT, _E.SUBMISSION_REJECTION): _K.MESSAGE_RECEIVED,
    (_S.IN_DOUBT, _E.ACCOUNT_ABSENCE): _K.MESSAGE_RECEIVED,
    (_S.IN_DOUBT, _E.UNKNOWN_TO_PEER): _K.MESSAGE_RECEIVED,
    (_S.IN_DOUBT, _E.INQUIRY_UNANSWERED): UNHEARD,
    (_S.IN_DOUBT, _E.ABSENCE_PROOF): _K.MESSAGE_RECEIVED,
    (_S.IN_DOUBT, _E.DECISION_SUBMITTED): _K.PERSON_ACT,
    (_S.IN_DOUBT, _E.REQUEUE): _K.PERSON_ACT,
    (_S.IN_DOUBT, _E.WITHDRAWAL): _K.PERSON_ACT,
    (_S.SUBMITTED, _E.CONTENT_CONSIGNMENT): _K.RECEIPT,
    (_S.SUBMITTED, _E.CONTENT_CONSIGNMENT_FAILURE): _K.RECEIPT,
    (_S.SUBMITTED, _E.CONTENT_HANDOVER): _K.RECEIPT,
    (_S.DELIVERED, _E.CONTENT_HANDOVER): _K.RECEIPT,
    (_S.VIEWED, _E.CONTENT_CONSIGNMENT): _K.RECEIPT,
    (_S.SUBMITTED, _E.LEGAL_SERVICE): _K.RECEIPT,
    (_S.DELIVERED, _E.LEGAL_SERVICE): _K.RECEIPT,
    (_S.DELIVERED, _E.CONTENT_CONSIGNMENT): _K.RECEIPT,
    (_S.VIEWED, _E.LEGAL_SERVICE): _K.RECEIPT,
    (_S.NO_ACCOUNT, _E.CHANNEL_SWITCH): _K.PERSON_ACT,
    (_S.UNDELIVERABLE, _E.CHANNEL_SWITCH): _K.PERSON_ACT,
    (_S.DEAD_LETTER, _E.REQUEUE): _K.PERSON_ACT,
    (_S.DEAD_LETTER, _E.WITHDRAWAL): _K.PERSON_ACT,
}


BY_LAW_FIRST = _S.DELIVERED, _E.CONTENT_CONSIGNMENT
"""Arrival is a step of a delivered notice only if service by law was told first."""


class DrivenPasses(Passes):
    """Brings a notice anywhere, and lets anything happen to it."""

    def reach(self, state: DeliveryState, delivered_by: DeliveryEvent = _E.CONTENT_CONSIGNMENT) -> OutboxEntry:
        [entry] = self.admit("1")
        match state:
            case _S.QUEUED:
                pass
            case _S.SENDING:
                self.claim()
            case _S.PENDING:
                self.judiciary.outcome = ticketed
                self.dispatch()
            case _S.IN_DOUBT:
                self.judiciary.answers = False
                self.dispatch()
                self.judiciary.answers = True
            case _S.NO_ACCOUNT:
                self.judiciary.outcome = lambda _: NoAccount()
                self.dispatch()
            case _S.DEAD_LETTER:
                self.clock.advance(days=15)
                self.rescue()
            case _S.WITHDRAWN:
                self.intervene(entry.reference, intervention.withdraw)
            case _S.SUBMITTED | _S.DELIVERED | _S.VIEWED | _S.UNDELIVERABLE:
                self.dispatch()
                before = {
                    _S.DELIVERED: delivered_by,
                    _S.VIEWED: _E.CONTENT_HANDOVER,
                    _S.UNDELIVERABLE: _E.CONTENT_CONSIGNMENT_FAILURE,
                }
                if state in before:
                    self.bring_receipt(entry, before[state])
            case _:
                raise AssertionError(f"no way to {state}: write one")
        assert self.entry(entry.reference).state is state
        return self.entry(entry.reference)

    def let(self, event: DeliveryEvent, entry: OutboxEntry) -> None:
        """Let it happen, in whatever way it does to a notice in this state."""
        match event:
            case _E.CLAIM:
                self.claim()
            case _E.LIFETIME_OVER:
                self.clock.advance(days=15)
                self.rescue()
            case _E.LEASE_EXPIRY:
                self.clock.advance(seconds=LEASE.total_seconds() + 1)
                self.rescue()
            case _E.RECOVERY:
                self.clock.advance(minutes=1)
                recovery.declare(self.store, self.act("recovery.begin"), "city")
                self.rescue()
            case _ if event in RECEIPT_OF:
                self.bring_receipt(entry, event)
            case _E.SUBMISSION_ACCEPTANCE if entry.state in (_S.QUEUED, _S.DEAD_LETTER, _S.WITHDRAWN):
                self.bring_receipt(entry, _E.CONTENT_CONSIGNMENT)
            case _E.WITHDRAWAL if entry.state is _S.IN_DOUBT:
                self.decide(entry, DoubtDecision.WITHDRAWN)
            case _E.WITHDRAWAL:
                self.intervene(entry.reference, intervention.withdraw)
            case _E.REQUEUE if entry.state is _S.IN_DOUBT:
                self.decide(entry, DoubtDecision.QUEUED)
            case _E.REQUEUE:
                self.intervene(entry.reference, intervention.retry)
            case _E.DECISION_SUBMITTED:
                self.decide(entry, DoubtDecision.SUBMITTED)
            case _E.CHANNEL_SWITCH:
                self.intervene(entry.reference, intervention.switch_channel)
            case _E.UNKNOWN_TO_PEER:
                self.rescue()
            case _E.ABSENCE_PROOF:
                for _ in range(3):
                    self.rescue()
                    self.clock.advance(hours=1)
            case _E.INQUIRY_UNANSWERED:
                self.judiciary.answers = False
                self.rescue()
            case _ if entry.state is _S.PENDING:
                self.judiciary.progress = reported(event)
                self.clock.advance(minutes=1)
                self.rescue()
            case _ if entry.state is _S.IN_DOUBT:
                self.judiciary.standing = reported(event)
                self.rescue()
            case _:
                raise AssertionError(f"no way to let {event} happen: write one")

    def answer_with(self, event: DeliveryEvent) -> OutboxEntry:
        """Send a notice, and answer its message so that this event follows."""
        [entry] = self.admit("1")
        if event is _E.LOST_ANSWER:
            self.judiciary.answers = False
        else:
            self.judiciary.outcome = reported(event)
        self.dispatch()
        return entry

    def claim(self) -> None:
        now = self.clock()
        self.store.outbox.claim(
            destination="court", owner="one", now=now, due_by=now, lease=LEASE, limit=9, max_bytes=1_000_000
        )

    def decide(self, entry: OutboxEntry, verdict: DoubtDecision) -> None:
        settled = timedelta(minutes=30)
        action = Decision(verdict=verdict, settle_after=settled, although_it_may_arrive=True)
        self.intervene(entry.reference, action)

    def bring_receipt(self, entry: OutboxEntry, event: DeliveryEvent) -> None:
        self.judiciary.issue(RECEIPT_OF[event], entry.reference, entry.seal_digest, self.clock())
        self.receive()

    def recorded(self) -> list[Header]:
        """Every record, in the order in which they came."""
        self.store.log.place(1000)
        return [Header.of(leaf.header) for leaf in self.store.log.leaves(0, 1000)]


def reported(event: DeliveryEvent) -> Callable[[str], object]:
    match event:
        case _E.SUBMISSION_ACCEPTANCE:
            return accept
        case _E.SUBMISSION_REJECTION:
            return lambda _: Rejected(code="R1", text="")
        case _E.ACCOUNT_ABSENCE:
            return lambda _: NoAccount()
        case _E.DEFERRAL:
            return lambda _: Deferred(code="BUSY")
        case _E.TICKET_ISSUE:
            return ticketed
        case _E.TICKET_FAILURE:
            return lambda _: NotKnown()
        case _:
            raise AssertionError(f"no answer is {event}")


def ticketed(reference: str) -> Pending:
    return Pending(ticket=f"K-{reference[-6:]}")


@pytest.fixture
def passes(tmp_path: Path) -> Iterator[DrivenPasses]:
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        clock = ManualClock()
        yield DrivenPasses(store, Cases(), JudiciaryService(clock), clock, tickets=Tickets(submit_again=True))


def test_every_transition_has_an_entry() -> None:
    assert STEPS.keys() == TRANSITIONS.keys()


@pytest.mark.parametrize(("state", "event"), STEPS, ids=lambda value: value.value)
def test_each_step_names_its_evidence(passes: DrivenPasses, state: DeliveryState, event: DeliveryEvent) -> None:
    if state is _S.SENDING and event is not _E.LEASE_EXPIRY:
        entry = passes.answer_with(event)
    else:
        entry = passes.reach(state, *([_E.LEGAL_SERVICE] if (state, event) == BY_LAW_FIRST else []))
        passes.let(event, entry)
    history = passes.store.notices.history(entry.reference)
    before = [_S.QUEUED, *(step.state for step in history)]
    [step] = [step for step, was in zip(history, before, strict=False) if (was, step.event) == (state, event)][:1]
    assert step.state is TRANSITIONS[state, event]
    expected = STEPS[state, event]
    if isinstance(expected, Silent):
        assert step.evidence_id is None
        return
    record = passes.store.evidence.record(step.evidence_id or "")
    assert record is not None
    assert record.kind == expected
    assert record.id in {each.id for each in passes.store.evidence.of_notice(entry.reference)}


def test_an_admission_is_a_sealed_notice_and_comes_with_its_mapping(passes: DrivenPasses) -> None:
    [first] = passes.admit("1")
    [second] = passes.admit("2")
    kinds = [(header.kind, header.notice) for header in passes.recorded()]
    assert kinds == [
        (_K.MAPPING_ACTIVATED, None),
        (_K.SEALED_NOTICE, first.reference),
        (_K.SEALED_NOTICE, second.reference),
    ]
    activated, sealed, _ = passes.recorded()
    assert activated.context == {**sealed.context, "before": "none"}
    assert passes.store.evidence.payload(activated.payload_digest) == CASE_MAPPING.read_bytes()
    passes.cases.put("3")
    policy = IntakePolicy(destination="court")
    changed = CaseMapper.of(CASE_MAPPING.read_bytes() + b"# changed\n", "changed.toml", passes.bodies(), unexamined)
    collect(passes.cases, passes.store, Always(changed), passes.sealer, passes.clock, policy)
    assert [header.kind for header in passes.recorded()][3:] == [_K.MAPPING_ACTIVATED, _K.SEALED_NOTICE]
    assert passes.recorded()[3].context["mapping_digest"] == changed.digest


# Messages.

CALLS: dict[str, tuple[list[EvidenceKind], list[EvidenceKind]] | Silent] = {
    "submit": ([_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED]),
    "inquire": ([_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED]),
    "ask_ticket": ([_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED]),
    "fetch_receipts": ([_K.RECEIPT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_RECEIVED]),
    "poll_receipts": ([_K.RECEIPT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_RECEIVED]),
    "confirm_receipts": ([], [_K.MESSAGE_RECEIVED]),
    "has_account": Silent("it is about nobody: `check` and the clock ask it of a person who does not exist"),
}
"""Each call of a courier → what is recorded of it where it is believed, and where its answer is not."""


def test_every_call_has_an_entry() -> None:
    asks = {name for name, _ in inspect.getmembers(Courier, inspect.isfunction) if not name.startswith("_")}
    assert CALLS.keys() == {name for name in asks if not name.startswith(("prepare_", "assert_"))}


@pytest.mark.parametrize("believed", [True, False], ids=["believed", "not believed"])
@pytest.mark.parametrize("call", [name for name, kinds in CALLS.items() if not isinstance(kinds, Silent)])
def test_each_call_is_recorded(
    passes: DrivenPasses, call: str, believed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = {"submit": _S.QUEUED, "inquire": _S.IN_DOUBT, "ask_ticket": _S.PENDING}
    entry = passes.reach(states.get(call, _S.SUBMITTED))
    if call in ("fetch_receipts", "poll_receipts"):
        monkeypatch.setattr(passes.judiciary, "confirm_receipts", lambda _: None)
    if call == "confirm_receipts":
        passes.bring_receipt(entry, _E.CONTENT_CONSIGNMENT)  # so that its own record and the page's are there already
        assert passes.judiciary.confirmed
    before = len(passes.recorded())
    passes.judiciary.doubtful = None if believed else b"<from=somebody/>"
    match call:
        case "submit":
            passes.dispatch()
        case "inquire":
            passes.rescue()
        case "ask_ticket":
            passes.judiciary.progress = accept
            passes.clock.advance(minutes=1)
            passes.rescue()
        case "fetch_receipts" | "poll_receipts":
            passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, passes.clock())
            passes.receive() if call == "fetch_receipts" else passes.poll()
        case "confirm_receipts":
            confirm_again(passes, monkeypatch)
    kinds = CALLS[call]
    assert not isinstance(kinds, Silent)
    new = passes.recorded()[before:]
    assert [header.kind for header in new] == kinds[0 if believed else 1]
    assert all(("refused" in header.context) == (not believed) for header in new if header.kind != _K.MESSAGE_SENT)
    for header in new:
        assert header.origin != header.destination
        assert header.event_time <= header.recorded_at


def confirm_again(passes: DrivenPasses, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was fetched and not confirmed brings what is known: only the confirmation is new."""
    real, doubtful = passes.judiciary.fetch_receipts, passes.judiciary.doubtful

    def fetch(_cursor: str, limit: int) -> ReceiptPage:
        passes.judiciary.doubtful = None
        page = real("", limit)
        passes.judiciary.doubtful = doubtful
        return replace(page, carrier=None, more=False)

    monkeypatch.setattr(passes.judiciary, "fetch_receipts", fetch)
    passes.receive()


def test_a_poll_that_brings_nothing_leaves_nothing(passes: DrivenPasses) -> None:
    passes.reach(_S.SUBMITTED)
    before = passes.recorded()
    passes.receive()
    assert passes.recorded() == before


def test_a_receipt_that_is_not_believed_is_on_record_once(passes: DrivenPasses) -> None:
    passes.judiciary.receipts.append(b"forged")
    passes.receive()
    passes.judiciary.receipts.append(b"forged")
    passes.receive()
    refused = [header for header in passes.recorded() if "refused" in header.context]
    assert [(header.kind, header.context["refused"]) for header in refused] == [
        (_K.MESSAGE_RECEIVED, "verify.signature")
    ]


def test_the_answer_that_brought_receipts_is_kept_octet_for_octet(passes: DrivenPasses) -> None:
    entry = passes.reach(_S.SUBMITTED)
    passes.judiciary.receipts.append(b"forged")
    passes.bring_receipt(entry, _E.CONTENT_CONSIGNMENT)
    [header] = [header for header in passes.recorded() if header.context.get("operation") == "FetchReceipts"]
    forged, good = passes.judiciary.receipts
    assert (
        passes.store.evidence.payload(header.payload_digest)
        == b"<tray><r>" + forged + b"</r><r>" + good + b"</r></tray>"
    )
    assert header.id in {row.id for row in passes.store.evidence.of_notice(entry.reference)}


# Acts of persons.

ACTS = {
    "gateway.operations.intervention.intervene": lambda passes: passes.intervene(
        passes.reach(_S.QUEUED).reference, intervention.hold_notice
    ),
    "gateway.operations.intervention.throw_switch": lambda passes: intervention.throw_switch(
        passes.store, passes.act("stop-everything"), "city", stopped=True
    ),
    "gateway.operations.intervention.wake": lambda passes: wake(passes),
    "gateway.operations.intervention.let_be_sent_unproven": lambda passes: intervention.let_be_sent_unproven(
        passes.store, timedelta(hours=1), timedelta(hours=72), passes.act("archive.override"), "city"
    ),
    "gateway.retention.legal_hold.place_legal_hold": lambda passes: hold(passes, passes.reach(_S.QUEUED).reference),
    "gateway.retention.legal_hold.lift_legal_hold": lambda passes: hold_no_longer(
        passes, passes.reach(_S.QUEUED).reference
    ),
    "gateway.receipts.quarantine_release.release_item": lambda passes: passes.release(quarantined(passes)),
    "gateway.receipts.quarantine_release.dismiss_item": lambda passes: dismiss_item(
        passes.store, "city", quarantined(passes), passes.act("quarantine.dismiss")
    ),
    "gateway.versions.version_actions.import_version": lambda passes: imported(passes),
    "gateway.versions.version_actions.submit": lambda passes: submitted(passes, passes.act("mapping.submit")),
    "gateway.versions.version_actions.approve": lambda passes: approved(passes, passes.act("mapping.approve")),
    "gateway.versions.version_actions.activate": lambda passes: activated(passes),
    "gateway.versions.version_actions.roll_back": lambda passes: rolled_back(passes),
    "gateway.versions.version_actions.retire": lambda passes: version_actions.retire(
        passes.store, imported(passes), ["cases"], passes.act("mapping.retire"), "city"
    ),
    "gateway.operations.recovery.declare": lambda passes: recovery.declare(
        passes.store, passes.act("recovery.begin"), "city"
    ),
    "gateway.operations.recovery.end": lambda passes: end_recovery(passes),
    "gateway.operations.history_division.set_aside": lambda passes: set_history_aside(passes),
    "gateway.operations.intervention.accept_damage": lambda passes: accept_damage(passes),
    "gateway.intake.source_renaming.rename": lambda passes: rename(passes),
}
"""Functions that take an `OperatorAction`, each with a call of it."""

OF_THE_MACHINE = {"archive.set-aside", "source.rename"}
"""Acts that no service can do, since it has another configuration or is forbidden to go on: a verb does them itself."""

VERBS: dict[str, str | Silent] = {
    "archive hold add": "archive.hold",
    "archive hold remove": "archive.unhold",
    "archive override": "archive.override",
    "archive set-aside": "archive.set-aside",
    "archive accept-damage": "archive.accept-damage",
    "endpoint retry": "endpoint.retry",
    "quarantine dismiss": "quarantine.dismiss",
    "quarantine release": "quarantine.release",
    "mapping activate": "mapping.activate",
    "mapping approve": "mapping.approve",
    "mapping import": "mapping.import",
    "mapping retire": "mapping.retire",
    "mapping rollback": "mapping.rollback",
    "mapping submit": "mapping.submit",
    "profile activate": "profile.activate",
    "profile approve": "profile.approve",
    "profile import": "profile.import",
    "profile retire": "profile.retire",
    "profile rollback": "profile.rollback",
    "profile submit": "profile.submit",
    "queue decide": "queue.decide",
    "queue hold": "queue.hold",
    "queue other-channel": "queue.other-channel",
    "queue release": "queue.release",
    "queue retry": "queue.retry",
    "queue withdraw": "queue.withdraw",
    "queue write-again": "queue.write-again",
    "recovery begin": "recovery.begin",
    "recovery end": "recovery.end",
    "resume": "resume",
    "sandbox revoke": Silent("an act of the stand-in's authority; its list is kept, and what it refuses recorded"),
    "source rename": "source.rename",
    "stop-everything": "stop-everything",
}
"""Verbs that want a reason, and the act that each records."""


def quarantined(passes: DrivenPasses) -> Quarantined:
    passes.judiciary.receipts.append(b"forged")
    passes.receive()
    return passes.quarantine()[0]


def hold(passes: DrivenPasses, reference: str) -> LegalHold:
    return legal_hold.place_legal_hold(passes.store, passes.act("archive.hold"), About.NOTICE, reference, "city")


def hold_no_longer(passes: DrivenPasses, reference: str) -> None:
    held = hold(passes, reference)
    legal_hold.lift_legal_hold(passes.store, passes.act("archive.unhold"), [held], held.about, held.subject, "city")


def imported(passes: DrivenPasses, octets: bytes = b"# 1") -> MappingVersion:
    passes.clock.advance(minutes=1)
    return version_actions.import_version(
        passes.store, octets, "view", "columns", passes.act("mapping.import"), "city"
    ).version


def submitted(passes: DrivenPasses, act: OperatorAction, octets: bytes = b"# 1") -> MappingVersion:
    return version_actions.submit(passes.store, imported(passes, octets), "columns", act, "city").version


def approved(passes: DrivenPasses, act: OperatorAction, octets: bytes = b"# 1") -> MappingVersion:
    other = replace(passes.act("mapping.submit"), account="another")
    return version_actions.approve(passes.store, submitted(passes, other, octets), act, "city").version


def activated(passes: DrivenPasses, octets: bytes = b"# 1") -> None:
    version, act = approved(passes, passes.act("mapping.approve"), octets), passes.act("mapping.activate")
    version_actions.activate(passes.store, version, ["cases"], act.at, act, "city")


def rolled_back(passes: DrivenPasses) -> None:
    activated(passes)
    activated(passes, b"# 2")
    passes.clock.advance(minutes=1)
    version_actions.roll_back(passes.store, "cases", passes.act("mapping.rollback"), "city")


def wake(passes: DrivenPasses) -> None:
    passes.reach(_S.QUEUED)
    passes.judiciary.away = Failure(code="courier.not-connected")
    for _ in range(3):
        passes.clock.advance(hours=5)
        passes.dispatch()
    assert intervention.wake(passes.store, "court", passes.act("endpoint.retry"), "city")


def end_recovery(passes: DrivenPasses) -> None:
    recovery.declare(passes.store, passes.act("recovery.begin"), "city")
    passes.clock.advance(minutes=1)
    recovery.end(passes.store, passes.act("recovery.end"), "city", [], although=False)


def accept_damage(passes: DrivenPasses) -> None:
    damage = Damage(digest=sha256(b"lost"), found="changed")
    passes.store.log.report_damage(DamageReport(at=passes.clock(), payloads=[damage]), "city")
    intervention.accept_damage(passes.store, damage.digest, passes.act("archive.accept-damage"), "city")


def rename(passes: DrivenPasses) -> None:
    passes.reach(_S.QUEUED)
    store, act = passes.store, passes.act("source.rename")
    # Of rows that are brought, nothing is read.
    mappers = Always(case_mapper({}))
    source_renaming.rename(store, store.inbox, Cases("permits"), mappers, "cases", act, "city", brought=True)


def set_history_aside(passes: DrivenPasses) -> None:
    log = passes.store.log
    log.found(Fork(size=9, root=b"x" * 32, holder="witness", note=b"note", seen_at=passes.clock()))
    history_division.set_aside(passes.store, log, NoFolder(), passes.act("archive.set-aside"), "city")


def takes_an_act() -> Iterator[str]:
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == module.name and not name.startswith("_")
            if own and "OperatorAction" in map(str, inspect.get_annotations(function).values()):
                yield f"{module.name}.{name}"


def test_whatever_takes_an_act_has_an_entry() -> None:
    assert set(takes_an_act()) == ACTS.keys()


@pytest.mark.parametrize("action", ACTS)
def test_each_act_is_on_record(passes: DrivenPasses, action: str) -> None:
    ACTS[action](passes)
    act = passes.recorded()[-1]
    assert act.kind is (
        _K.HISTORY_SET_ASIDE if action == "gateway.operations.history_division.set_aside" else _K.PERSON_ACT
    )
    reported = passes.store.evidence.payload(act.payload_digest).decode()
    assert "clerk" in reported
    assert "گواهی ثبت شد" in reported


def test_every_verb_that_wants_a_reason_has_an_entry() -> None:
    def verbs(command: object, path: str) -> Iterator[str]:
        for name, child in getattr(command, "commands", {}).items():
            yield from verbs(child, f"{path} {name}".strip())
        if any(option.name == "reason" for option in getattr(command, "params", [])):
            yield path

    assert set(verbs(typer.main.get_command(app), "")) == VERBS.keys()
    assert {name for name in VERBS.values() if isinstance(name, str)} - OF_THE_MACHINE == REGISTERED.keys()


def test_every_kind_of_evidence_is_of_something() -> None:
    of_steps = {kind for kind in STEPS.values() if isinstance(kind, EvidenceKind)}
    of_calls = {kind for kinds in CALLS.values() if not isinstance(kinds, Silent) for each in kinds for kind in each}
    admission = {_K.SEALED_NOTICE, _K.MAPPING_ACTIVATED}
    # passes/test_recovery.py, archive/test_purging.py, archive/test_fork.py, archive/test_damage.py,
    # conformance/test_profiles.py and test_configurations.py
    elsewhere = (
        admission
        | {_K.RECOVERY_BEGUN, _K.PAYLOAD_DELETED, _K.HISTORY_SET_ASIDE, _K.PROFILE_ACTIVATED}
        | {_K.PAYLOAD_DAMAGED, _K.CONFIGURATION_CHANGED}
    )
    assert of_steps | of_calls | elsewhere == set(EvidenceKind)
