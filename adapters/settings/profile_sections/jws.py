"""Names in a JWS on which both sides agreed, as a profile states them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from adapters.crypto.message.jws_form import OURS, JwsForm
from adapters.settings.values import Section

_Claim = Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]


class JwsClaims(Section):
    """The other side's names for our claims. Those of RFC 7519 (jti, aud, iat, exp) are the same for all."""

    op: _Claim = OURS.operation
    re: _Claim = OURS.relates_to
    body: _Claim = OURS.body


class JwsSection(Section):
    """Names in a JWS. ``typ`` is in the header of every message, theirs and ours."""

    typ: str = Field(default=OURS.type, pattern=r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+/-]{0,126}$")
    claims: JwsClaims = JwsClaims()

    @model_validator(mode="after")
    def _names_differ(self) -> JwsSection:
        try:
            _ = self.form
        except ValueError as error:
            raise ValueError("op, re and body want three names, none of them registered (RFC 7519, 4.1)") from error
        return self

    @property
    def form(self) -> JwsForm:
        claims = self.claims
        return JwsForm(type=self.typ, operation=claims.op, relates_to=claims.re, body=claims.body)
