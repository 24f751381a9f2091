"""Matters that wait for a person beside notices: rows, rejected input, connections, certificates, proofs, mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for

from adapters.composition.installation import Installation
from adapters.composition.overview.endpoint_views import endpoint_views
from adapters.composition.overview.installation_overview import (
    certificate_lines,
    proof_of_installation,
    silent_authorities,
)
from adapters.composition.overview.machine_processes import running
from adapters.composition.passes.deadline_alerts_task import near_days_of
from adapters.console.notices.notice_labels import body_words
from adapters.console.site import context
from gateway.overview.dates_in_words import civil_day, moment, number
from gateway.overview.day_numbers import MOST_ROWS, QUARANTINED, REFUSED_ROWS, counted
from gateway.overview.deadlines.cockpit import RANGES
from gateway.overview.endpoint_line import cause_in_words, is_down
from gateway.overview.notices.work_line import held_bodies
from gateway.overview.service_run import (
    authority_remedy,
    silent_authority_in_words,
    silent_process_in_words,
)
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import Actor, GatewayError
from gateway.sending.sealing_breaker import SealingBreakers, line_of
from gateway.store.stored import QuarantineKind
from gateway.store.version_state import MappingState

_APPROVE: Final = Words(en="Look at it, and approve it", fa="بررسی و تأیید")
_ACTIVATE: Final = Words(en="Put it in force", fa="جاری کردن")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """Something that waits: its words, the ``step`` as the text of a link, and the ``address`` of that link.

    It waits since ``since``; None: not known.
    """

    words: Words
    step: Words
    address: str
    actor: Actor | None = None
    since: datetime | None = None


def matters(installation: Installation, now: datetime) -> list[Matter]:
    """Return what waits for the person of the request, by the permissions; the oldest first."""
    person = context.person()
    found = [each for needed, make in _MAKERS if person.may(needed) for each in make(installation, now)]
    return sorted(found, key=lambda each: (each.since is None, each.since or now))


def _rows(installation: Installation, now: datetime) -> Iterator[Matter]:  # noqa: ARG001 - all have one form
    bodies = context.person().bodies_for(Permission.SEE_REFUSED_ROWS)
    groups = installation.store().refusals.groups(bodies=bodies, up_to=MOST_ROWS)
    if groups:
        rows = number(sum(group.count for group in groups))
        yield Matter(
            words=counted(REFUSED_ROWS, rows),
            step=Words(en="See what is to be corrected", fa="دیدن موارد نیازمند اصلاح"),
            address=url_for("refused.listed"),
            actor=Actor.MUNICIPALITY,
            since=min(group.oldest for group in groups),
        )


def _deadlines(installation: Installation, now: datetime) -> Iterator[Matter]:
    near = near_days_of(installation)
    for each in [] if near is None else near.of(context.person().bodies_for(Permission.SEE_NOTICES)):
        ahead = (each.last_day - civil_day(now)).days + 1
        days = next((shown for shown in RANGES if shown >= ahead), RANGES[-1])
        yield Matter(
            words=each.words(body_words(each.body)),
            step=Words(en="See the deadlines", fa="دیدن مهلت‌ها"),
            address=url_for("deadlines.shown", body=each.body, days=days),
            actor=Actor.MUNICIPALITY,
        )


def _quarantine(installation: Installation, now: datetime) -> Iterator[Matter]:  # noqa: ARG001
    count = sum(installation.store().quarantine.size(kind) for kind in QuarantineKind)
    if count:
        yield Matter(
            words=counted(QUARANTINED, number(count)),
            step=Words(en="Look at each item", fa="بررسی هر مورد"),
            address=url_for("quarantine.listed"),
            actor=Actor.OPERATOR,
        )


def _endpoints(installation: Installation, now: datetime) -> Iterator[Matter]:
    destination = installation.settings.judiciary.destination
    seals = SealingBreakers.read(installation.store().endpoints, destination)
    for line in held_bodies(seals, now):
        yield Matter(words=line.words, step=line.next.words, address=_at("connections"), since=line.oldest)
    for view in endpoint_views(installation, now):
        cause = cause_in_words(view, on_page=True)
        if view.breaker.destination.startswith(line_of(destination, "")):
            continue  # seals of a body, as above
        if is_down(view) and view.actor is not None and cause is not None:
            yield Matter(
                words=cause,
                step=Words(en="See the endpoint", fa="دیدن مقصد"),
                address=_at("connections"),
                actor=view.actor,
                since=view.breaker.since,
            )


def _certificates(installation: Installation, now: datetime) -> Iterator[Matter]:
    """Yield one matter for all certificates that need a person, named by the one that ends first."""
    found = [(line, step) for line in certificate_lines(installation) if (step := line.next_step(now)) is not None]
    if not found:
        return
    line, step = min(found, key=lambda each: each[0].days_left(now) or 0)
    state, count = line.state(now), number(len(found))
    yield Matter(
        words=Words(
            en=f"Certificates to be renewed or mended: {count.en}; the first: {line.use}, {state.en}",
            fa=f"گواهی‌های نیازمند تمدید یا اصلاح: {count.fa}؛ نخستین: \u2068{line.use}\u2069، {state.fa}",
        ),
        step=Words(en="See the certificates", fa="دیدن گواهی‌ها"),
        address=_at("certificates"),
        actor=step.actor,
    )


def _proofs(installation: Installation, now: datetime) -> Iterator[Matter]:
    proof = proof_of_installation(installation, now)
    for error in proof.alarms.values() if proof else ():
        yield _of_error(error)
    for state in silent_authorities(installation):
        words = silent_authority_in_words(state, moment(state.since), number(state.failures))
        remedy = authority_remedy(state)
        yield Matter(words=words, step=remedy.words, address=_at("proofs"), actor=remedy.actor, since=state.since)


def _processes(installation: Installation, now: datetime) -> Iterator[Matter]:
    for process in running(installation.store().processes.known(), now).silent:
        yield Matter(
            words=silent_process_in_words(process, moment(process.seen_at)),
            step=Words(en="See the endpoints", fa="دیدن مقصدها"),
            address=url_for("endpoints.listed"),
            actor=Actor.OPERATOR,
            since=process.seen_at,
        )


def _versions(installation: Installation, now: datetime) -> Iterator[Matter]:  # noqa: ARG001
    steps = {MappingState.SUBMITTED: _APPROVE, MappingState.APPROVED: _ACTIVATE}
    waits = {
        MappingState.SUBMITTED: Words(en="waits for approval", fa="در انتظار تأیید"),
        MappingState.APPROVED: Words(en="approved, not in force", fa="تأییدشده، هنوز جاری نشده"),
    }
    for version in installation.store().versions.find():
        if (step := steps.get(version.state)) is not None:
            state = waits[version.state]
            yield Matter(
                words=Words(
                    en=f"Version {version.label}: {state.en}", fa=f"نسخه \u2068{version.label}\u2069: {state.fa}"
                ),
                step=step,
                address=url_for("mappings.one_version", mapping=version.name, version=version.number),
                since=version.imported_at,
            )


def _of_error(error: GatewayError) -> Matter:
    entry = error.entry
    return Matter(
        words=Words(en=entry.en, fa=entry.fa),
        step=entry.on_page,
        address=_at("proofs"),
        actor=entry.actor,
    )


def _at(part: str) -> str:
    return url_for("endpoints.listed", _anchor=part)


Maker = Callable[[Installation, datetime], Iterator[Matter]]

_MAKERS: Final[tuple[tuple[Permission, Maker], ...]] = (
    (Permission.SEE_REFUSED_ROWS, _rows),
    (Permission.SEE_NOTICES, _deadlines),
    (Permission.SEE_QUEUE, _quarantine),
    (Permission.SEE_ENDPOINTS, _endpoints),
    (Permission.SEE_ENDPOINTS, _certificates),
    (Permission.SEE_ENDPOINTS, _proofs),
    (Permission.SEE_ENDPOINTS, _processes),
    (Permission.SEE_MAPPINGS, _versions),
)
