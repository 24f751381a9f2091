"""Sign-in of people at an OpenID provider, in the configuration."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from adapters.settings.values import Endpoint, FilePath, Section, one_of

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Algorithms of an ID token with a public key. Neither ``none`` nor one with a shared secret can be allowed."""


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.query or parts.fragment:
        raise ValueError("an https address without a query is wanted, as the provider publishes it")
    return url


class OpenIdSection(Section):
    """OpenID provider (`docs/operate/people.md`).

    ``issuer`` is the exact text by which the provider names itself; pages call it ``name``. Our ``client_id`` there is
    proven by the secret in ``client_secret_file``, or by the private key in ``client_key`` (PEM; private_key_jwt,
    signed as ``client_algorithm``). The provider's certificate must lead to one of ``anchors`` (a PEM file), by default
    to a root of the system. An ID token must be signed by one of ``algorithms``; its claim ``subject_claim`` names an
    account, and never another one. Clocks may differ by ``skew_seconds``. With ``require_second_factor``, one of
    ``second_factor_amr`` or ``second_factor_acr`` must stand in the token.
    """

    issuer: Annotated[Endpoint, AfterValidator(_issuer)]
    name: str | None = Field(default=None, min_length=1, max_length=60)
    client_id: str = Field(min_length=1, max_length=200)
    client_secret_file: FilePath | None = None
    client_key: FilePath | None = None
    client_algorithm: Annotated[str, one_of(ALGORITHMS)] = "RS256"
    anchors: FilePath | None = None
    subject_claim: str = Field(default="sub", min_length=1, max_length=100)
    algorithms: list[Annotated[str, one_of(ALGORITHMS)]] = Field(default=["RS256"], min_length=1)
    skew_seconds: int = Field(default=30, ge=0, le=300)
    timeout_seconds: int = Field(default=10, ge=1, le=60)
    require_second_factor: bool = False
    second_factor_amr: list[str] = Field(default=[])
    second_factor_acr: list[str] = Field(default=[])

    @model_validator(mode="after")
    def _proves_itself_in_one_way(self) -> OpenIdSection:
        if (self.client_secret_file is None) == (self.client_key is None):
            raise ValueError("client_secret_file or client_key is wanted, and not both")
        return self

    @model_validator(mode="after")
    def _knows_a_second_factor(self) -> OpenIdSection:
        known = self.second_factor_amr or self.second_factor_acr
        if self.require_second_factor and not known:
            raise ValueError("require_second_factor: second_factor_amr or second_factor_acr must say how it is known")
        return self

    @property
    def host(self) -> str:
        return urlsplit(self.issuer).hostname or ""
