"""Acts on a version: submit, approve, put in force, retire; and the roll-back of a place. Each is previewed first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, Response, abort, render_template, request, url_for

from adapters.composition.judiciary.bound_profile import bundle_losses
from adapters.composition.legal.law_versions import compared_calendar
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.acting import Question, previewed
from adapters.console.site.heavy_views import heavy
from adapters.console.versions.life_form import (
    FORMS,
    TIME_FIELDS,
    LifeForm,
    area_of,
    arguments,
    chosen_sources,
    is_own_submission,
    is_shown_in_form,
    lead_of,
    usual_sources,
)
from adapters.console.versions.version_lineage import Lineage, lineage_of
from adapters.console.versions.version_pages import Place, places
from gateway.overview.legal.moved_deadline_words import NOT_COMPARED, would_move
from gateway.overview.versions.version_effects import standing_words
from gateway.overview.versions.version_words import STATES, SUBJECTS
from gateway.people.permissions import Permission
from gateway.record.version_subject import Subject
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, CatalogueEntry, GatewayError
from gateway.store.version import MappingVersion

blueprint = Blueprint("life", __name__)

Answer = Response | str | tuple[str, int]

ROLL_BACK: Final = Words(en="Roll back", fa="بازگرداندن نسخه پیشین")
ROLL_BACK_MEANS: Final = Words(
    en="The version that was in force before is in force again at once. Planned ones are dropped. "
    "What was made by the present one stays as it is.",
    fa="نسخه‌ای که پیش از این جاری بود بی‌درنگ دوباره جاری می‌شود. نسخه‌های برنامه‌ریزی‌شده لغو می‌شود. "
    "آنچه با نسخه کنونی ساخته شده است تغییر نمی‌کند.",
)
ROLL_BACKS: Final[Mapping[Subject, Words]] = {
    Subject.CALENDAR: Words(
        en="The calendar that was in force before is in force again at once. Planned ones are dropped. The last days "
        "of all notices, those already served too, follow from it from then on. Those that change are listed before "
        "you confirm, and recorded.",
        fa="تقویمی که پیش از این جاری بود بی‌درنگ دوباره جاری می‌شود. نسخه‌های برنامه‌ریزی‌شده لغو می‌شود. از آن زمان آخرین "
        "روز مهلت همه ابلاغیه‌ها، از جمله ابلاغ‌شده‌ها، بر پایه آن محاسبه می‌شود. روزهایی که تغییر می‌کنند پیش از تأیید شما "
        "فهرست و سپس ثبت می‌شوند.",
    ),
}
"""Meanings of roll-backs that change what was made before; the other subjects have the common one."""


def _act(form: LifeForm) -> Callable[..., Answer]:
    def act(mapping: str, version: int) -> Answer:
        found = context.store().versions.get(mapping, version)
        if found is None:
            abort(404)
        if request.method == "GET":
            return _form(form, found, None)
        try:
            asked = arguments(form, found)
            return previewed(f"{area_of(found)}.{form.act}", _question(form, found, asked), **asked)
        except GatewayError as error:
            if not is_shown_in_form(error):
                raise
            return _form(form, found, error), 422

    return act


for _each in FORMS:
    blueprint.add_url_rule(
        f"/mappings/versions/<mapping>/<int:version>/{_each.act}",
        endpoint=_each.act,
        # The decision about a calendar compares the deadline of every served notice.
        view_func=needs(_each.needed)(heavy(_act(_each))),
        methods=["GET", "POST"],
    )


@blueprint.route("/mappings/roll-back/<group>/<place>", methods=["GET", "POST"])
@needs(Permission.EDIT_MAPPINGS)
@heavy
def roll_back(group: str, place: str) -> Answer:
    """Put the version before in force again for a place."""
    found = next((each for each in places(context.installation()) if (each.group, each.name) == (group, place)), None)
    if found is None:
        abort(404)
    error, subject = None, found.standing.subject
    means = ROLL_BACKS.get(subject, ROLL_BACK_MEANS)
    if request.method == "POST":
        name = f"{subject.area}.rollback"
        question = Question(
            title=ROLL_BACK,
            about=found.name,
            means=means,
            back=url_for("mappings.overview"),
            notes=_standing([found]),
        )
        try:
            return previewed(name, question, subject=subject.value, source=found.name if subject.has_sources else None)
        except GatewayError as refused:
            if not is_shown_in_form(refused):
                raise
            error = refused
    page = render_template(
        "versions/roll_back.html",
        place=found,
        error=error,
        title=ROLL_BACK,
        means=means,
        subjects=SUBJECTS,
        reason=request.form.get("reason", ""),
    )
    return page if error is None else (page, 422)


def _question(form: LifeForm, version: MappingVersion, asked: Mapping[str, Any]) -> Question:
    """Return the page of an act's preview: an activation shows how its places stand, a profile what it gives up."""
    notes: list[Words] = []
    everywhere = places(context.installation())
    if form.has_time:
        named = set(asked.get("sources", ()))
        of_subject = [each for each in everywhere if each.standing.subject is version.subject]
        notes += _standing([each for each in of_subject if "sources" not in asked or each.name in named])
    lineage = _lineage(form, version, everywhere, asked.get("sources"))
    notes += [] if lineage is None else lineage.notes
    warnings = [] if lineage is None else lineage.warnings
    if form.act in ("approve", "activate"):
        notes += [
            Words(en=f"{each.en}. {each.on_page.en}", fa=f"{each.fa} {each.on_page.fa}") for each in _losses(version)
        ]
    if form.act == "approve" and version.subject is Subject.CALENDAR:
        found = compared_calendar(context.installation(), version)
        notes += [NOT_COMPARED] if found is None else would_move(found.notices, found.moved)
    return Question(
        title=form.title,
        about=version.label,
        means=lead_of(form, version),
        back=url_for("mappings.one_version", mapping=version.name, version=version.number),
        notes=notes,
        warning=Words(en=" ".join(each.en for each in warnings), fa=" ".join(each.fa for each in warnings))
        if warnings
        else None,
    )


