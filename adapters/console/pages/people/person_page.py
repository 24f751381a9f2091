"""One person: roles, bodies, how the account stands; and for those who manage people, the acts on it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from adapters.console.pages.people.people_page import one_time_code
from adapters.console.people.person_words import body_titles, roles_in_form, standing_words
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import act, is_of_the_form
from gateway.people.permissions import ROLE_NAMES, Permission
from gateway.runtime.errors import GatewayError
from gateway.store.ports.people_store import Standing

blueprint = Blueprint("person", __name__)

Answer = Response | str | tuple[str, int]


@blueprint.get("/people/<person>")
@needs(Permission.SEE_PEOPLE)
def show(person: str) -> str:
    return _page(_found(person), None)


@blueprint.post("/people/<person>/roles")
@needs(Permission.MANAGE_PEOPLE)
def give(person: str) -> Answer:
    """Give roles and bodies in the place of the present ones."""
    return _done(person, "person.roles", roles=roles_in_form(), bodies=request.form.getlist("body"))


@blueprint.post("/people/<person>/address")
@needs(Permission.MANAGE_PEOPLE)
def give_address(person: str) -> Answer:
    """Give a person a mailbox, or none, in the place of the present one."""
    return _done(person, "person.address", address=request.form.get("address", "").strip())


@blueprint.post("/people/<person>/deactivate")
@needs(Permission.MANAGE_PEOPLE)
def deactivate(person: str) -> Answer:
    """End all sessions of a person, who cannot sign in any more."""
    return _done(person, "person.deactivate")


@blueprint.post("/people/<person>/activate")
@needs(Permission.MANAGE_PEOPLE)
def activate(person: str) -> Answer:
    return _done(person, "person.activate")


@blueprint.post("/people/<person>/recover")
@needs(Permission.MANAGE_PEOPLE)
def recover(person: str) -> Answer:
    """Invite a person once more; show the one-time code, once."""
    return _done(person, "person.recover")


@blueprint.post("/people/<person>/link")
@needs(Permission.MANAGE_PEOPLE)
def link(person: str) -> Answer:
    """Link an account of the operating system to a person."""
    return _done(person, "person.link", account=request.form.get("account", "").strip())


@blueprint.post("/people/<person>/unlink")
@needs(Permission.MANAGE_PEOPLE)
def unlink(person: str) -> Answer:
    return _done(person, "person.link", account=request.form.get("account", ""), remove=True)


@blueprint.post("/people/<person>/provider")
@needs(Permission.MANAGE_PEOPLE)
def link_at_provider(person: str) -> Answer:
    """Link an account at the OpenID provider to a person, whose local account ends."""
    return _done(person, "person.provider", subject=request.form.get("subject", "").strip())


@blueprint.post("/people/<person>/provider/remove")
@needs(Permission.MANAGE_PEOPLE)
def unlink_at_provider(person: str) -> Answer:
    return _done(person, "person.provider", remove=True)


def _done(id: str, name: str, **arguments: Any) -> Answer:
    """Do an act on a person as the page of the form showed it. A refusal is shown on the person's page; a one-time code
    is shown once.
    """
    found = _found(id)
    try:
        seen = _revision_in_form()
        if seen is None and found.person.id != context.person().id:
            raise GatewayError("people.changed", where=id)
        facts = act(name, login=found.person.login, revision=seen, **arguments)
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return _page(_found(id), error), 422
    if "one_time_code" in facts:
        return one_time_code(facts)
    return redirect(url_for("person.show", person=id))  # type: ignore[return-value]


def _revision_in_form() -> int | None:
    """Return the revision of the person that the page of the form showed; None if it says none."""
    told = request.form.get("revision", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 and int(told) else None


def _found(id: str) -> Standing:
    found = next((each for each in context.store().people.all() if each.person.id == id), None)
    if found is None:
        abort(404)
    return found


def _page(found: Standing, error: GatewayError | None) -> str:
    me = context.person()
    return render_template(
        "people/person.html",
        error=error,
        found=found,
        words=standing_words(found, context.now()),
        manages=me.may(Permission.MANAGE_PEOPLE),
        exports=me.may(Permission.EXPORT_PERSONAL_DATA),
        oneself=found.person.id == me.id,
        role_names=ROLE_NAMES,
        titles=body_titles(),
        provider=None if (openid := context.parts().openid) is None else openid.name,
    )
