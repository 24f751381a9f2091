"""The register of municipal property, as a configuration names it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from adapters.settings.values import Endpoint, Seconds, Section
from gateway.notice.identifiers import InvalidIdentifier, legal_entity_id


def _legal_person(text: str) -> str:
    try:
        return legal_entity_id(text)
    except InvalidIdentifier as error:
        raise ValueError("the national identifier of a legal person is wanted, eleven digits") from error


class AssetRegisterSection(Section):
    """Register that is asked, at intake, whether a parcel is the municipality's own: `docs/connect/asset-register.md`.

    ``when_silent`` says what becomes of a row without an answer: it is admitted (``skip``) or waits (``wait``). With
    ``own`` (national identifiers of the municipality and its organisations), only notices to these are refused. It
    recognizes us by a bearer token, a certificate, both or neither.
    """

    url: Endpoint
    when_silent: Literal["skip", "wait"] = "skip"
    own: list[Annotated[str, AfterValidator(_legal_person)]] = Field(default=[])
    anchors: str | None = None
    certificate: str | None = None
    key: str | None = None
    password_file: str | None = None
    token_file: str | None = None
    timeout_seconds: Seconds = timedelta(seconds=5)
    calls: int = Field(default=4, ge=1, le=32)

    @model_validator(mode="after")
    def _a_certificate_has_its_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together")
        if self.password_file is not None and self.key is None:
            raise ValueError("password_file says nothing without key")
        return self
