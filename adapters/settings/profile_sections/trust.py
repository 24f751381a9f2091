"""Trust in a judiciary's answers, and the form of our requests, as a profile states them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from adapters.crypto.xml.partner_profile import READ_NAMESPACES, KeyName
from adapters.settings.profile_folder import BundledFile
from adapters.settings.values import Section


class Trust(StrEnum):
    """Proof that an answer is the judiciary's."""

    SIGNED = "signed"
    CONNECTION = "connection"
    """Nobody signs answers: a TLS connection with pinned anchors brings them."""


class Relation(StrEnum):
    """Part of an answer that binds it to its request."""

    ADDRESSING = "relates-to"
    """The signed header RelatesTo of WS-Addressing, or the agreed claim of a JWS."""
    ECHO = "echo"
    """A value of the content repeats the call's id, which is random: so the answer is fresh, too."""
    CONNECTION = "connection"
    """Only the connection on which it came."""


class TrustSection(Section):
    """Trust in answers; `docs/connect/judiciary-profiles.md` states the loss of each value but the first.

    ``echo`` is the path to the repeated id, from the answer's element on. ``key_names`` are the ways in which
    signatures may name their certificate. ``unread_headers`` are header blocks, ``{namespace}Name``, that an answer may
    have and that are never read.
    """

    answers: Annotated[Trust, Field(strict=False)] = Trust.SIGNED
    relation: Annotated[Relation, Field(strict=False)] = Relation.ADDRESSING
    echo: Annotated[str, Field(pattern=r"^[\w@#-]+(\.[\w@#-]+){0,9}$")] | None = None
    key_names: list[Annotated[KeyName, Field(strict=False)]] = Field(default=[KeyName.TOKEN], min_length=1)

    unread_headers: list[Annotated[str, Field(pattern=r"^\{[^{}\s]+\}[^{}:\s]+$")]] = Field(default=[], max_length=50)

    @model_validator(mode="after")
    def _an_answer_belongs_to_a_request(self) -> TrustSection:
        if (self.echo is not None) is not (self.relation is Relation.ECHO):
            raise ValueError('echo is wanted with relation = "echo", and nowhere else')
        if self.answers is Trust.SIGNED and self.relation is Relation.CONNECTION:
            raise ValueError('answers = "signed" needs relation = "relates-to" or "echo": an old one could come again')
        if self.answers is Trust.CONNECTION and self.relation is Relation.ADDRESSING:
            raise ValueError('answers = "connection" needs relation = "connection" or "echo"')
        if read := [tag for tag in self.unread_headers if tag.startswith(READ_NAMESPACES)]:
            raise ValueError(f"{read[0]}: [security.answers] unread_headers names those of WS-Addressing")
        if self.unread_headers and self.relation is not Relation.ADDRESSING:
            raise ValueError('unread_headers go with relation = "relates-to": otherwise no header is read at all')
        return self


class RequestsSection(Section):
    """Form of our requests over SOAP.

    Without ``signed`` they have no WS-Security. ``body_alone``: nothing but the Body is signed. ``header`` is the
    mapping of the header block that the contract demands.
    """

    signed: bool = True
    addressing: bool = True
    timestamp: bool = True
    body_alone: bool = False
    header: BundledFile | None = None

    @model_validator(mode="after")
    def _unsigned_parts_are_not_wanted(self) -> RequestsSection:
        if not self.signed and (self.addressing or self.timestamp or self.body_alone):
            raise ValueError("signed = false wants addressing, timestamp and body_alone to be false")
        return self
