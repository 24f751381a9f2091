"""Maintenance windows, in which the judiciary's endpoint is not called, as a configuration names them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from adapters.settings.values import Section, time_of_day
from gateway.judiciary.maintenance_window import Once, Weekday, Weekly, Window
from gateway.notice.written_date import parse_moment
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError


def _moment(value: object) -> object:
    """Return a time of day, or a date with a time in either calendar; one without an offset is in Tehran's."""
    if isinstance(value, time):
        return value
    if isinstance(value, str) and len(value) == len("02:00"):
        return time_of_day(value) or _refuse()
    if isinstance(value, str | datetime):
        try:
            return parse_moment(value.isoformat() if isinstance(value, datetime) else value, TEHRAN)
        except GatewayError as error:
            _refuse(f": {error.entry.en}; {error.entry.fa}")
    return _refuse()


def _refuse(why: str = "") -> Any:
    raise ValueError(
        'a time such as "02:00", or a date with a time such as 2026-03-21T02:00:00+03:30 or "1405-01-01 02:00",'
        f" is wanted{why}"
    )


def _weekday(value: object) -> object:
    if value not in list(Weekday):
        raise ValueError(f"one of {', '.join(Weekday)} is wanted")
    return Weekday(str(value))


Moment = Annotated[time | datetime, BeforeValidator(_moment)]
Day = Annotated[Weekday, BeforeValidator(_weekday)]


class MaintenanceSection(Section):
    """Maintenance window, weekly or once.

    Weekly on ``days``: from one time of day until another in Tehran, past midnight if ``until`` is not later. Once:
    from a date with a time until another.
    """

    days: list[Day] | None = Field(default=None, min_length=1)
    begins: Moment = Field(alias="from")
    ends: Moment = Field(alias="until")

    @model_validator(mode="after")
    def _of_one_kind(self) -> MaintenanceSection:
        kinds = {isinstance(moment, datetime) for moment in (self.begins, self.ends)}
        if kinds != {self.days is None}:
            raise ValueError("either days with two times of day, or two dates with times and no days")
        if isinstance(self.begins, datetime) and isinstance(self.ends, datetime) and self.ends <= self.begins:
            raise ValueError("until must be later than from")
        return self

    @property
    def window(self) -> Window:
        match self.begins, self.ends:
            case datetime() as begins, datetime() as ends:
                return Once(begins=begins, ends=ends)
            case time() as begins, time() as ends:
                return Weekly(days=frozenset(self.days or ()), begins=begins, ends=ends)
            case _:
                raise AssertionError("both are of one kind")
