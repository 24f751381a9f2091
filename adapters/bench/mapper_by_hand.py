"""A mapper written by hand, against which the mapping ``case-view-1`` is measured: `bench stages`.

Nothing else uses it; a test compares the results of both on the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.mapping import BodyConfig, Problem, RowRefused
from gateway.notice import fields, identifiers
from gateway.notice.notice import Document, IssuingBody, Notice, Recipient, RecipientKind
from gateway.notice.source_row import CaseRow, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Column of a row: its Persian title, the rule by which it is read, and the code if it is missing (None: it may
    be).
    """

    column: str
    title: str
    rule: str
    missing: str | None = "notice.field-missing"


FIELDS = (
    Field(column="body_code", title="کد مرجع صادرکننده", rule="body", missing="notice.body"),
    Field(column="district", title="منطقه", rule="line"),
    Field(column="case_number", title="شماره پرونده", rule="number"),
    Field(column="archive_number", title="شماره بایگانی", rule="number", missing=None),
    Field(column="renovation_code", title="کد نوسازی", rule="number", missing=None),
    Field(column="paper_number", title="شماره برگه", rule="number"),
    Field(column="kind", title="نوع ابلاغیه", rule="kind", missing="notice.kind"),
    Field(column="subject", title="موضوع", rule="line"),
    Field(column="issued_on", title="تاریخ صدور", rule="jalali-date"),
    Field(column="serve_by", title="مهلت ابلاغ", rule="jalali-date", missing=None),
    Field(column="revision", title="نوبت", rule="revision", missing=None),
    Field(column="recipient_kind", title="نوع شخصیت مخاطب", rule="recipient-kind", missing="recipient.kind"),
    Field(column="recipient_id", title="شناسه مخاطب", rule="recipient-id", missing="recipient.id-missing"),
    Field(column="recipient_name", title="نام مخاطب", rule="line", missing="recipient.name"),
    Field(column="mobile", title="تلفن همراه", rule="mobile", missing=None),
    Field(column="postal_code", title="کد پستی", rule="postal-code", missing=None),
    Field(column="address", title="نشانی", rule="line", missing=None),
    Field(column="document_name", title="نام فایل برگه", rule="line"),
    Field(column="document", title="فایل برگه", rule="pdf", missing="document.missing"),
)
"""Columns of a row, in the order in which they are judged. ``notice_id`` and ``change_no`` name the row itself."""

_RECIPIENT_ID = {
    RecipientKind.NATURAL: fields.identifier(identifiers.national_id),
    RecipientKind.LEGAL: fields.identifier(identifiers.legal_entity_id),
    RecipientKind.FOREIGN: fields.identifier(identifiers.foreign_id),
}

_RULES: Mapping[str, Callable[[Value], Any]] = {
    "line": fields.line,
    "number": fields.number,
    "jalali-date": fields.jalali_date,
    "revision": fields.revision,
    "recipient-kind": fields.recipient_kind,
    "mobile": fields.identifier(identifiers.mobile),
    "postal-code": fields.identifier(identifiers.postal_code),
    "pdf": fields.pdf,
}


class MapperByHand:
    """The mapping ``case-view-1`` as code."""

    def __init__(self, bodies: Mapping[str, BodyConfig]) -> None:
        self._bodies = bodies

    def map(self, row: CaseRow) -> Notice:
        """Return the notice of ``row``. Raises `RowRefused`."""
        found: dict[str, Any] = {}
        problems: list[Problem] = []
        for field in FIELDS:
            try:
                found[field.column] = self._read(field, row.fields.get(field.column), found)  # type: ignore[arg-type]  # its rows have no lists
            except fields.InvalidField as error:
                problems.append(Problem(code=error.code, field=field.column, title=field.title))
        if problems:
            raise RowRefused(row, problems)
        return _notice(found)

    def _read(self, field: Field, value: Value, found: Mapping[str, Any]) -> Any:
        """Return the notice's value for one column; ``found`` are the good values of the columns before it."""
        if fields.is_missing(value):
            if field.missing is None:
                return None
            raise fields.InvalidField(field.missing)
        match field.rule:
            case "body":
                return self._body(value)
            case "kind":
                return _kind(value, found.get("body_code"))
            case "recipient-id":
                kind = found.get("recipient_kind")  # without it, the row is refused anyway
                return _RECIPIENT_ID[kind](value) if kind else None
            case rule:
                return _RULES[rule](value)

    def _body(self, value: Value) -> BodyConfig:
        body = self._bodies.get(fields.number(value))
        if body is None:
            raise fields.InvalidField("notice.body")
        return body


def _kind(value: Value, body: BodyConfig | None) -> str:
    kind = fields.number(value)
    if body is not None and kind not in body.kinds:
        raise fields.InvalidField("notice.kind")
    return kind


def _notice(found: Mapping[str, Any]) -> Notice:
    body: BodyConfig = found["body_code"]
    notice = Notice(
        body=IssuingBody(code=body.code, title=body.title, district=found["district"]),
        case_number=found["case_number"],
        paper_number=found["paper_number"],
        kind=found["kind"],
        subject=found["subject"],
        issued_on=found["issued_on"],
        recipient=Recipient(
            kind=found["recipient_kind"],
            identifier=found["recipient_id"],
            name=found["recipient_name"],
            mobile=found["mobile"],
            postal_code=found["postal_code"],
            address=found["address"],
        ),
        document=Document(name=found["document_name"], media_type="application/pdf", octets=found["document"]),
        archive_number=found["archive_number"],
        renovation_code=found["renovation_code"],
        revision=found["revision"] or 1,
        serve_by=found["serve_by"],
    )
    if notice.revision == 1:
        return notice
    return replace(notice, predecessor=notice.reference_of(notice.revision - 1))
