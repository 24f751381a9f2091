"""Every event of a notice is a record of evidence, or stands here with the reason for having none.

A new transition, message or kind of evidence fails here until it has an entry: each entry is brought about over the
real passes and store, and the record is looked for. Acts of persons stand in `test_every_act_is_evidence.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.shipped.resources import CASE_MAPPING
from gateway.intake.collection import IntakePolicy, collect
from gateway.judiciary.courier import Courier, ReceiptPage
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.model.mapper import Always
from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.record.evidence_record import EvidenceKind
from tests.mappers import unexamined

from .driven_passes import DrivenPasses, driven_passes
from .ports import accept
from .silent import Silent

_S, _E, _K = DeliveryState, DeliveryEvent, EvidenceKind


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
    (_S.QUEUED, _E.TICKET_ISSUE): _K.MESSAGE_RECEIVED,
    (_S.DEAD_LETTER, _E.TICKET_ISSUE): _K.MESSAGE_RECEIVED,
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


@pytest.fixture
def passes(tmp_path: Path) -> Iterator[DrivenPasses]:
    with driven_passes(tmp_path) as driven:
        yield driven


def test_every_transition_has_an_entry() -> None:
    assert STEPS.keys() == TRANSITIONS.keys()


@pytest.mark.long
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
    assert {**sealed.context, "before": "none"} == {**activated.context, "asset_register": "not-configured"}
    assert passes.store.evidence.payload(activated.payload_digest) == CASE_MAPPING.read_bytes()
    passes.cases.put("3")
    policy = IntakePolicy(destination="court")
    changed = CaseMapper.of(CASE_MAPPING.read_bytes() + b"# changed\n", "changed.toml", passes.bodies(), unexamined)
    collect(passes.cases, passes.store, Always(changed), passes.sealer, passes.clock, policy)
    assert [header.kind for header in passes.recorded()][3:] == [_K.MAPPING_ACTIVATED, _K.SEALED_NOTICE]
    assert passes.recorded()[3].context["mapping_digest"] == changed.digest


# Messages.

CALLS: dict[str, tuple[list[EvidenceKind], list[EvidenceKind]] | Silent] = {
    "transmit": ([_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED]),
    "inquire": ([_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED]),
    "ask_ticket": ([_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_SENT, _K.MESSAGE_RECEIVED]),
    "fetch_receipts": ([_K.RECEIPT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_RECEIVED]),
    "poll_receipts": ([_K.RECEIPT, _K.MESSAGE_RECEIVED], [_K.MESSAGE_RECEIVED]),
    "confirm_receipts": ([], [_K.MESSAGE_RECEIVED]),
    "read_again": Silent(
        "it calls nobody: a kept receipt is read by the mapping in force, and its release is on record"
    ),
    "submit": Silent("no pass calls it: it transmits a message and judges the reply at once"),
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
    states = {"transmit": _S.QUEUED, "inquire": _S.IN_DOUBT, "ask_ticket": _S.PENDING}
    entry = passes.reach(states.get(call, _S.SUBMITTED))
    if call in ("fetch_receipts", "poll_receipts"):
        monkeypatch.setattr(passes.judiciary, "confirm_receipts", lambda _: None)
    if call == "confirm_receipts":
        passes.bring_receipt(entry, _E.CONTENT_CONSIGNMENT)  # so that its own record and the page's are there already
        assert passes.judiciary.confirmed
    before = len(passes.recorded())
    passes.judiciary.doubtful = None if believed else b"<from=somebody/>"
    match call:
        case "transmit":
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


def test_every_kind_of_evidence_is_of_something() -> None:
    of_steps = {kind for kind in STEPS.values() if isinstance(kind, EvidenceKind)}
    of_calls = {kind for kinds in CALLS.values() if not isinstance(kinds, Silent) for each in kinds for kind in each}
    admission = {_K.SEALED_NOTICE, _K.MAPPING_ACTIVATED}
    # passes/test_recovery.py, archive/test_purging.py, archive/test_fork.py, archive/test_damage.py,
    # conformance/test_profiles.py, test_law_versions.py and test_configurations.py, certificate/test_issuing.py and
    # test_outage_certificate.py, test_parcel_check.py, test_courtesy.py
    elsewhere = (
        admission
        | {_K.RECOVERY_BEGUN, _K.PAYLOAD_DELETED, _K.HISTORY_SET_ASIDE, _K.PROFILE_ACTIVATED}
        | {_K.PAYLOAD_DAMAGED, _K.CONFIGURATION_CHANGED, _K.SERVICE_CERTIFICATE, _K.OUTAGE_CERTIFICATE}
        | {_K.RULES_ACTIVATED, _K.CALENDAR_ACTIVATED, _K.DEADLINES_MOVED, _K.ASSET_LOOKUP}
        | {_K.COURTESY_MESSAGE, _K.COURTESY_OUTCOME}
    )
    assert of_steps | of_calls | elsewhere == set(EvidenceKind)
