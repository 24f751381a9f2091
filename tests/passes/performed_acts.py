"""Acts of persons, each performed over a real store: a call of every function that takes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from gateway.certificate.issuing import certificate_of, issue
from gateway.certificate.outage_certificate import OutageCertificate, issue_outages
from gateway.intake import source_renaming
from gateway.intake.hand_entry import enter_rows
from gateway.judiciary.endpoint_policy import USUAL
from gateway.mapping.model.mapper import Always
from gateway.merkle.fork import Fork
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.recipient_index import KeyedHash
from gateway.operations import bulk_control, history_division, intervention, notice_work, person_acts, recovery
from gateway.operations.bulk_draft import Asked, draft
from gateway.operations.operator_action import NOT_AUTHENTICATED, OperatorAction
from gateway.people.people_change import EncryptedSecret, Enrolled, Invitation, ProviderEnrolment, ProviderLink, Renewed
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.personal_data.export_record import Export, record_export
from gateway.receipts.quarantine_release import dismiss_item
from gateway.record.damage import Damage, DamageReport
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import About, LegalHold
from gateway.retention import legal_hold
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.clock import steady_clock
from gateway.search.notice_query import NoticeQuery
from gateway.sending.endpoint_trial import try_endpoint
from gateway.store.bulk_act import BulkAct, BulkDeed, BulkEnd
from gateway.store.inbox import PushedRow
from gateway.store.outage import Outages
from gateway.store.stored import Quarantined
from gateway.store.version import MappingVersion
from gateway.versions import version_actions
from tests.mappers import case_mapper

from .case_table import Cases
from .driven_passes import DrivenPasses
from .ports import NoFolder

_S, _K = DeliveryState, EvidenceKind


PERSON_ACTS: dict[str, Callable[[DrivenPasses], object]] = {
    "add": lambda passes: added(passes),
    "give": lambda passes: person_acts.give(
        passes.store, added(passes), frozenset({Role.AUDITOR}), frozenset(), passes.act("person.roles"), "city"
    ),
    "deactivate": lambda passes: deactivated(passes),
    "activate": lambda passes: person_acts.activate(
        passes.store, deactivated(passes), passes.act("person.activate"), "city"
    ),
    "recover": lambda passes: person_acts.recover(
        passes.store, added(passes), invitation(passes), passes.act("person.recover"), "city"
    ),
    "give_address": lambda passes: person_acts.give_address(
        passes.store, added(passes), "z@city.example", passes.act("person.address"), "city"
    ),
    "choose_digest": lambda passes: person_acts.choose_digest(
        passes.store, added(passes), passes.act("person.digest"), "city", wanted=False
    ),
    "link": lambda passes: linked(passes),
    "unlink": lambda passes: person_acts.unlink(passes.store, linked(passes), "z", passes.act("person.link"), "city"),
    "enrol": lambda passes: enrolled(passes),
    "renew": lambda passes: renewed(passes),
    "link_provider": lambda passes: linked_at_provider(passes),
    "unlink_provider": lambda passes: person_acts.unlink_provider(
        passes.store, linked_at_provider(passes), passes.act("person.provider"), "city"
    ),
    "enrol_at_provider": lambda passes: enrolled_at_provider(passes),
}


WORK: dict[str, Callable[[DrivenPasses], object]] = {
    "claim": lambda passes: claimed(passes),
    "unclaim": lambda passes: unclaimed(passes),
    "hand_over": lambda passes: handed_over(passes),
    "comment": lambda passes: notice_work.comment(
        passes.store, passes.reach(_S.DEAD_LETTER).reference, added(passes), passes.act("notice.comment"), "city"
    ),
}


ACTS = {
    "gateway.operations.intervention.intervene": lambda passes: passes.intervene(
        passes.reach(_S.QUEUED).reference, intervention.hold_notice
    ),
    "gateway.operations.bulk_control.begin": lambda passes: begun(passes),
    "gateway.operations.bulk_control.stop": lambda passes: stopped(passes),
    "gateway.operations.bulk_control.end": lambda passes: bulk_control.end(
        passes.store, begun(passes), BulkEnd.DONE, passes.act("bulk.end"), "city"
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
    **{f"gateway.operations.person_acts.{name}": call for name, call in PERSON_ACTS.items()},
    **{f"gateway.operations.notice_work.{name}": call for name, call in WORK.items()},
    "gateway.operations.recovery.declare": lambda passes: recovery.declare(
        passes.store, passes.act("recovery.begin"), "city"
    ),
    "gateway.operations.recovery.end": lambda passes: end_recovery(passes),
    "gateway.operations.history_division.set_aside": lambda passes: set_history_aside(passes),
    "gateway.sending.endpoint_trial.try_endpoint": lambda passes: try_endpoint(
        passes.store, passes.judiciary, USUAL, steady_clock, passes.act("endpoint.test"), "city"
    ),
    "gateway.personal_data.export_record.record_export": lambda passes: exported(passes),
    "gateway.certificate.issuing.issue": lambda passes: certified(passes),
    "gateway.certificate.outage_certificate.issue_outages": lambda passes: outages_certified(passes),
    "gateway.operations.intervention.accept_damage": lambda passes: accept_damage(passes),
    "gateway.intake.source_renaming.rename": lambda passes: rename(passes),
    "gateway.intake.hand_entry.enter_rows": lambda passes: enter_rows(
        passes.store.inbox, "by-hand", [PushedRow(key="EB-1", version=1, fields={})], passes.act("intake.enter"), "city"
    ),
}
"""Functions that take an `OperatorAction`, each with a call of it."""


def begun(passes: DrivenPasses) -> BulkAct:
    passes.reach(_S.QUEUED)
    asked = Asked(
        deed=BulkDeed.HOLD,
        person=replace(added(passes), login="clerk"),
        authentication=NOT_AUTHENTICATED,
        reason="گواهی ثبت شد",
        search="",
    )
    every = NoticeQuery(visible_bodies=None)
    drafted = draft(passes.store, passes.store.search, every, asked, passes.clock, timedelta())
    bulk = bulk_control.begin(passes.store, drafted.id, passes.act("bulk.begin"), "city")
    passes.clock.advance(minutes=1)
    return bulk


def stopped(passes: DrivenPasses) -> None:
    bulk_control.stop(passes.store, begun(passes).id, passes.act("bulk.stop"), "city")


def invitation(passes: DrivenPasses) -> Invitation:
    secret = EncryptedSecret(key_id="key", octets=b"closed")
    ends = passes.clock() + timedelta(days=3)
    return Invitation(person="p1", code_digest="digest", second_factor=secret, ends_at=ends)


def added(passes: DrivenPasses) -> Person:
    at, roles = passes.clock(), frozenset({Role.OPERATOR})
    person = Person(
        id="p1", login="zahra", name="زهرا", roles=roles, bodies=frozenset(), active=True, created_at=at, changed_at=at
    )
    person_acts.add(passes.store, person, invitation(passes), passes.act("person.add"), "city", first=False)
    passes.clock.advance(minutes=1)
    return person


def claimed(passes: DrivenPasses) -> tuple[str, Person]:
    reference, person = passes.reach(_S.DEAD_LETTER).reference, added(passes)
    assert notice_work.claim(passes.store, reference, person, passes.act("notice.claim"), "city")
    passes.clock.advance(minutes=1)
    return reference, person


def unclaimed(passes: DrivenPasses) -> None:
    reference, person = claimed(passes)
    assert notice_work.unclaim(passes.store, reference, person, passes.act("notice.unclaim"), "city")


def handed_over(passes: DrivenPasses) -> None:
    reference, person = passes.reach(_S.DEAD_LETTER).reference, added(passes)
    assert notice_work.hand_over(passes.store, reference, person, person, passes.act("notice.hand-over"), "city")


def deactivated(passes: DrivenPasses) -> Person:
    person_acts.deactivate(passes.store, added(passes), passes.act("person.deactivate"), "city")
    passes.clock.advance(minutes=1)
    person = passes.store.people.get("p1")
    assert person
    return person


def linked(passes: DrivenPasses) -> Person:
    person = added(passes)
    person_acts.link(passes.store, person, "z", passes.act("person.link"), "city")
    passes.clock.advance(minutes=1)
    return person


def linked_at_provider(passes: DrivenPasses) -> Person:
    person = added(passes)
    issuer, act = "https://sso.city.example", passes.act("person.provider")
    person_acts.link_provider(passes.store, person, issuer, "z-100", act, "city")
    passes.clock.advance(minutes=1)
    made = passes.store.people.get(person.id)
    assert made is not None
    return made


def enrolled_at_provider(passes: DrivenPasses) -> None:
    person = added(passes)
    link = ProviderLink(person="p1", issuer="https://sso.city.example", subject="z-100", linked_at=passes.clock())
    new = ProviderEnrolment(link=link, code_digest="digest")
    person_acts.enrol_at_provider(passes.store, person, new, passes.act("person.enrol"), "city")


def enrolled(passes: DrivenPasses) -> None:
    person = added(passes)
    new = Enrolled(person="p1", code_digest="digest", password_hash="hash", last_step=1, at=passes.clock())
    person_acts.enrol(passes.store, person, new, passes.act("person.enrol"), "city")


def renewed(passes: DrivenPasses) -> None:
    enrolled(passes)
    person = passes.store.people.get("p1")
    assert person is not None
    new = Renewed(person="p1", before="hash", session="s1", password_hash="another")
    passes.clock.advance(minutes=1)
    person_acts.renew(passes.store, person, new, passes.act("person.password"), "city")


def exported(passes: DrivenPasses) -> None:
    export = Export(
        digest=sha256(b"a file"),
        size=6,
        files=1,
        papers=True,
        references=[passes.reach(_S.QUEUED).reference],
        recipient=KeyedHash(key_id="0" * 16, keyed_hash="1" * 64),
    )
    record_export(passes.store, export, passes.act("personal-data.export"), "city")


def certified(passes: DrivenPasses) -> str:
    admission = passes.store.notices.admission(passes.reach(_S.QUEUED).reference)
    assert admission is not None
    certificate = certificate_of(admission, "0012345679", "city", passes.clock(), admission.entry.service, None)
    return issue(passes.store, certificate, passes.act("certificate.issue"))


def outages_certified(passes: DrivenPasses) -> str:
    now = passes.clock()
    nothing = Outages(begin=now - timedelta(days=1), end=now, measured_since=None, gaps=(), endpoints=())
    made = OutageCertificate(origin="city", destination="court", issued_at=now, outages=nothing)
    return issue_outages(passes.store, made, passes.act("outages.certify"))


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
