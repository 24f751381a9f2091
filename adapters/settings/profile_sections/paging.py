"""Paging of receipts in a profile: how the service numbers them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from adapters.settings.values import CivilDay, Section
from gateway.judiciary.paging import Paging, PagingWay


class PagingSection(Section):
    """Paging of a service (`gateway.judiciary.paging`); ``first`` defaults to page 1, or to offset 0."""

    by: Annotated[PagingWay, Field(strict=False)] = PagingWay.CURSOR
    first: int | None = Field(default=None, ge=0, le=1_000_000)
    size: int | None = Field(default=None, ge=1, le=10_000)
    days: int = Field(default=1, ge=1, le=366)
    overlap_days: int = Field(default=3, ge=0, le=366)
    first_day: CivilDay | None = None

    @model_validator(mode="after")
    def _says_nothing_that_is_not_read(self) -> PagingSection:
        foreign = {
            PagingWay.CURSOR: {"first", "size", "days", "overlap_days", "first_day"},
            PagingWay.NUMBER: {"days", "overlap_days", "first_day"},
            PagingWay.OFFSET: {"days", "overlap_days", "first_day"},
        }.get(self.by, set())
        if told := sorted(foreign & self.model_fields_set):
            raise ValueError(f'{told[0]} says nothing with by = "{self.by.value}"')
        return self

    @property
    def value(self) -> Paging:
        first = self.first if self.first is not None else 0 if self.by is PagingWay.OFFSET else 1
        return Paging(
            by=self.by,
            first=first,
            size=self.size,
            days=self.days,
            overlap_days=self.overlap_days,
            first_day=self.first_day,
        )
