"""The quarantine: what came and is not believed, explained; its octets only as text or as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from adapters.console.notices.message_text import masked_text, text_of
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import Question, is_of_the_form, previewed
from adapters.console.site.filters import asked, place
from adapters.console.work.notice_line import page_of_notice
from gateway.operations.notice_access import record_opening
from gateway.overview.gateway_act import DISMISS, JUDGE_AGAIN
from gateway.overview.next_step import ACTORS
from gateway.overview.quarantined_item import Remedy, explain_item
from gateway.people.permissions import Permission
from gateway.quarantine import quarantine
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.stored import Quarantined

blueprint = Blueprint("quarantine", __name__)

TITLES: Final[Mapping[str, Words]] = {Remedy.RELEASE: JUDGE_AGAIN, Remedy.DISMISS: DISMISS}

PAGE: Final = 50
MOST_SHOWN: Final = 64 * 1024
"""Octets that are shown as text; a file has all of them."""


@blueprint.get("/queue/quarantine")
@needs(Permission.SEE_QUEUE)
def listed() -> str:
    """Show the items that stand in quarantine, by digest."""
    store, code = context.store().quarantine, asked("code")
    found = store.page(code=code, limit=PAGE + 1, after=place("after_digest", "after_code"))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return render_template(
        "work/quarantine.html",
        items=[explain_item(item) for item in found[:PAGE]],
        code=code,
        catalogue=CATALOGUE,
        full=CATALOGUE["quarantine.full"] if any(quarantine.is_full(store, kind) for kind in quarantine.MOST) else None,
        further=None
        if last is None
        else url_for("quarantine.listed", code=code, after_digest=last.payload_digest, after_code=last.code),
        actors=ACTORS,
    )


@blueprint.get("/queue/quarantine/<digest>")
@needs(Permission.SEE_QUEUE)
def item(digest: str) -> str:
    """Explain all that some octets stand in quarantine for, now or before."""
    return _page(digest, _items(digest), None)


@blueprint.post("/queue/quarantine/<digest>/act")
@needs(Permission.OPERATE_GATEWAY)
def act(digest: str) -> Response | str | tuple[str, int]:
    """Show the record of the act that was chosen on an item, or do the act that was confirmed."""
    items, code = _items(digest), request.form.get("code", "")
    found = next((each for each in items if each.code == code), None)
    try:
        if found is None:
            raise GatewayError("quarantine.unknown", where=digest)
        return _done(found)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return _page(digest, _items(digest), error), 422


@blueprint.get("/queue/quarantine/<digest>/act")
@needs(Permission.OPERATE_GATEWAY)
def form(digest: str) -> Response:
    """Lead to the page of the item, on which an act is chosen."""
    _items(digest)
    return redirect(url_for("quarantine.item", digest=digest))  # type: ignore[return-value]


def _done(found: Quarantined) -> Response | str:
    name = request.form.get("act", "")
    if not name:
        raise GatewayError("act.none")
    if name not in TITLES:
        abort(404)
    told = explain_item(found)
    question = Question(
        title=TITLES[name],
        about=found.code,
        means=told.acts.get(Remedy(name), told.follows),
        back=url_for("quarantine.item", digest=found.payload_digest),
    )
    return previewed(f"quarantine.{name}", question, digest=found.payload_digest, code=found.code)


def _page(digest: str, items: list[Quarantined], error: GatewayError | None) -> str:
    person = context.person()
    return render_template(
        "work/quarantine_item.html",
        digest=digest,
        items=[(each, explain_item(each)) for each in items],
        actors=ACTORS,
        opens=person.may(Permission.OPEN_PAPERS),
        operates=person.may(Permission.OPERATE_GATEWAY),
        titles=TITLES,
        catalogue=CATALOGUE,
        error=error,
        form=request.form,
        page_of_notice=page_of_notice,
    )


@blueprint.get("/queue/quarantine/<digest>/text")
@needs(Permission.SEE_QUEUE)
def text(digest: str) -> str:
    """Show the beginning of the octets as text, never as a page, without numbers that may identify a person.

    That they were opened is on record first.
    """
    items, octets = _items(digest), _opened(digest)
    return render_template(
        "work/quarantine_text.html",
        digest=digest,
        kind=explain_item(items[0]).kind,
        shown=masked_text(text_of(octets), len(text_of(octets[:MOST_SHOWN]))).text,
        size=len(octets),
        cut=len(octets) > MOST_SHOWN,
        most=MOST_SHOWN,
    )


@blueprint.get("/queue/quarantine/<digest>/octets")
@needs(Permission.SEE_QUEUE)
def octets(digest: str) -> Response:
    """Return the exact octets as a file to be saved; that they were opened is on record first."""
    _items(digest)
    response = Response(_opened(digest), content_type="application/octet-stream")
    name = "".join(sign for sign in digest.removeprefix("sha256:") if sign.isalnum())[:16]
    response.headers["Content-Disposition"] = f'attachment; filename="quarantine-{name}.bin"'
    return response


def _opened(digest: str) -> bytes:
    """Record that the person opens these octets, and return them."""
    if not context.person().may(Permission.OPEN_PAPERS):
        abort(403)
    store, origin = context.store(), context.installation().settings.gateway.name
    kept = store.evidence.payload(digest)
    record_opening(store, digest, context.session(), context.now(), origin)
    return kept


def _items(digest: str) -> list[Quarantined]:
    """Return the items of some octets. 404 if there are none that this person may see."""
    store = context.store()
    items = store.quarantine.items(digest) if digest.isprintable() else []
    bodies = context.visible_bodies()
    if bodies is not None:
        of = store.notices.bodies([each.notice for each in items if each.notice is not None])
        items = [each for each in items if each.notice is not None and of.get(each.notice) in bodies]
    if not items:
        abort(404)
    return items
