"""Session of a judiciary's service, as a profile states it: how requests are authorized."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from adapters.settings.values import SECRET_WORDS, Section


class SessionKind(StrEnum):
    """Kind of session."""

    NONE = "none"
    OAUTH2 = "oauth2"
    """OAuth2 client credentials (RFC 6749, 4.4): a bearer token in each request."""


_FIXED: Final = frozenset({"grant_type", "scope", "client_id"})


def _field_name(name: str) -> str:
    if name in _FIXED or SECRET_WORDS.search(name):
        raise ValueError(f"{name}: no further field of the form, or a secret, which stands in a file of its own")
    return name


_Scope = Annotated[str, Field(pattern=r"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$")]
"""Words with a blank between them (RFC 6749, 3.3)."""


class SessionSection(Section):
    """Session. ``scope`` and ``fields`` are parts of the form for a token; client and address are configured."""

    kind: Annotated[SessionKind, Field(strict=False)] = SessionKind.NONE
    scope: _Scope | None = None
    fields_: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$"), AfterValidator(_field_name)],
        Annotated[str, Field(min_length=1, max_length=2000)],
    ] = Field(default_factory=dict, alias="fields")

    @model_validator(mode="after")
    def _of_oauth2(self) -> SessionSection:
        if self.kind is SessionKind.NONE and (self.scope is not None or self.fields_):
            raise ValueError('scope and fields are wanted with kind = "oauth2", and nowhere else')
        return self

    @property
    def form(self) -> dict[str, str]:
        """Fields of the form beside ``grant_type``."""
        return {**({} if self.scope is None else {"scope": self.scope}), **self.fields_}
