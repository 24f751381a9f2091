"""Session of a judiciary's service, as a profile states it: how requests are authorized."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field, model_validator

from adapters.settings.profile_sections.codes import Code
from adapters.settings.values import SECRET_WORDS, Seconds, Section


class SessionKind(StrEnum):
    """Kind of session."""

    NONE = "none"
    OAUTH2 = "oauth2"
    """OAuth2 client credentials (RFC 6749, 4.4): a bearer token in each request."""
    LOGIN = "login"
    """Operation of the service's own contract, which gives a token for each request."""


_FIXED: Final = frozenset({"grant_type", "scope", "client_id"})


def _field_name(name: str) -> str:
    if name in _FIXED or SECRET_WORDS.search(name):
        raise ValueError(f"{name}: no further field of the form, or a secret, which stands in a file of its own")
    return name


_Scope = Annotated[str, Field(pattern=r"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$")]
"""Words with a blank between them (RFC 6749, 3.3)."""


_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
"""Name of a header or a cookie (RFC 9110, 5.6.2)."""

OWN_HEADERS: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "content-type", "cookie", "host", "soapaction"}
)
"""Headers that the gateway sets itself, in lower case."""


def _header_name(name: str) -> str:
    if name.lower() in OWN_HEADERS:
        raise ValueError("a header that the gateway does not set itself is wanted; a cookie has a key of its own")
    return name


class SessionSection(Section):
    """Session. ``scope`` and ``fields`` are parts of the form for a token; client and address are configured.

    ``ended`` are the codes by which the service says that a session ended, and that it acted on nothing; ``http.401``
    is that of a status. The token of a login stands in the HTTP ``header`` (behind the word ``scheme``), in a
    ``cookie``, or where mappings write ``$session.token``. ``lifetime_seconds`` is its life, if no answer tells its
    end.
    """

    kind: Annotated[SessionKind, Field(strict=False)] = SessionKind.NONE
    scope: _Scope | None = None
    fields_: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$"), AfterValidator(_field_name)],
        Annotated[str, Field(min_length=1, max_length=2000)],
    ] = Field(default_factory=dict, alias="fields")

    ended: list[Code] = Field(default_factory=list)
    lifetime_seconds: Seconds | None = None
    header: Annotated[_Name, AfterValidator(_header_name)] | None = None
    scheme: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,30}$")] | None = None
    cookie: _Name | None = None

    @model_validator(mode="after")
    def _has_the_keys_of_its_kind(self) -> SessionSection:
        if self.kind is not SessionKind.OAUTH2 and (self.scope is not None or self.fields_):
            raise ValueError('scope and fields are wanted with kind = "oauth2", and nowhere else')
        of_login = ("lifetime_seconds", "header", "scheme", "cookie")
        if self.kind is not SessionKind.LOGIN and (told := [key for key in of_login if getattr(self, key) is not None]):
            raise ValueError(f'{told[0]} is wanted with kind = "login", and nowhere else')
        if self.kind is SessionKind.NONE and self.ended:
            raise ValueError("ended says nothing without a kind of session")
        if self.kind is SessionKind.LOGIN and not self.ended:
            raise ValueError("ended is wanted: the codes by which the service says that a session ended")
        if self.header is not None and self.cookie is not None:
            raise ValueError("header or cookie: a token stands in one of them")
        if self.scheme is not None and self.header is None:
            raise ValueError("scheme says nothing without header")
        return self

    def headers(self, token: str) -> dict[str, str]:
        """Return the HTTP headers of a request in a login's session."""
        if self.header is not None:
            return {self.header: f"{self.scheme} {token}" if self.scheme else token}
        return {} if self.cookie is None else {"Cookie": f"{self.cookie}={token}"}

    @property
    def form(self) -> dict[str, str]:
        """Fields of the form beside ``grant_type``."""
        return {**({} if self.scope is None else {"scope": self.scope}), **self.fields_}
