"""Agreements on data sharing with other bodies, as a configuration names them."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from adapters.settings.values import CivilDay, FilePath, Section
from gateway.operations.sharing_agreement import Agreement, SharedField


def _field(value: object) -> object:
    if value not in list(SharedField):  # a list or table of the file has no hash
        raise ValueError(f"one of {', '.join(SharedField)} is wanted")
    return SharedField(str(value))


def _once(fields: list[SharedField]) -> list[SharedField]:
    if twice := sorted({each for each in fields if fields.count(each) > 1}):
        raise ValueError(f"{twice[0]} stands there twice")
    return fields


Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Title = Annotated[str, Field(min_length=1, max_length=200)]


class SharingSection(Section):
    """Agreement with another body: `docs/connect/sharing.md`.

    ``purposes`` are codes with Persian titles. ``fields`` are all that leaves. Without ``bodies``, ``kinds`` or
    ``districts`` it may know of the notices of all of them. ``tokens_file`` holds the SHA-256 of its tokens.
    """

    body: Code
    title: Title
    tokens_file: FilePath
    purposes: dict[Code, Title] = Field(min_length=1)
    fields: Annotated[list[Annotated[SharedField, BeforeValidator(_field)]], Field(min_length=1), AfterValidator(_once)]
    bodies: list[str] = Field(default=[])
    kinds: list[str] = Field(default=[])
    districts: list[str] = Field(default=[])
    begins: CivilDay = Field(alias="from")
    ends: CivilDay | None = Field(default=None, alias="until")
    calls_per_minute: int = Field(default=60, ge=1, le=6000)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.ends is not None and self.ends < self.begins:
            raise ValueError("until must not be before from")
        return self

    @property
    def agreement(self) -> Agreement:
        return Agreement(
            body=self.body,
            title=self.title,
            purposes=self.purposes,
            fields=tuple(self.fields),
            begins=self.begins,
            ends=self.ends,
            bodies=frozenset(self.bodies),
            kinds=frozenset(self.kinds),
            districts=frozenset(self.districts),
        )
