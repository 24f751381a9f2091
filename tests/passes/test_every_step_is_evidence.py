"""Whatever happens to a notice is a record of evidence, or stands here with the reason why it is none.

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
from gateway.judiciary.courier import Courier, Deferred, NoAccount, ReceiptPage, Rejected
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
from gateway.store.stored import Quarantined
from gateway.store.version import MappingVersion
from gateway.versions import version_actions
from tests.databases import sqlite_file
from tests.mappers import case_mapper, unexamined

from .conftest import LEASE, City
from .ports import Cases, Court, Hands, NoFolder, accept

_S, _E, _K = DeliveryState, DeliveryEvent, EvidenceKind


@dataclass(frozen=True)
class Silent:
    """No record of its own; ``because`` says what tells it instead."""

    because: str


RECEIPT_OF = {
    _E.CONTENT_CONSIGNMENT: "ContentConsignment",
    _E.CONTENT_CONSIGNMENT_FAILURE: "ContentConsignmentFailure",
    _E.CONTENT_HANDOVER: "ContentHandover",
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
    (_S.NO_ACCOUNT, _E.CHANNEL_SWITCH): _K.PERSON_ACT,
    (_S.UNDELIVERABLE, _E.CHANNEL_SWITCH): _K.PERSON_ACT,
    (_S.DEAD_LETTER, _E.REQUEUE): _K.PERSON_ACT,
    (_S.DEAD_LETTER, _E.WITHDRAWAL): _K.PERSON_ACT,
}


class Town(City):
    """Brings a notice anywhere, and lets anything happen to it."""

    def reach(self, state: DeliveryState) -> OutboxEntry:
        [entry] = self.admit("1")
        match state:
            case _S.QUEUED:
                pass
            case _S.SENDING:
                self.claim()
            case _S.IN_DOUBT:
                self.court.answers = False
                self.dispatch()
                self.court.answers = True
            case _S.NO_ACCOUNT:
                self.court.outcome = lambda _: NoAccount()
                self.dispatch()
            case _S.DEAD_LETTER:
                self.clock.pass_(days=15)
                self.rescue()
            case _S.WITHDRAWN:
                self.intervene(entry.reference, intervention.withdraw)
            case _S.SUBMITTED | _S.DELIVERED | _S.VIEWED | _S.UNDELIVERABLE:
                self.dispatch()
                before = {
                    _S.DELIVERED: _E.CONTENT_CONSIGNMENT,
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
                self.clock.pass_(days=15)
                self.rescue()
            case _E.LEASE_EXPIRY:
                self.clock.pass_(seconds=LEASE.total_seconds() + 1)
                self.rescue()
            case _E.RECOVERY:
                self.clock.pass_(minutes=1)
                recovery.declare(self.store, self.act("recovery.begin"), "city")
                self.rescue()
            case _E.CONTENT_CONSIGNMENT | _E.CONTENT_CONSIGNMENT_FAILURE | _E.CONTENT_HANDOVER:
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
                    self.clock.pass_(hours=1)
            case _E.INQUIRY_UNANSWERED:
                self.court.answers = False
                self.rescue()
            case _ if entry.state is _S.IN_DOUBT:
                self.court.standing = told(event)
                self.rescue()
            case _:
                raise AssertionError(f"no way to let {event} happen: write one")

    def answer_with(self, event: DeliveryEvent) -> OutboxEntry:
        """What happens to a notice while it is being sent is what its message is answered."""
        [entry] = self.admit("1")
        if event is _E.LOST_ANSWER:
            self.court.answers = False
        elif event is _E.DEFERRAL:
            self.court.outcome = lambda _: Deferred(code="BUSY")
        else:
            self.court.outcome = told(event)
        self.dispatch()
        return entry

    def claim(self) -> None:
        now = self.clock()
        self.store.outbox.claim(
            destination="court", owner="one", now=now, due_by=now, lease=LEASE, limit=9, max_bytes=1_000_000
        )

    def decide(self, entry: OutboxEntry, verdict: DoubtDecision) -> None:
        settled = timedelta(minutes=30)
        deed = Decision(verdict=verdict, settle_after=settled, although_it_may_arrive=True)
        self.intervene(entry.reference, deed)

    def bring_receipt(self, entry: OutboxEntry, event: DeliveryEvent) -> None:
        self.court.issue(RECEIPT_OF[event], entry.reference, entry.seal_digest, self.clock())
        self.receive()

    def recorded(self) -> list[Header]:
        """Every record, in the order in which they came."""
        self.store.log.place(1000)
        return [Header.of(leaf.header) for leaf in self.store.log.leaves(0, 1000)]


def told(event: DeliveryEvent) -> Callable[[str], object]:
    match event:
        case _E.SUBMISSION_ACCEPTANCE:
            return accept
        case _E.SUBMISSION_REJECTION:
            return lambda _: Rejected(code="R1", text="")
        case _E.ACCOUNT_ABSENCE:
            return lambda _: NoAccount()
        case _:
            raise AssertionError(f"no answer is {event}")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        clock = Hands()
        yield Town(store, Cases(), Court(clock), clock)


def test_every_transition_has_an_entry() -> None:
    assert STEPS.keys() == TRANSITIONS.keys()


@pytest.mark.parametrize(("state", "event"), STEPS, ids=lambda value: value.value)
def test_each_step_names_its_evidence(town: Town, state: DeliveryState, event: DeliveryEvent) -> None:
    if state is _S.SENDING and event is not _E.LEASE_EXPIRY:
        entry = town.answer_with(event)
    else:
        entry = town.reach(state)
        town.let(event, entry)
    history = town.store.notices.history(entry.reference)
    before = [_S.QUEUED, *(step.state for step in history)]
    [step] = [step for step, was in zip(history, before, strict=False) if (was, step.event) == (state, event)][:1]
    assert step.state is TRANSITIONS[state, event]
    expected = STEPS[state, event]
    if isinstance(expected, Silent):
        assert step.evidence_id is None
        return
    record = town.store.evidence.record(step.evidence_id or "")
    assert record is not None
    assert record.kind == expected
    assert record.id in {each.id for each in town.store.evidence.of_notice(entry.reference)}


def test_an_admission_is_a_sealed_notice_and_comes_with_its_mapping(town: Town) -> None:
    [first] = town.admit("1")
    [second] = town.admit("2")
    kinds = [(header.kind, header.notice) for header in town.recorded()]
    assert kinds == [
        (_K.MAPPING_ACTIVATED, None),
        (_K.SEALED_NOTICE, first.reference),
        (_K.SEALED_NOTICE, second.reference),
    ]
    activated, sealed, _ = town.recorded()
    assert activated.context == {**sealed.context, "before": "none"}
    assert town.store.evidence.payload(activated.payload_digest) == CASE_MAPPING.read_bytes()
    town.cases.put("3")
    policy = IntakePolicy(destination="court")
    changed = CaseMapper.of(CASE_MAPPING.read_bytes() + b"# changed\n", "changed.toml", town.bodies(), unexamined)
    collect(town.cases, town.store, Always(changed), town.sealer, town.clock, policy)
    assert [header.kind for header in town.recorded()][3:] == [_K.MAPPING_ACTIVATED, _K.SEALED_NOTICE]
    assert town.recorded()[3].context["mapping_digest"] == changed.digest


# Messages.

CALLS: dict[str, tuple[list[EvidenceKind], list[EvidenceKind]] | Silent] = {
    "submit": ([_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED]),
    "inquire": ([_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED]),
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
def test_each_call_is_recorded(town: Town, call: str, believed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = town.reach(_S.QUEUED if call == "submit" else _S.IN_DOUBT if call == "inquire" else _S.SUBMITTED)
    if call in ("fetch_receipts", "poll_receipts"):
        monkeypatch.setattr(town.court, "confirm_receipts", lambda _: None)
    if call == "confirm_receipts":
        town.bring_receipt(entry, _E.CONTENT_CONSIGNMENT)  # so that its own record and the page's are there already
        assert town.court.confirmed
    before = len(town.recorded())
    town.court.doubtful = None if believed else b"<from=somebody/>"
    match call:
        case "submit":
            town.dispatch()
        case "inquire":
            town.rescue()
        case "fetch_receipts" | "poll_receipts":
            town.court.issue("ContentConsignment", entry.reference, entry.seal_digest, town.clock())
            town.receive() if call == "fetch_receipts" else town.poll()
        case "confirm_receipts":
            confirm_again(town, monkeypatch)
    kinds = CALLS[call]
    assert not isinstance(kinds, Silent)
    new = town.recorded()[before:]
    assert [header.kind for header in new] == kinds[0 if believed else 1]
    assert all(("refused" in header.context) == (not believed) for header in new if header.kind != _K.MESSAGE_SENT)
    for header in new:
        assert header.origin != header.destination
        assert header.event_time <= header.recorded_at


def confirm_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was fetched and not confirmed brings what is known: only the confirmation is new."""
    real, doubtful = town.court.fetch_receipts, town.court.doubtful

    def fetch(_cursor: str, limit: int) -> ReceiptPage:
        town.court.doubtful = None
        page = real("", limit)
        town.court.doubtful = doubtful
        return replace(page, carrier=None, more=False)

    monkeypatch.setattr(town.court, "fetch_receipts", fetch)
    town.receive()


