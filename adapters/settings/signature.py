"""Signature switches of a partner's profile, as a configuration names them."""

from __future__ import annotations

import json
from typing import Annotated, ClassVar, Final

from pydantic import Field, field_validator

from adapters.crypto.xml.partner_profile import (
    ADDRESSING,
    ALGORITHMS,
    ANSWER_PARTS,
    ID_ATTRIBUTES,
    REQUEST_PARTS,
    UNREAD_HEADERS,
    PartnerProfile,
)
from adapters.settings.values import Section, one_of

_PARTS: Final = ("Body", "Timestamp", "BinarySecurityToken", *ADDRESSING)


class SignatureSection(Section):
    """Differences between the other side's signed messages and ours; none by default.

    `docs/connect/partner-profiles.md` states the loss of each switch. ``acted_on`` must be signed whatever a partner's
    tool can do, since we act on it.
    """

    acted_on: ClassVar[tuple[str, ...]]

    algorithms: list[Annotated[str, one_of(ALGORITHMS)]] = Field(default=["rsa-sha256", "ecdsa-sha256"], min_length=1)
    signed_parts: list[Annotated[str, one_of(_PARTS)]] = Field(default=list(_PARTS))
    id_attributes: list[Annotated[str, one_of(ID_ATTRIBUTES)]] = Field(default=["wsu:Id"], min_length=1)
    prefix_lists: bool = False
    enveloped_transform: bool = False
    unread_headers: list[Annotated[str, one_of(sorted(UNREAD_HEADERS))]] = Field(default=[])

    @field_validator("signed_parts")
    @classmethod
    def _what_is_acted_on_is_signed(cls, parts: list[str]) -> list[str]:
        if missing := [part for part in cls.acted_on if part not in parts]:
            raise ValueError(f"{', '.join(missing)} must be signed: the other side's word is taken for it")
        return parts

    @property
    def profile(self) -> PartnerProfile:
        return PartnerProfile(
            signature_algorithms=frozenset(ALGORITHMS[name] for name in self.algorithms),
            signed_parts=frozenset(self.signed_parts),
            id_attributes=frozenset(ID_ATTRIBUTES[name] for name in self.id_attributes),
            prefix_lists=self.prefix_lists,
            enveloped_transform=self.enveloped_transform,
            unread_headers=frozenset(self.unread_headers),
        )

    @property
    def switched(self) -> list[str]:
        """Switches that differ from the strict profile, each as a line of the configuration."""
        strict, own = type(self)().model_dump(), self.model_dump()
        return [f"{key} = {json.dumps(value)}" for key, value in own.items() if _set(value) != _set(strict[key])]


class AnswerSignature(SignatureSection):
    """Signature switches of the judiciary's answers."""

    acted_on = ANSWER_PARTS


class RequestSignature(SignatureSection):
    """Signature switches of requests: to the sandbox, or of a source that pushes by SOAP."""

    acted_on = REQUEST_PARTS


def _set(value: object) -> object:
    """Ignore the order of a list."""
    return frozenset(value) if isinstance(value, list) else value
