"""The register of municipal property, as a configuration names it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from adapters.settings.values import KnownServiceSection, Seconds
from gateway.notice.identifiers import InvalidIdentifier, legal_entity_id


def _legal_person(text: str) -> str:
    try:
        return legal_entity_id(text)
    except InvalidIdentifier as error:
        raise ValueError("the national identifier of a legal person is wanted, eleven digits") from error


class AssetRegisterSection(KnownServiceSection):
    """Register that is asked, at intake, whether a parcel is the municipality's own: `docs/connect/asset-register.md`.

    ``when_silent`` says what becomes of a row without an answer: it is admitted (``skip``) or waits (``wait``). With
    ``own`` (national identifiers of the municipality and its organisations), only notices to these are refused.
    """

    when_silent: Literal["skip", "wait"] = "skip"
    own: list[Annotated[str, AfterValidator(_legal_person)]] = Field(default=[])
    timeout_seconds: Seconds = timedelta(seconds=5)
    calls: int = Field(default=4, ge=1, le=32)
