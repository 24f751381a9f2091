"""People: everybody who has an account, and the invitation of one more."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from adapters.acts.act_message import Facts
from adapters.console.people.person_words import body_titles, roles_in_form, standing_words
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import act, is_of_the_form
from gateway.people.permissions import ROLE_NAMES, Permission
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import GatewayError

blueprint = Blueprint("people", __name__)


@blueprint.get("/people")
@needs(Permission.SEE_PEOPLE)
def everybody() -> str:
    """List all people, those who are not active any more last."""
    found = sorted(context.store().people.all(), key=lambda each: (not each.person.active, each.person.login))
    words = {each.person.id: standing_words(each, context.now()) for each in found}
    manages = context.person().may(Permission.MANAGE_PEOPLE)
    return render_template(
        "people/people.html",
        found=found,
        words=words,
        role_names=ROLE_NAMES,
        titles=body_titles(),
        manages=manages,
        exports=context.person().may(Permission.EXPORT_PERSONAL_DATA),
    )


@blueprint.get("/people/new")
@needs(Permission.MANAGE_PEOPLE)
def new() -> str:
    return _form(None)


@blueprint.post("/people/new")
@needs(Permission.MANAGE_PEOPLE)
def invite() -> str | tuple[str, int]:
    """Invite a person; show the one-time code, once."""
    try:
        facts = act(
            "person.add",
            login=request.form.get("login", ""),
            name=request.form.get("name", ""),
            roles=roles_in_form(),
            bodies=request.form.getlist("body"),
        )
    except GatewayError as error:
        if not is_of_the_form(error):
            raise
        return _form(error), 422
    return one_time_code(facts)


def one_time_code(facts: Facts) -> str:
    """Return the page that shows the one-time code of an act. It is shown once: no address leads to it."""
    return render_template(
        "people/one_time_code.html",
        login=facts["person"]["login"],
        one_time_code=facts["one_time_code"],
        until=parse_timestamp(facts["ends_at"]),
        address=f"{context.parts().address or request.host_url.rstrip('/')}{url_for('welcome.form')}",
    )


def _form(error: GatewayError | None) -> str:
    return render_template(
        "people/person_new.html",
        error=error,
        typed=request.form,
        roles=set(roles_in_form()),
        bodies=set(request.form.getlist("body")),
        role_names=ROLE_NAMES,
        titles=body_titles(),
    )