def _lineage(
    form: LifeForm, version: MappingVersion, everywhere: Sequence[Place], sources: Sequence[str] | None
) -> Lineage | None:
    """Return the difference from what is in force; None for an act after which the version is used no more."""
    if form.act == "retire":
        return None
    names = usual_sources(version, everywhere) if sources is None and version.subject.has_sources else sources or ()
    return lineage_of(context.installation(), version, everywhere, names)


def _standing(found: Sequence[Place]) -> list[Words]:
    standings = ((each.name, each.standing) for each in found)
    return [words for name, each in standings for words in standing_words(name, each.here, each.planned)]


def _losses(version: MappingVersion) -> list[CatalogueEntry]:
    """Return the guarantees that a profile gives up; nothing for one that cannot be read, whose act says why."""
    if version.subject is not Subject.PROFILE:
        return []
    try:
        return [CATALOGUE[code] for code in bundle_losses(version.octets, version.label)]
    except GatewayError:
        return []


def _form(form: LifeForm, version: MappingVersion, error: GatewayError | None) -> str:
    steps = context.store().versions.history(version.name, version.number)
    everywhere = places(context.installation())
    ticked = chosen_sources() if request.method == "POST" else usual_sources(version, everywhere)
    possible = version.state in form.states
    return render_template(
        "versions/life_form.html",
        form=form,
        lead=lead_of(form, version),
        version=version,
        error=error,
        at=TIME_FIELDS,
        possible=possible,
        lineage=_lineage(form, version, everywhere, ticked) if possible else None,
        own=form.act == "approve" and is_own_submission(steps, context.person()),
        sources=list(context.installation().settings.sources) if version.subject.has_sources else [],
        ticked=ticked,
        typed=request.form,
        losses=_losses(version) if form.act in ("approve", "activate") else [],
        states=STATES,
        subjects=SUBJECTS,
    )
