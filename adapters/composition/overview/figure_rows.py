"""Rows of a report as CSV and JSON have them: the same columns for the console and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.municipal.files.drop_reports import as_csv
from gateway.overview.service_figures import Figure, FigureReport, Figures

COLUMNS: Final = (
    *("group", *(figure.value for figure in Figure)),
    *("viewed-percent", "median-days", "median-of", "saved-rials", "saved-of"),
)


def row_of(figures: Figures) -> Mapping[str, Any]:
    """Return the figures of one group; what is not known is None."""
    share, days = figures.share, figures.days
    return {
        "group": figures.key,
        **{figure.value: figures.counts[figure] for figure in Figure},
        "viewed-percent": None if share is None else round(share, 1),
        "median-days": None if days is None else round(days, 1),
        "median-of": figures.of_days,
        "saved-rials": figures.saved,
        "saved-of": figures.of_saved,
    }


def report_facts(report: FigureReport) -> dict[str, Any]:
    """Return a report as JSON can hold it."""
    query = report.query
    return {
        "from": query.first.isoformat(),
        "until": query.last.isoformat(),
        "by": query.by.value,
        "rows": [row_of(row) for row in report.rows],
        "total": row_of(report.total),
    }


def report_csv(report: FigureReport, names: Mapping[str, str], titles: Mapping[str, str] | None = None) -> bytes:
    """Return a report as CSV, with its total below any rows; ``names`` are those of the columns.

    If ``titles`` of the groups are given, they stand in the first column, and the codes in a last one, ``code``.
    """
    columns = COLUMNS if titles is None else (*COLUMNS, "code")
    total = [{**row_of(report.total), "group": names["total"], "code": ""}] if report.rows else []
    rows = [*(_titled(row_of(row), titles) for row in report.rows), *total]
    return as_csv([names[name] for name in columns], [{names[name]: row[name] for name in columns} for row in rows])


def _titled(row: Mapping[str, Any], titles: Mapping[str, str] | None) -> Mapping[str, Any]:
    return row if titles is None else {**row, "group": titles[row["group"]], "code": row["group"]}
