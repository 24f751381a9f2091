"""A person's own account: sessions, password, second factor."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from markupsafe import Markup

from adapters.console.language.languages import _
from adapters.console.pages.people.welcome_page import grouped
from adapters.console.people.person_words import body_titles
from adapters.console.site import context
from adapters.console.site.access import Anybody, needs
from adapters.console.site.acting import act
from adapters.console.site.session_cookies import know_browser
from gateway.people.permissions import ROLE_NAMES
from gateway.runtime.errors import ErrorScope, GatewayError

blueprint = Blueprint("account", __name__)

Answer = Response | tuple[str, int]


@blueprint.get("/account")
@needs(Anybody)
def show() -> str:
    """Show the own roles and all own sessions."""
    sessions = context.store().sign_in.sessions_of(context.person().id)
    return render_template(
        "people/account.html",
        sessions=sessions,
        done=request.args.get("done", ""),
        role_names=ROLE_NAMES,
        titles=body_titles(),
        mail=context.installation().settings.mail,
    )


@blueprint.post("/account/sessions/end")
@needs(Anybody)
def end_others() -> Response:
    """End all own sessions but this one."""
    session = context.session()
    context.store().sign_in.end_others(session.person.id, session.id)
    return _back("sessions")


@blueprint.post("/account/digest")
@needs(Anybody)
def choose_digest() -> Response:
    """Take the morning's mail, or no more of it."""
    wanted = request.form.get("wanted") == "yes"
    act("person.digest", login=context.person().login, wanted=wanted)
    return _back("digest-on" if wanted else "digest-off")


@blueprint.get("/account/password")
@needs(Anybody)
def password() -> str:
    return _password_form(None)


@blueprint.post("/account/password")
@needs(Anybody)
def change_password() -> Answer:
    """Change the password; all other sessions end."""
    present, new = request.form.get("present", ""), request.form.get("password", "")
    if new != request.form.get("again", ""):
        return _password_form(None, _("The two are not the same.")), 422
    try:
        device = context.parts().own_accounts.change_password(context.session(), present, new, context.now())
    except GatewayError as error:
        return _password_form(_own(error)), 422
    return know_browser(_back("password"), device)


@blueprint.get("/account/second-factor")
@needs(Anybody)
def second_factor() -> str:
    return _second_factor_form(None)


@blueprint.post("/account/second-factor")
@needs(Anybody)
def renew_second_factor() -> Answer:
    """Replace the second factor by that of a new telephone; all other sessions end."""
    present, offered, code = (request.form.get(name, "") for name in ("present", "offered", "code"))
    try:
        device = context.parts().own_accounts.renew_second_factor(
            context.session(), present, offered, code, context.now()
        )
    except GatewayError as error:
        return _second_factor_form(_own(error)), 422
    return know_browser(_back("second-factor"), device)


def _password_form(error: GatewayError | None, differs: str = "") -> str:
    return render_template("people/account_password.html", error=error, differs=differs)


def _second_factor_form(error: GatewayError | None) -> str:
    """Return the form with a new secret, or after a mistake with the same one: it is in the telephone already."""
    offer = context.parts().own_accounts.offer(context.person(), request.form.get("offered"))
    return render_template(
        "people/account_second_factor.html",
        error=error,
        offered=offer.sealed,
        picture=Markup(offer.setup.svg),  # noqa: S704 - made here, of our own address
        secret=grouped(offer.setup.secret),
    )


def _back(done: str) -> Response:
    return redirect(url_for("account.show", done=done))  # type: ignore[return-value]


def _own(error: GatewayError) -> GatewayError:
    """Return an error that the form shows; raise any other."""
    if error.scope is not ErrorScope.ROW:
        raise error
    return error
