"""Entering notices by hand: a form and a spreadsheet with mistakes, a preview, what was entered."""

from __future__ import annotations

import io
from typing import Final

from openpyxl import load_workbook

from adapters.municipal.sheets.notice_sheet import COLUMNS
from gateway.people.permissions import Role
from tests.console.browser.scene import scene
from tests.console.browser.stage import Stage
from tests.console.signed_in import BODY
from tests.console.troubled import FORGED
from tests.papers import PDF

TYPED: Final = {
    "body_and_kind": f"*{BODY} ruling",
    "paper_number": "۱۷",
    "subject": "ابلاغ رأی کمیسیون",
    "issued_on": "۱۴۰۴/۱۱/۱۴",
    "district": "منطقه ۵",
    "recipient_kind": "*NATURAL",
    "recipient_id": "۹۹۹۰۰۰۰۰۱۸",
    "recipient_name": "شخص نمونه",
}


def _new_case(stage: Stage) -> str:
    """Return the number of a case about which nothing was entered by hand yet."""
    entered = stage.at.installation.store().inbox.marks("by-hand", 0, 1000)
    return f"۱۴۰۴-۱۰۰-{len(entered) + 1}"


def _type(stage: Stage, case: str, **fields: str) -> None:
    stage.go("/intake/new")
    stage.attach("paper", ("رأی ۱۷.pdf", PDF))
    stage.send("/intake/new", **{**TYPED, "case_number": case, **fields})


@scene("lived", Role.COMMISSION_SECRETARY)
def intake_mistakes(stage: Stage) -> None:
    _type(stage, "", recipient_id="۹۹۹۰۰۰۰۰۱۹", issued_on="۱۴۰۴/۱۳/۰۱", mobile="021")


@scene("lived", Role.COMMISSION_SECRETARY)
def intake_preview(stage: Stage) -> None:
    _type(stage, "۱۴۰۴-۱۰۰-۹۰۱")


@scene("lived", Role.COMMISSION_SECRETARY)
def intake_entered(stage: Stage) -> None:
    _type(stage, _new_case(stage))
    stage.send("/enter")


@scene("lived", Role.COMMISSION_SECRETARY)
def intake_drafts(stage: Stage) -> None:
    stage.go("/intake")


def _upload(stage: Stage, case: str) -> None:
    """Upload a good row, one with two mistakes and one without its file."""
    stage.go("/intake/sheet")
    book = load_workbook(io.BytesIO(stage.page.request.get(f"{stage.at.address}/intake/sheet.xlsx").body()))
    row = {name: text.removeprefix("*") for name, text in TYPED.items() if name != "body_and_kind"}
    row |= {"kind": "ابلاغ رأی", "recipient_kind": "حقیقی", "document": "17.pdf"}
    mistaken = {"recipient_id": "۱۲۳", "issued_on": "فردا", "paper_number": "18"}
    rows = [row, {**row, **mistaken}, {**row, "paper_number": "19", "document": "19.pdf"}]
    names = [each.name for each in COLUMNS]
    for line, each in enumerate(rows, start=2):
        for name, value in {**each, "case_number": case}.items():
            book.worksheets[0].cell(row=line, column=names.index(name) + 1, value=value)
    octets = io.BytesIO()
    book.save(octets)
    stage.attach("sheet", ("list.xlsx", octets.getvalue()))
    stage.attach("files", ("17.pdf", PDF))
    stage.send("/intake/sheet")


@scene("lived", Role.COMMISSION_SECRETARY)
def sheet_mistakes(stage: Stage) -> None:
    _upload(stage, "۱۴۰۴-۱۰۰-۹۰۲")


@scene("lived", Role.COMMISSION_SECRETARY)
def sheet_entered(stage: Stage) -> None:
    _upload(stage, _new_case(stage))
    stage.send("/enter")


@scene("lived", Role.COMMISSION_SECRETARY)
def sheet_unreadable(stage: Stage) -> None:
    stage.go("/intake/sheet")
    stage.attach("sheet", ("list.xlsx", FORGED))
    stage.send("/intake/sheet")
