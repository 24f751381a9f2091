"""Schemas of the notice: as a target with checks that hold for every mapping, and as a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from gateway.mapping.kinds.document_schemas import (
    ATTACHMENTS,
    DOCUMENT,
    DOCUMENTS,
    document_tree,
    documents_tree,
    same_digest,
)
from gateway.mapping.model.bodies import BodyConfig
from gateway.mapping.model.schema import Check, Group, Leaf
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import Type
from gateway.notice import fields, identifiers
from gateway.notice.fields import InvalidField
from gateway.notice.notice import (
    RECIPIENT_PARTS,
    Document,
    IssuingBody,
    Notice,
    Recipient,
    RecipientKind,
)
from gateway.notice.written_date import GREGORIAN_YEARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """Context of a row's mapping: the bodies by code, and the examiner of papers.

    ``examine`` returns if the paper may be sealed, and raises `InvalidField` otherwise.
    """

    by_code: Mapping[str, BodyConfig]
    examine: Callable[[bytes], None]


_IDENTIFIERS = {
    RecipientKind.NATURAL: fields.identifier(identifiers.national_id),
    RecipientKind.LEGAL: fields.identifier(identifiers.legal_entity_id),
    RecipientKind.FOREIGN: fields.identifier(identifiers.foreign_id),
}
_KINDS = {kind.value: kind for kind in RecipientKind}


def _alone(read: Callable[[Any], Any]) -> Check:
    return lambda value, _scope: read(value)


def _body(value: Any, scope: Scope) -> str:
    code = fields.number(value)
    if code not in scope.given.by_code:
        raise InvalidField("notice.body")
    return code


def _kind(value: Any, scope: Scope) -> str:
    kind = fields.number(value)
    body = scope.found.get("body.code")  # without it, the row is refused anyway
    if body is not None and kind not in scope.given.by_code[body].kinds:
        raise InvalidField("notice.kind")
    return kind


def _recipient_kind(value: Any, _scope: Scope) -> RecipientKind:
    found = _KINDS.get(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidField("recipient.kind")
    return found


def _recipient_id(value: Any, scope: Scope) -> Any:
    kind = scope.found.get("recipient.kind")  # without it, the row is refused anyway
    return _IDENTIFIERS[kind](value) if kind else None


def _day(value: Any, _scope: Scope) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InvalidField("notice.date-form")
    if value.year not in GREGORIAN_YEARS:
        raise InvalidField("notice.gregorian-year")
    return value


def _paper(value: Any, scope: Scope) -> bytes:
    octets = fields.pdf(value)
    scope.given.examine(octets)
    return octets


def _digest(value: Any, scope: Scope) -> str:
    return same_digest(value, scope.found.get("document.octets"))


def _line(title: str, *, required: bool = True, missing: str = "") -> Leaf:
    return Leaf(title=title, required=required, missing=missing, check=_alone(fields.line), max_length=fields.MAX_LINE)


def _number(title: str, *, required: bool = True) -> Leaf:
    return Leaf(title=title, required=required, check=_alone(fields.number), max_length=fields.MAX_LINE)


_PARTS = dict(
    zip(
        RECIPIENT_PARTS,
        ("نام", "نام خانوادگی", "نام پدر", "استان", "شهر", "خیابان", "کوچه", "پلاک", "واحد"),
        strict=True,
    )
)
_EXTRA_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,63}"


NOTICE = Group(
    members={
        "body": Group(
            members={
                "code": Leaf(
                    title="کد مرجع صادرکننده", required=True, missing="notice.body", check=_body, asks_call=True
                ),
                "district": _line("منطقه"),
            }
        ),
        "case_number": _number("شماره پرونده"),
        "archive_number": _number("شماره بایگانی", required=False),
        "renovation_code": _number("کد نوسازی", required=False),
        "paper_number": _number("شماره برگه"),
        "kind": Leaf(title="نوع ابلاغیه", required=True, missing="notice.kind", check=_kind, after=("body.code",)),
        "subject": _line("موضوع"),
        "issued_on": Leaf(type=Type.DATE, title="تاریخ صدور", required=True, check=_day),
        "serve_by": Leaf(type=Type.DATE, title="مهلت ابلاغ", check=_day),
        "revision": Leaf(type=Type.INTEGER, title="نوبت", check=_alone(fields.revision)),
        "recipient": Group(
            members={
                "kind": Leaf(
                    title="نوع شخصیت مخاطب",
                    required=True,
                    missing="recipient.kind",
                    choices=frozenset(_KINDS),
                    check=_recipient_kind,
                ),
                "identifier": Leaf(
                    title="شناسه مخاطب",
                    required=True,
                    missing="recipient.id-missing",
                    check=_recipient_id,
                    after=("recipient.kind",),
                ),
                "name": _line("نام مخاطب", missing="recipient.name"),
                "mobile": Leaf(title="تلفن همراه", check=_alone(fields.identifier(identifiers.mobile))),
                "postal_code": Leaf(title="کد پستی", check=_alone(fields.identifier(identifiers.postal_code))),
                "address": _line("نشانی", required=False),
                **{name: _line(title, required=False) for name, title in _PARTS.items()},
            }
        ),
        "document": Group(
            members={
                "name": _line("نام فایل برگه"),
                "title": _line("عنوان برگه", required=False),
                "kind": _line("کد نوع برگه", required=False),
                "octets": Leaf(
                    type=Type.OCTETS,
                    title="فایل برگه",
                    required=True,
                    missing="document.missing",
                    check=_paper,
                    asks_call=True,
                ),
                "digest": Leaf(title="چکیده فایل برگه", check=_digest, after=("document.octets",)),
            }
        ),
        "attachments": ATTACHMENTS,
        "extra": Group(
            is_open=True,
            others=replace(_line("متن افزوده", required=False), note="a text for the judiciary's messages"),
            required=False,
            name_form=_EXTRA_NAME,
        ),
    }
)
"""Target of a row's mapping. Each leaf's check applies after all transforms: no mapping can make an invalid notice."""


def notice_of(found: Mapping[str, Any], bodies: Bodies) -> Notice:
    """Build the notice from the valid values of a mapping."""
    body = bodies.by_code[found["body.code"]]
    notice = Notice(
        body=IssuingBody(code=body.code, title=body.title, district=found["body.district"]),
        case_number=found["case_number"],
        paper_number=found["paper_number"],
        kind=found["kind"],
        subject=found["subject"],
        issued_on=found["issued_on"],
        recipient=Recipient(
            kind=found["recipient.kind"],
            identifier=found["recipient.identifier"],
            name=found["recipient.name"],
            mobile=found.get("recipient.mobile"),
            postal_code=found.get("recipient.postal_code"),
            address=found.get("recipient.address"),
            **{name: found.get(f"recipient.{name}") for name in RECIPIENT_PARTS},
        ),
        document=Document(
            name=found["document.name"],
            media_type=fields.PDF,
            octets=found["document.octets"],
            title=found.get("document.title"),
            kind=found.get("document.kind"),
        ),
        attachments=tuple(
            Document(
                name=each["name"],
                media_type=fields.media_type(each["octets"]),
                octets=each["octets"],
                title=each.get("title"),
                kind=each.get("kind"),
            )
            for each in found.get("attachments", ())
        ),
        archive_number=found.get("archive_number"),
        renovation_code=found.get("renovation_code"),
        revision=found.get("revision") or 1,
        serve_by=found.get("serve_by"),
        extra=_extra(found),
    )
    if notice.revision == 1:
        return notice
    return replace(notice, predecessor=notice.reference_of(notice.revision - 1))


def _extra(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    names = sorted(path.removeprefix("extra.") for path in found if path.startswith("extra."))
    return tuple((name, found[f"extra.{name}"]) for name in names)


NOTICE_SOURCE = Group(
    members={
        "reference": Leaf(required=True),
        "predecessor": Leaf(),
        "body": Group(members={name: Leaf(required=True) for name in ("code", "title", "district")}),
        "case_number": Leaf(required=True),
        "archive_number": Leaf(),
        "renovation_code": Leaf(),
        "paper_number": Leaf(required=True),
        "kind": Leaf(required=True),
        "subject": Leaf(required=True),
        "issued_on": Leaf(type=Type.DATE, required=True),
        "revision": Leaf(type=Type.INTEGER, required=True),
        "recipient": Group(
            members={
                "kind": Leaf(required=True, choices=frozenset(_KINDS)),
                "identifier": Leaf(required=True),
                "name": Leaf(required=True),
                "mobile": Leaf(),
                "postal_code": Leaf(),
                "address": Leaf(),
                **{name: Leaf() for name in RECIPIENT_PARTS},
            }
        ),
        "extra": Group(
            is_open=True, others=Leaf(note="a text of the notice's own mapping"), required=False, name_form=_EXTRA_NAME
        ),
        "document": Group(members=DOCUMENT),
        "documents": DOCUMENTS,
        "seal": Group(
            members={
                "octets": Leaf(type=Type.OCTETS),
                "element": Leaf(type=Type.ELEMENT, note="the XML itself, for a target `#xml`"),
                "content_id": Leaf(),
                "digest": Leaf(),
                "size": Leaf(type=Type.INTEGER),
                "sealed_at": Leaf(type=Type.TIME),
            }
        ),
    }
)
"""Source of a message's mapping: what is sealed, so ``serve_by`` is no part of it.

