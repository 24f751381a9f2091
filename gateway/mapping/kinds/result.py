"""Schemas of results: the state of a notice or refusal as a source, and a row's columns or fields as a target."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from gateway.mapping.model.schema import Group, Leaf, misfit
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import Type
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.fields import InvalidField
from gateway.notice.legal_effect import Effect
from gateway.notice.source_row import REFUSED, Refusal, Result, RowDeadline
from gateway.runtime.errors import CATALOGUE, Actor

MAX_TEXT = 20_000
"""Maximum length of a value in characters, as in the contracts for pushed rows."""

_LARGEST = 2**63 - 1
_STATES = frozenset({*(state.value for state in DeliveryState), REFUSED}) - {DeliveryState.SENDING.value}
"""States that are written to rows; sending is only transient."""

_LATER = frozenset({DeliveryState.PENDING.value})
"""States without which earlier mappings are complete: no service had them."""

CONFIRMED, NOT_CONFIRMED = "CONFIRMED", "NOT_CONFIRMED"
"""Values of ``deadline`` once there was service: a last day follows from confirmed rules and calendar, or none does."""

DEADLINE = ("deadline", "last_day", "last_day_rule", "last_day_calendar")
"""Members of `RESULT` that follow from the law."""

RESULT = Group(
    members={
        "row_key": Leaf(required=True, title="کلید ردیف"),
        "state": Leaf(required=True, title="وضعیت", choices=_STATES, later=_LATER),
        "reference": Leaf(title="شناسه ابلاغیه"),
        "replaces": Leaf(title="شناسه ابلاغیه پیشین ردیف"),
        "seq": Leaf(type=Type.INTEGER, title="شماره گام"),
        "tracking_number": Leaf(title="کد رهگیری"),
        "delivered_at": Leaf(type=Type.TIME, title="زمان وصول"),
        "viewed_at": Leaf(type=Type.TIME, title="زمان رؤیت"),
        "legal_service_at": Leaf(type=Type.TIME, title="زمان اعلام ابلاغ قانونی از سوی سامانه"),
        "service_date": Leaf(title="تاریخ ابلاغ، ‎1404-11-14‎"),
        "effect": Leaf(title="نوع ابلاغ", choices=frozenset(effect.value for effect in Effect)),
        "deadline": Leaf(title="قطعی بودن مهلت", choices=frozenset({CONFIRMED, NOT_CONFIRMED})),
        "last_day": Leaf(title="آخرین روز مهلت مخاطب مقیم ایران، ‎1404-11-25‎؛ تنها به موجب قاعده تأییدشده"),
        "last_day_rule": Leaf(title="نسخه قاعده مهلت"),
        "last_day_calendar": Leaf(title="نسخه تقویم مهلت"),
        "code": Leaf(title="کد خطا"),
        "reason": Leaf(title="دلیل، همان‌گونه که بدون نگاشت نوشته می‌شود"),
        "meaning": Leaf(title="معنای کد به فارسی"),
        "meaning_en": Leaf(title="معنای کد به انگلیسی"),
        "remedy": Leaf(title="چاره به فارسی"),
        "remedy_en": Leaf(title="چاره به انگلیسی"),
        "who_must_act": Leaf(title="چه کسی باید اقدام کند", choices=frozenset(actor.value for actor in Actor)),
        "refused_field": Leaf(title="ستونی که ردیف به سبب آن پذیرفته نشد"),
        "updated_at": Leaf(type=Type.TIME, required=True, title="از چه زمانی چنین است"),
    }
)
"""Source of a result's mapping. Only a row with a notice has a reference and a step number.

A code outside the catalogue, such as one of the judiciary's, has no meaning here. ``updated_at`` is the time of the
change, not of writing, so writing again changes nothing.
"""


def single(value: Any, scope: Scope | None = None) -> Any:  # noqa: ARG001 - a `Check`
    """Return a value that any row can hold: a text, a number, a boolean, a day, a time. Raises `InvalidField`."""
    match value:
        case str():
            if (found := misfit(_TEXT, value)) is not None:
                raise InvalidField(found)
        case int() if abs(value) <= _LARGEST:
            pass
        case float() if math.isfinite(value):
            pass
        case date():  # a time is one, too
            pass
        case _:
            raise InvalidField("")
    return value


_TEXT = Leaf(max_length=MAX_TEXT)
ANY_COLUMN = Leaf(type=Type.ANY, max_length=MAX_TEXT, check=single)
"""Column or field known only by its name."""

COLUMNS = Group(is_open=True, others=ANY_COLUMN)
"""Row with unknown columns."""


def result_tree(result: Result, since: datetime) -> dict[str, Any]:
    """Return the result of a row's notice in the form of `RESULT`; ``since`` is the time of its last change."""
    return {
        "row_key": result.row_key,
        "state": result.state,
        "reference": result.reference,
        "replaces": result.replaces,
        "seq": result.seq,
        "tracking_number": result.tracking_number,
        "delivered_at": result.delivered_at,
        "viewed_at": result.viewed_at,
        "legal_service_at": result.legal_service_at,
        "service_date": result.service_date,
        "effect": result.effect,
        **_deadline(result.deadline),
        **_because(result.code, result.reason),
        "updated_at": since,
    }


def refusal_tree(refusal: Refusal, notice: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the result of a refused row.

    ``notice`` is the tree of the notice that was made of the row earlier. That notice is active or served, and the row
    still shows its state.
    """
    return {
        **(notice or {"row_key": refusal.row_key, "state": REFUSED}),
        **_because(refusal.code, refusal.reason),
        "refused_field": refusal.field,
        "updated_at": refusal.refused_at,
    }


def _deadline(deadline: RowDeadline | None) -> dict[str, Any]:
    if deadline is None:
        return dict.fromkeys(DEADLINE)
    standing = NOT_CONFIRMED if deadline.last_day is None else CONFIRMED
    return dict(zip(DEADLINE, (standing, deadline.last_day, deadline.rule, deadline.calendar), strict=True))


def _because(code: str | None, reason: str | None) -> dict[str, Any]:
    entry = CATALOGUE.get(code) if code is not None else None
    known = {
        "meaning": entry and entry.fa,
        "meaning_en": entry and entry.en,
        "remedy": entry and entry.remedy_fa,
        "remedy_en": entry and entry.remedy,
        "who_must_act": entry and entry.actor.value,
    }
    return {"code": code, "reason": reason, **known}
