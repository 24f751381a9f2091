"""Saved views: a person keeps the filters of the list of notices under a name. They are the person's own."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from adapters.console.notices.notice_filters import NoticeFilters
from adapters.console.notices.search_box import identifier_in
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import is_of_the_form
from gateway.notice.text import plain
from gateway.people.permissions import Permission
from gateway.people.saved_view import MAX_ADDRESS, MOST, SavedView, view_name
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("views", __name__)

Answer = Response | str | tuple[str, int]


@blueprint.get("/notices/views")
@needs(Permission.SEE_NOTICES)
def listed() -> str:
    """Show the person's views, to rename and delete them."""
    return _page(None)


@blueprint.post("/notices/views")
@needs(Permission.SEE_NOTICES)
def save() -> Answer:
    """Save filters under a name; lead back to the list."""
    filters = NoticeFilters.of(MultiDict(parse_qsl(request.form.get("filters", "")[: 2 * MAX_ADDRESS])))
    address = address_of(filters)
    try:
        name = view_name(request.form.get("name", ""))
        if not may_be_saved(filters):
            raise GatewayError("view.filters")
        view = SavedView(person=context.person().id, name=name, address=address, saved_at=context.now())
        context.store().saved_views.save(view)
    except GatewayError as error:
        return _refused(error, address if may_be_saved(filters) else "")
    return redirect(f"{url_for('notices.listed')}?{address}")  # type: ignore[return-value]


@blueprint.post("/notices/views/rename")
@needs(Permission.SEE_NOTICES)
def rename() -> Answer:
    try:
        new_name = view_name(request.form.get("new-name", ""))
        context.store().saved_views.rename(context.person().id, request.form.get("name", ""), new_name)
    except GatewayError as error:
        return _refused(error)
    return redirect(url_for("views.listed"))  # type: ignore[return-value]


@blueprint.post("/notices/views/delete")
@needs(Permission.SEE_NOTICES)
def delete() -> Answer:
    context.store().saved_views.delete(context.person().id, request.form.get("name", ""))
    return redirect(url_for("views.listed"))  # type: ignore[return-value]


def may_be_saved(filters: NoticeFilters) -> bool:
    """Return True for filters that can be used again and look for nobody by the identifier, nor by its keyed hash."""
    private = filters.recipient is not None or any(identifier_in(plain(text)) for text in filters.texts.values())
    usable = not filters.are_none and not filters.mistakes and not private
    return usable and len(address_of(filters)) <= MAX_ADDRESS


def address_of(filters: NoticeFilters) -> str:
    """Return filters as the query of the list's address, in one form."""
    return urlencode(filters.address, doseq=True)


def _refused(error: GatewayError, address: str = "") -> tuple[str, int]:
    if not is_of_the_form(error):
        raise error
    return _page(error, address), 422


def _page(error: GatewayError | None, address: str = "") -> str:
    return render_template(
        "notices/views.html",
        error=error,
        views=context.store().saved_views.of(context.person().id),
        most=MOST,
        filters=address,
        typed=request.form.get("name", "") if address else "",
    )
