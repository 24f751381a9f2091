"""Drafts of the signed-in person, and the bodies for which this person enters notices."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import abort

from adapters.composition.preview.entered_row import DraftJudge, entered_bodies
from adapters.console.language.languages import language, remedy, say
from adapters.console.site import context
from gateway.intake.notice_draft import Draft, DraftKind, DraftRow, FieldProblem
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE


def own_bodies() -> list[str]:
    """Return the bodies whose notices this person enters, in the order of the configuration."""
    allowed = context.person().bodies_for(Permission.ENTER_NOTICES)
    return list(entered_bodies(context.installation().settings, allowed))


def found_draft(id: str) -> Draft:
    """Return a draft of this person; answer 404 for another one, and for one that is gone."""
    return context.store().drafts.find(id, context.person().id) or abort(404)


def open_drafts() -> Sequence[Draft]:
    """Return this person's drafts that still have something to enter."""
    return [each for each in context.store().drafts.of_person(context.person().id) if not is_entered(each)]


def is_entered(draft: Draft) -> bool:
    return all(row.entered for row in draft.rows)


def new_draft_id() -> str:
    return secrets.token_urlsafe(12)


def judged_draft(id: str, kind: DraftKind, rows: Sequence[DraftRow]) -> Draft:
    """Judge typed rows, and keep them as this person's draft."""
    draft = Draft(id=id, person=context.person().id, kind=kind, rows=tuple(rows), changed_at=context.now())
    judged = DraftJudge(context.installation(), own_bodies()).judged(draft)
    context.store().drafts.keep(judged)
    return judged


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProblem:
    """Problem in the words of the page: what is wrong, what to do; ``about`` names the other row, if there is one."""

    field: str
    code: str
    finding: str
    remedy: str
    about: str = ""


def shown(problem: FieldProblem) -> ShownProblem:
    """Return a problem in the language of the page."""
    entry = CATALOGUE[problem.code]
    own = problem.about if problem.code != "intake.twice" else ""
    finding = Words(en=entry.en, fa=own or entry.fa)
    to_do = "" if own and language() == "fa" else remedy(entry)
    about = problem.about if problem.code == "intake.twice" else ""
    return ShownProblem(field=problem.field, code=problem.code, finding=say(finding), remedy=to_do, about=about)


def shown_problems(row: DraftRow) -> dict[str, list[ShownProblem]]:
    """Return the problems of a row by their fields; those of no single field stand under an empty name."""
    found: dict[str, list[ShownProblem]] = {}
    for problem in row.problems:
        found.setdefault(problem.field, []).append(shown(problem))
    return found


def without_problems(row: DraftRow) -> DraftRow:
    return replace(row, problems=())
