"""Acts on a version: submit, approve, put in force, retire; and the roll-back of a place. Each is previewed first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from adapters.composition.bound_profile import bundle_losses
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.versions.life_form import (
    FORMS,
    LifeForm,
    area_of,
    arguments,
    chosen_sources,
    is_own_submission,
    lead_of,
    usual_sources,
)
from adapters.console.versions.previewed_act import (
    confirmation_in_form,
    confirmed,
    is_shown_in_form,
    previewed,
)
from adapters.console.versions.version_pages import places
from gateway.overview.versions.version_words import EVENTS, STATES, SUBJECTS
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.version import MappingVersion
from gateway.store.version_subject import Subject

blueprint = Blueprint("life", __name__)

Answer = Response | str | tuple[str, int]

ROLL_BACK: Final = Words(en="Roll back", fa="بازگرداندن نسخه پیشین")


def _act(form: LifeForm) -> Callable[..., Answer]:
    def act(mapping: str, version: int) -> Answer:
        found = context.store().versions.get(mapping, version)
        if found is None:
            abort(404)
        if request.method == "GET":
            return _form(form, found, None)
        try:
            asked = arguments(form, found)
            return _done(f"{area_of(found)}.{form.act}", asked, _version_address(found), _shown_of(form, found))
        except GatewayError as error:
            if not is_shown_in_form(error):
                raise
            return _form(form, found, error), 422

    return act


for _each in FORMS:
    blueprint.add_url_rule(
        f"/mappings/versions/<mapping>/<int:version>/{_each.act}",
        endpoint=_each.act,
        view_func=needs(_each.needed)(_act(_each)),
        methods=["GET", "POST"],
    )


@blueprint.route("/mappings/roll-back/<group>/<place>", methods=["GET", "POST"])
@needs(Permission.EDIT_MAPPINGS)
def roll_back(group: str, place: str) -> Answer:
    """Put the version before in force again for a source, or for the judiciary."""
    found = next((each for each in places(context.installation()) if (each.group, each.name) == (group, place)), None)
    if found is None:
        abort(404)
    error = None
    if request.method == "POST":
        subject = found.standing.subject
        of_profile = subject is Subject.PROFILE
        asked = {"subject": subject.value, "source": None if of_profile else found.name}
        shown = {"title": ROLL_BACK, "subject": subject, "heading": found.name, "losses": []}
        try:
            name = "profile.rollback" if of_profile else "mapping.rollback"
            return _done(name, asked, url_for("mappings.overview"), shown)
        except GatewayError as refused:
            if not is_shown_in_form(refused):
                raise
            error = refused
    page = render_template("versions/roll_back.html", place=found, error=error, title=ROLL_BACK, subjects=SUBJECTS)
    return page if error is None else (page, 422)


def _done(name: str, asked: Mapping[str, Any], back: str, shown: Mapping[str, Any]) -> Answer:
    """Do a confirmed act and lead ``back``; or show the preview of one that is not confirmed yet."""
    confirmation = confirmation_in_form()
    if confirmation is not None:
        confirmed(confirmation, name, **asked)
        return redirect(back)  # type: ignore[return-value]
    preview = previewed(name, **asked)
    hidden = [("begins", str(asked["begins"]))] if asked.get("begins") else []
    return render_template(
        "versions/act_preview.html",
        preview=preview,
        hidden=[*hidden, *(("source", each) for each in asked.get("sources", ()))],
        reason=request.form.get("reason", "").strip(),
        back=back,
        events=EVENTS,
        subjects=SUBJECTS,
        **shown,
    )


def _shown_of(form: LifeForm, version: MappingVersion) -> dict[str, Any]:
    return {"title": form.title, "subject": version.subject, "heading": version.label, "losses": _losses(version)}


def _losses(version: MappingVersion) -> list[Any]:
    """Return the guarantees that a profile gives up. Raises `GatewayError` ``profile.*``."""
    if version.subject is not Subject.PROFILE:
        return []
    return [CATALOGUE[code] for code in bundle_losses(version.octets, version.label)]


def _form(form: LifeForm, version: MappingVersion, error: GatewayError | None) -> str:
    steps = context.store().versions.history(version.name, version.number)
    everywhere = places(context.installation())
    ticked = chosen_sources() if request.method == "POST" else usual_sources(version, everywhere)
    return render_template(
        "versions/life_form.html",
        form=form,
        lead=lead_of(form, version),
        version=version,
        error=error,
        possible=version.state in form.states,
        own=form.act == "approve" and is_own_submission(steps, context.person()),
        sources=list(context.installation().settings.sources) if version.subject is not Subject.PROFILE else [],
        ticked=ticked,
        typed=request.form,
        losses=_known_losses(version) if form.act in ("approve", "activate") else [],
        states=STATES,
        subjects=SUBJECTS,
    )


def _known_losses(version: MappingVersion) -> list[Any]:
    """Return the guarantees given up; nothing for a profile that cannot be read, whose act says why."""
    try:
        return _losses(version)
    except GatewayError:
        return []


def _version_address(version: MappingVersion) -> str:
    return url_for("mappings.one_version", mapping=version.name, version=version.number)
