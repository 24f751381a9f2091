"""Rows of which no notice could be made: by source, reason and field, with the remedy; and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from flask import Blueprint, Response, render_template, url_for

from adapters.composition.overview.refused_rows import refused_rows
from adapters.console.language.languages import say
from adapters.console.site import context
from adapters.console.site.access import needs
from adapters.console.site.filters import asked, closed_place, opened_place
from adapters.console.site.heavy_views import heavy
from adapters.console.work.refused_table import refused_table
from gateway.notice.source_row import Refusal
from gateway.overview.next_step import ACTORS
from gateway.overview.refused_row import refused_row
from gateway.people.permissions import Permission
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE
from gateway.store.stored import RefusalGroup

blueprint = Blueprint("refused", __name__)

_LIST: Final = "refused"
PAGE: Final = 50
MOST_COUNTED: Final = 20_000
"""Rows that are counted by reason. After a wrong mapping more may be refused; the page says so then."""
MOST_IN_FILE: Final = 10_000
"""Rows of one file; the page offers one file for each source and reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Filters of the address; a text of none is None."""

    source: str | None
    code: str | None
    field: str | None

    @classmethod
    def of_request(cls) -> Filters:
        return cls(source=asked("source"), code=asked("code"), field=asked("field"))

    @property
    def address(self) -> dict[str, Any]:
        """The filters as parts of an address."""
        named = {"source": self.source, "code": self.code, "field": self.field}
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Group of refused rows, in words."""

    group: RefusalGroup
    finding: Words
    remedy: Words
    actor: Words | None
    address: str


def visible_bodies() -> frozenset[str] | None:
    """Return the bodies whose refused rows this person may see; None for all of them."""
    return context.person().bodies_for(Permission.SEE_REFUSED_ROWS)


@blueprint.get("/refused")
@needs(Permission.SEE_REFUSED_ROWS)
def listed() -> str:
    """Show the groups of refused rows, and a page of the rows that match the filters."""
    store, filters, bodies = context.store().refusals, Filters.of_request(), visible_bodies()
    groups = store.groups(bodies=bodies, up_to=MOST_COUNTED)
    codes = sorted({group.code for group in groups})
    page = store.page(
        source=filters.source,
        code=filters.code,
        field=filters.field,
        bodies=bodies,
        limit=PAGE + 1,
        after=opened_place(_LIST, "after"),
    )
    return render_template(
        "work/refused.html",
        reasons=[_reason(group) for group in groups],
        counted=sum(group.count for group in groups),
        most_counted=MOST_COUNTED,
        rows=[refused_row(each) for each in page[:PAGE]],
        filters=filters,
        sources=sorted({group.source for group in groups}),
        fields=sorted({group.field for group in groups if group.field}),
        own_alone=bodies is not None,
        further=_further(filters, page[PAGE - 1].refusal) if len(page) > PAGE else None,
        file=url_for("refused.file", **filters.address),
        most_in_file=MOST_IN_FILE,
        actors=ACTORS,
        reason_choices=[(code, f"{say(_finding(code))} ({code})") for code in codes],
        named=_named,
    )


@blueprint.get("/refused.csv")
@needs(Permission.SEE_REFUSED_ROWS)
@heavy
def file() -> Response:
    """Return the rows that match the filters as CSV, at most `MOST_IN_FILE` of them."""
    filters = Filters.of_request()
    found = refused_rows(
        context.store().refusals,
        source=filters.source,
        code=filters.code,
        field=filters.field,
        bodies=visible_bodies(),
    )
    response = Response(refused_table(islice(found, MOST_IN_FILE)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="refused-rows.csv"'
    return response


def _reason(group: RefusalGroup) -> Reason:
    entry = CATALOGUE.get(group.code)
    return Reason(
        group=group,
        finding=_finding(group.code),
        remedy=entry.on_page if entry else Words(en="", fa=""),
        actor=ACTORS[entry.actor] if entry else None,
        address=url_for("refused.listed", source=group.source, code=group.code, field=group.field or None),
    )


def _finding(code: str) -> Words:
    entry = CATALOGUE.get(code)
    return Words(en=entry.en, fa=entry.fa) if entry else Words(en=code, fa=code)


def _further(filters: Filters, last: Refusal) -> str:
    return url_for("refused.listed", after=closed_place(_LIST, last.source, last.row_key), **filters.address)


def _named(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return choices whose words are their values."""
    return [(name, name) for name in names]
