"""Acts on many notices as pages show them: the one of an address, its dry run, its progress, and its list as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import abort, url_for

from adapters.composition.overview.machine_processes import running
from adapters.console.language.formats import sortable_moment
from adapters.console.language.languages import _, say
from adapters.console.notices.notice_filters import NoticeFilters
from adapters.console.site import context
from adapters.municipal.files.drop_reports import as_csv
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.bulk_control import may_act
from gateway.operations.bulk_deeds import effect_of
from gateway.operations.intervention import change_of
from gateway.operations.operator_action import OperatorAction
from gateway.overview.notices.bulk_words import ENDS, OUTCOMES, outcome_words
from gateway.overview.service_run import running_in_words
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.search.notice_query import NoticeQuery
from gateway.store.bulk_act import BulkAct, BulkTally
from gateway.store.stored import Admission

SAMPLES: Final = 5
COUNTED_IN_LIST: Final = 1000
"""Notices that are counted for the link above a list; there are at least as many if it says so."""
_PAGE: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Number of notices that match and on which the person may act; there are ``more`` than that if it says so."""

    number: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Notice of a list, with the outcome that the act would have now; None if it would have none any more."""

    notice: Admission
    outcome: Words | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Number of notices of which the act was, or would be, impossible for one reason."""

    number: int
    words: Words
    remedy: Words | None
    state: DeliveryState | None = None


def acting_query(filters: NoticeFilters) -> NoticeQuery:
    """Return the query of the notices on which the person may act."""
    return filters.query(context.person().bodies_for(Permission.ACT_ON_NOTICES))


def matching(filters: NoticeFilters, up_to: int) -> Matching:
    """Count the notices of `acting_query`, at most ``up_to`` of them."""
    found = context.store().search.count(acting_query(filters), up_to=up_to + 1)
    return Matching(number=min(found, up_to), more=found > up_to)


def search_of(filters: NoticeFilters) -> str:
    """Return the filters as an address has them behind its question mark."""
    return urlencode(filters.address, doseq=True)


def list_address(search: str) -> str:
    """Return the address of the list that a search shows."""
    return url_for("notices.listed") + (f"?{search}" if search else "")


def visible(id: str) -> BulkAct:
    """Return the bulk act of an address; answer 404 for one of which a body is not the person's.

    A draft is seen by its own person alone, as long as that person may act on all of it.
    """
    found = context.store().bulk_acts.get(id) if id.isprintable() else None
    if found is None:
        abort(404)
    person = context.person()
    if found.began_at is None:
        seen = found.person == person.id and may_act(person, found)
    else:
        seen = all(person.sees(body) for body in found.bodies)
    return found if seen else abort(404)


def samples(bulk: BulkAct) -> tuple[list[Sample], str | None]:
    """Return the first notices of a draft, and the record that the first one would get now."""
    store, installation = context.store(), context.installation()
    listed = store.bulk_acts.notices(bulk.id, limit=SAMPLES)
    notices = [found for each in listed if (found := store.notices.admission(each.reference)) is not None]
    effect = effect_of(bulk.deed, installation.settings.judiciary.settle_seconds)
    act = OperatorAction(
        name=bulk.deed.act,
        account=bulk.account,
        reason=bulk.reason,
        at=context.now(),
        authentication=bulk.authentication,
    )
    shown, text = list[Sample](), None
    for each in notices:
        try:
            change = change_of(each.entry, effect, act.at, store.recovery.all, store.quarantine)
        except GatewayError:
            shown.append(Sample(notice=each, outcome=None))
            continue
        shown.append(Sample(notice=each, outcome=OUTCOMES[change.outcome]))
        if text is None:
            _record, payload = change.record(each.entry, act, installation.settings.gateway.name, bulk=bulk.id)
            text = bytes(payload.octets).decode()
    return shown, text


def impossible(bulk: BulkAct) -> list[Failures]:
    """Return the reasons for which a deed is impossible, by state; the most frequent first."""
    return [
        Failures(number=number, words=outcome_words(code), remedy=_remedy(code), state=state)
        for (code, state), number in bulk.dry_run.impossible.most_common()
    ]


def failures(tally: BulkTally) -> list[Failures]:
    """Return the reasons for which nothing was done, the most frequent first."""
    ordered = sorted(tally.failures.items(), key=lambda each: (-each[1], each[0]))
    return [Failures(number=number, words=outcome_words(code), remedy=_remedy(code)) for code, number in ordered]


def standing(bulk: BulkAct) -> Words:
    """Return where a bulk act stands, in a few words."""
    if bulk.ended_as is not None:
        return ENDS[bulk.ended_as]
    if bulk.stopped_at is not None:
        return Words(en="being stopped", fa="در حال توقف")
    return Words(en="being done", fa="در حال انجام")


def silent_service() -> Words | None:
    """Return the words for a service that does not run, since nothing goes on then; None if it runs."""
    runs = running(context.store().processes.known(), context.now())
    return None if runs.alive else running_in_words(runs, context.now())


def outcomes_csv(bulk: BulkAct) -> bytes:
    """Return the list of a bulk act with the outcome of each notice."""
    columns = [_("Reference"), _("Case number"), _("Outcome"), _("Reason"), _("Done at"), _("Record")]
    return as_csv(columns, [dict(zip(columns, row, strict=True)) for row in _rows(bulk)])


def _rows(bulk: BulkAct) -> Iterator[Sequence[str]]:
    after = ""
    while page := context.store().bulk_acts.notices(bulk.id, limit=_PAGE, after=after):
        for each in page:
            told = "" if each.outcome is None else say(outcome_words(each.outcome))
            yield (
                each.reference,
                each.case_number,
                _("nothing was done") if each.outcome is None else (_("not possible") if each.failed else told),
                told if each.failed else "",
                sortable_moment(each.done_at),
                each.evidence_id or "",
            )
        after = page[-1].reference


def record_of(id: str | None) -> Mapping[str, Any] | None:
    """Return what the record of a begin or an end says; None if there is none, or it is not here any more."""
    row = None if id is None else context.store().evidence.record(id)
    if row is None:
        return None
    try:
        told: Mapping[str, Any] = json.loads(context.store().evidence.payload(row.payload_digest))
    except GatewayError:
        return None
    return told


def _remedy(code: str) -> Words | None:
    entry = CATALOGUE.get(code)
    return None if entry is None else entry.on_page