``seal`` is present once the notice has been sealed. Of the seal, ``octets`` are present if it travels inside the
message, ``element`` if that is XML, too, and ``content_id`` if it is an attachment.
"""


def notice_tree(notice: Notice) -> dict[str, Any]:
    """Return ``notice`` as a tree in the form of `NOTICE_SOURCE`, without a seal."""
    body, who = notice.body, notice.recipient
    documents = [document_tree(each) for each in notice.documents]
    return {
        "reference": notice.reference,
        "predecessor": notice.predecessor,
        "body": {"code": body.code, "title": body.title, "district": body.district},
        "case_number": notice.case_number,
        "archive_number": notice.archive_number,
        "renovation_code": notice.renovation_code,
        "paper_number": notice.paper_number,
        "kind": notice.kind,
        "subject": notice.subject,
        "issued_on": notice.issued_on,
        "revision": notice.revision,
        "recipient": {
            "kind": who.kind.value,
            "identifier": who.identifier,
            "name": who.name,
            "mobile": who.mobile,
            "postal_code": who.postal_code,
            "address": who.address,
            **{name: getattr(who, name) for name in RECIPIENT_PARTS},
        },
        "extra": dict(notice.extra),
        **documents_tree(documents),
    }


def shown_tree(notice: Notice) -> dict[str, Any]:
    """Return `notice_tree` for a reader: without octets, and with attachments by their numbers, if there are any.

    It has ``serve_by``, too, which is part of no message.
    """
    tree = {**notice_tree(notice), "serve_by": notice.serve_by}
    del tree["document"]["octets"]
    attachments = {}
    for number, each in enumerate(tree.pop("documents")[1:], start=1):
        attachments[str(number)] = {name: value for name, value in each.items() if name not in _OF_PLACE}
    return tree | ({"attachments": attachments} if attachments else {})


_OF_PLACE = ("octets", "number", "main")
