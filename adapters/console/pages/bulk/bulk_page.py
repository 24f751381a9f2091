"""Acts on many notices: choose, look at the dry run, begin, watch, stop."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from adapters.console.bulk import bulk_view
from adapters.console.language.languages import say
from adapters.console.notices import notice_labels
from adapters.console.notices.notice_filters import NoticeFilters
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import act, is_of_the_form
from adapters.console.site.heavy_views import heavy
from gateway.operations.bulk_control import may_act
from gateway.operations.bulk_draft import MOST, Asked, draft, is_fresh
from gateway.overview.notice_words import STATES
from gateway.overview.notices.bulk_words import DEEDS, EFFECTS, HARMS, OUTCOMES
from gateway.people.permissions import Permission
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.bulk_act import BulkAct, BulkDeed

blueprint = Blueprint("bulk", __name__)

PAGE: Final = 25
REFRESH_SECONDS: Final = 3

Answer = Response | str | tuple[str, int]


@blueprint.get("/notices/acts")
@needs(Permission.SEE_NOTICES)
def listed() -> str:
    """Show the last bulk acts on notices of the person's bodies."""
    found = context.store().bulk_acts.recent(context.visible_bodies(), limit=PAGE + 1, before=_before())
    last = found[PAGE - 1] if len(found) > PAGE else None
    return render_template(
        "bulk/bulk_acts.html",
        acts=found[:PAGE],
        further=None if last is None else _behind(last),
        deeds=DEEDS,
        standing=bulk_view.standing,
    )


@blueprint.get("/notices/acts/new")
@needs(Permission.ACT_ON_NOTICES)
def choose() -> Answer:
    """Show the acts that can be done to the notices of a search."""
    filters = NoticeFilters.of(request.args)
    if filters.mistakes:
        return redirect(bulk_view.list_address(bulk_view.search_of(filters)))  # type: ignore[return-value]
    return _choices(filters, None)


@blueprint.post("/notices/acts/new")
@needs(Permission.ACT_ON_NOTICES)
@heavy
def prepare() -> Answer:
    """Make the list of the notices that an act would change, and lead to it: the dry run."""
    filters, installation = NoticeFilters.of(request.form), context.installation()
    try:
        asked = Asked(
            deed=_deed(request.form.get("deed", "")),
            person=context.person(),
            authentication=context.authentication(),
            reason=request.form.get("reason", ""),
            search=bulk_view.search_of(filters),
        )
        settle_after = installation.settings.judiciary.settle_seconds
        search = context.store().search
        made = draft(context.store(), search, bulk_view.acting_query(filters), asked, installation.clock, settle_after)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return _choices(filters, error), 422
    return redirect(url_for("bulk.shown", bulk=made.id))  # type: ignore[return-value]


@blueprint.get("/notices/acts/<bulk>")
@needs(Permission.SEE_NOTICES)
def shown(bulk: str) -> str:
    """Show the dry run of a draft, or the progress of an act."""
    return _page(bulk_view.visible(bulk), None)


@blueprint.post("/notices/acts/<bulk>/begin")
@needs(Permission.ACT_ON_NOTICES)
def begin(bulk: str) -> Answer:
    """Begin a draft; the service does it from here on."""
    return _done(bulk_view.visible(bulk), "bulk.begin")


@blueprint.post("/notices/acts/<bulk>/discard")
@needs(Permission.ACT_ON_NOTICES)
def discard(bulk: str) -> Response:
    """Delete a draft, and lead back to the list that it was made from."""
    found = bulk_view.visible(bulk)
    context.store().bulk_acts.discard(found.id)
    return redirect(bulk_view.list_address(found.search))  # type: ignore[return-value]


@blueprint.post("/notices/acts/<bulk>/stop")
@needs(Permission.ACT_ON_NOTICES)
def stop(bulk: str) -> Answer:
    """Stop an act: the rest is not done."""
    return _done(bulk_view.visible(bulk), "bulk.stop")


@blueprint.get("/notices/acts/<bulk>/list.csv")
@needs(Permission.SEE_NOTICES)
def file(bulk: str) -> Response:
    """Return the outcome of each notice as CSV."""
    found = bulk_view.visible(bulk)
    response = Response(bulk_view.outcomes_csv(found), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="notices-{found.id}.csv"'
    return response


def _done(found: BulkAct, name: str) -> Answer:
    """Do an act on a bulk act. A refusal is shown on its page."""
    if not may_act(context.person(), found):
        abort(403)
    try:
        act(name, id=found.id)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return _page(bulk_view.visible(found.id), error), 422
    return redirect(url_for("bulk.shown", bulk=found.id))  # type: ignore[return-value]


def _choices(filters: NoticeFilters, error: GatewayError | None) -> str:
    return render_template(
        "bulk/bulk_new.html",
        error=error,
        filters=filters,
        matching=bulk_view.matching(filters, MOST),
        most=MOST,
        back=bulk_view.list_address(bulk_view.search_of(filters)),
        deeds=[(deed.value, say(DEEDS[deed]), say(EFFECTS[deed])) for deed in BulkDeed],
        chosen=request.form.get("deed", ""),
        reason=request.form.get("reason", ""),
    )


def _page(bulk: BulkAct, error: GatewayError | None) -> str:
    about = {
        "bulk": bulk,
        "error": error,
        "title": DEEDS[bulk.deed],
        "effect": EFFECTS[bulk.deed],
        "states": STATES,
        "back": bulk_view.list_address(bulk.search),
    }
    if bulk.began_at is None:
        found, record = bulk_view.samples(bulk)
        return render_template(
            "bulk/bulk_draft.html",
            **about,
            harm=HARMS[bulk.deed],
            samples=found,
            record=record,
            impossible=bulk_view.impossible(bulk),
            is_fresh=is_fresh(bulk, context.now()),
            labels=notice_labels,
        )
    tally = context.store().bulk_acts.tally(bulk.id)
    return render_template(
        "bulk/bulk_progress.html",
        **about,
        tally=tally,
        standing=bulk_view.standing(bulk),
        outcomes=[(OUTCOMES[word], number) for word, number in sorted(tally.outcomes.items())],
        failures=bulk_view.failures(tally),
        silent=bulk_view.silent_service() if bulk.ended_at is None else None,
        stopped=bulk_view.record_of(bulk.stopped_by),
        refresh=REFRESH_SECONDS if bulk.ended_at is None else None,
        may_stop=bulk.runs and may_act(context.person(), bulk),
        reads_records=context.person().may(Permission.SEE_AUDIT_ROOM),
    )


def _deed(text: str) -> BulkDeed:
    try:
        return BulkDeed(text)
    except ValueError:
        raise GatewayError("bulk.deed") from None


def _before() -> tuple[datetime, str] | None:
    """Return the place of the address behind which a page begins."""
    at, id = request.args.get("at", ""), request.args.get("id", "")
    try:
        return (parse_timestamp(at), id) if at and id.isalnum() else None
    except ValueError:
        return None


def _behind(last: BulkAct) -> str:
    assert last.began_at is not None
    return url_for("bulk.listed", at=timestamp(last.began_at), id=last.id)