def test_a_poll_that_brings_nothing_leaves_nothing(town: Town) -> None:
    town.reach(_S.SUBMITTED)
    before = town.recorded()
    town.receive()
    assert town.recorded() == before


def test_a_receipt_that_is_not_believed_is_on_record_once(town: Town) -> None:
    town.court.receipts.append(b"forged")
    town.receive()
    town.court.receipts.append(b"forged")
    town.receive()
    refused = [header for header in town.recorded() if "refused" in header.context]
    assert [(header.kind, header.context["refused"]) for header in refused] == [
        (_K.MESSAGE_RECEIVED, "verify.signature")
    ]


def test_the_answer_that_brought_receipts_is_kept_octet_for_octet(town: Town) -> None:
    entry = town.reach(_S.SUBMITTED)
    town.court.receipts.append(b"forged")
    town.bring_receipt(entry, _E.CONTENT_CONSIGNMENT)
    [header] = [header for header in town.recorded() if header.context.get("operation") == "FetchReceipts"]
    forged, good = town.court.receipts
    assert (
        town.store.evidence.payload(header.payload_digest) == b"<tray><r>" + forged + b"</r><r>" + good + b"</r></tray>"
    )
    assert header.id in {row.id for row in town.store.evidence.of_notice(entry.reference)}


# Acts of persons.

ACTS = {
    "gateway.operations.intervention.intervene": lambda town: town.intervene(
        town.reach(_S.QUEUED).reference, intervention.hold_notice
    ),
    "gateway.operations.intervention.throw_switch": lambda town: intervention.throw_switch(
        town.store, town.act("stop-everything"), "city", stopped=True
    ),
    "gateway.operations.intervention.wake": lambda town: wake(town),
    "gateway.operations.intervention.let_be_sent_unproven": lambda town: intervention.let_be_sent_unproven(
        town.store, timedelta(hours=1), timedelta(hours=72), town.act("archive.override"), "city"
    ),
    "gateway.retention.legal_hold.place_legal_hold": lambda town: hold(town, town.reach(_S.QUEUED).reference),
    "gateway.retention.legal_hold.lift_legal_hold": lambda town: hold_no_longer(town, town.reach(_S.QUEUED).reference),
    "gateway.receipts.quarantine_release.release_item": lambda town: town.release(quarantined(town)),
    "gateway.receipts.quarantine_release.dismiss_item": lambda town: dismiss_item(
        town.store, "city", quarantined(town), town.act("quarantine.dismiss")
    ),
    "gateway.versions.version_actions.import_version": lambda town: imported(town),
    "gateway.versions.version_actions.submit": lambda town: submitted(town, town.act("mapping.submit")),
    "gateway.versions.version_actions.approve": lambda town: approved(town, town.act("mapping.approve")),
    "gateway.versions.version_actions.activate": lambda town: activated(town),
    "gateway.versions.version_actions.roll_back": lambda town: rolled_back(town),
    "gateway.versions.version_actions.retire": lambda town: version_actions.retire(
        town.store, imported(town), ["cases"], town.act("mapping.retire"), "city"
    ),
    "gateway.operations.recovery.declare": lambda town: recovery.declare(
        town.store, town.act("recovery.begin"), "city"
    ),
    "gateway.operations.recovery.end": lambda town: end_recovery(town),
    "gateway.operations.history_division.set_aside": lambda town: set_history_aside(town),
    "gateway.operations.intervention.accept_damage": lambda town: accept_damage(town),
    "gateway.intake.source_renaming.rename": lambda town: rename(town),
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


def quarantined(town: Town) -> Quarantined:
    town.court.receipts.append(b"forged")
    town.receive()
    return town.quarantine()[0]


def hold(town: Town, reference: str) -> LegalHold:
    return legal_hold.place_legal_hold(town.store, town.act("archive.hold"), About.NOTICE, reference, "city")


def hold_no_longer(town: Town, reference: str) -> None:
    held = hold(town, reference)
    legal_hold.lift_legal_hold(town.store, town.act("archive.unhold"), [held], held.about, held.subject, "city")


def imported(town: Town, octets: bytes = b"# 1") -> MappingVersion:
    town.clock.pass_(minutes=1)
    return version_actions.import_version(
        town.store, octets, "view", "columns", town.act("mapping.import"), "city"
    ).version


def submitted(town: Town, act: OperatorAction, octets: bytes = b"# 1") -> MappingVersion:
    return version_actions.submit(town.store, imported(town, octets), "columns", act, "city").version


def approved(town: Town, act: OperatorAction, octets: bytes = b"# 1") -> MappingVersion:
    other = replace(town.act("mapping.submit"), account="another")
    return version_actions.approve(town.store, submitted(town, other, octets), act, "city").version


def activated(town: Town, octets: bytes = b"# 1") -> None:
    version, act = approved(town, town.act("mapping.approve"), octets), town.act("mapping.activate")
    version_actions.activate(town.store, version, ["cases"], act.at, act, "city")


def rolled_back(town: Town) -> None:
    activated(town)
    activated(town, b"# 2")
    town.clock.pass_(minutes=1)
    version_actions.roll_back(town.store, "cases", town.act("mapping.rollback"), "city")


def wake(town: Town) -> None:
    town.reach(_S.QUEUED)
    town.court.away = Failure(code="courier.not-connected")
    for _ in range(3):
        town.clock.pass_(hours=5)
        town.dispatch()
    assert intervention.wake(town.store, "court", town.act("endpoint.retry"), "city")


def end_recovery(town: Town) -> None:
    recovery.declare(town.store, town.act("recovery.begin"), "city")
    town.clock.pass_(minutes=1)
    recovery.end(town.store, town.act("recovery.end"), "city", [], although=False)


def accept_damage(town: Town) -> None:
    damage = Damage(digest=sha256(b"lost"), found="changed")
    town.store.log.report_damage(DamageReport(at=town.clock(), payloads=[damage]), "city")
    intervention.accept_damage(town.store, damage.digest, town.act("archive.accept-damage"), "city")


def rename(town: Town) -> None:
    town.reach(_S.QUEUED)
    store, act = town.store, town.act("source.rename")
    # Of rows that are brought, nothing is read.
    mappers = Always(case_mapper({}))
    source_renaming.rename(store, store.inbox, Cases("permits"), mappers, "cases", act, "city", brought=True)


def set_history_aside(town: Town) -> None:
    log = town.store.log
    log.found(Fork(size=9, root=b"x" * 32, holder="witness", note=b"note", seen_at=town.clock()))
    history_division.set_aside(town.store, log, NoFolder(), town.act("archive.set-aside"), "city")


def takes_an_act() -> Iterator[str]:
    for module in pkgutil.walk_packages(gateway.__path__, "gateway."):
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == module.name and not name.startswith("_")
            if own and "OperatorAction" in map(str, inspect.get_annotations(function).values()):
                yield f"{module.name}.{name}"


def test_whatever_takes_an_act_has_an_entry() -> None:
    assert set(takes_an_act()) == ACTS.keys()


@pytest.mark.parametrize("deed", ACTS)
def test_each_act_is_on_record(town: Town, deed: str) -> None:
    ACTS[deed](town)
    act = town.recorded()[-1]
    assert act.kind is (
        _K.HISTORY_SET_ASIDE if deed == "gateway.operations.history_division.set_aside" else _K.PERSON_ACT
    )
    told = town.store.evidence.payload(act.payload_digest).decode()
    assert "clerk" in told
    assert "گواهی ثبت شد" in told


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
