"""Time-stamps of others: an authority's signed word that a digest existed at a time (RFC 3161).

What is passed on and kept is the TimeStampToken, not the whole answer: the answer adds only that it was granted, while
evidence records (RFC 4998), XAdES and PAdES embed the token, and ``openssl ts -verify -token_in`` reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStamp:
    """What a verified token says: ``digest`` (SHA-256, 32 octets) existed at ``time``, give or take ``accuracy``.

    ``authority`` is the subject of its certificate (RFC 4514), ``policy`` a dotted OID. Without a word of the authority
    on its accuracy it is None: RFC 3161 leaves it to the policy then.
    """

    time: datetime
    accuracy: timedelta | None
    authority: str
    serial: int
    policy: str
    digest: bytes


class TokenRefused(GatewayError):
    """A token is not believed; its code begins with ``time.``. Nothing else leaves the verification of a token."""

    literal_name = "TokenRefused"


class NoTimeStamp(GatewayError):
    """No authority gave a token that is believed; ``failures`` has each one's error, by its name."""

    literal_name = "NoTimeStamp"

    def __init__(self, failures: Mapping[str, GatewayError]) -> None:
        self.failures = failures
        said = "; ".join(f"{name}: {error.code}" for name, error in failures.items())
        super().__init__("time.no-authority", detail=said or "none is configured")


class TimeAuthority(Protocol):
    """``name`` is the configuration's.

    ``stamp`` takes a SHA-256 digest, 32 octets, and returns the DER of a token that was verified. It raises
    `GatewayError` ``time.*``, and as `TokenRefused` where a token came that is not believed.
    """

    @property
    def name(self) -> str: ...

    def stamp(self, digest: bytes) -> bytes: ...


TokenReader = Callable[[bytes, bytes], TimeStamp]
"""Takes a kept token and the digest that it must be for. Raises `TokenRefused`. Asks no network and no clock."""


def _nobody(_name: str, _error: GatewayError) -> None:
    pass


@dataclass(frozen=True, slots=True)
class InOrder:
    """Authorities in order of preference: the next one is asked where one failed, of which ``on_failure`` is told."""

    authorities: Sequence[TimeAuthority]
    on_failure: Callable[[str, GatewayError], None] = _nobody
    name: str = field(default="in order", init=False)

    def stamp(self, digest: bytes) -> bytes:
        """Return the first token. Raises `NoTimeStamp`."""
        failures: dict[str, GatewayError] = {}
        for authority in self.authorities:
            try:
                return authority.stamp(digest)
            except GatewayError as error:
                failures[authority.name] = error
                self.on_failure(authority.name, error)
        raise NoTimeStamp(failures)


@dataclass(frozen=True, slots=True)
class NotedAuthority:
    """The same authority; ``note`` gets its name and its failure after each call, None where it gave a token."""

    authority: TimeAuthority
    note: Callable[[str, GatewayError | None], None]

    @property
    def name(self) -> str:
        return self.authority.name

    def stamp(self, digest: bytes) -> bytes:
        try:
            token = self.authority.stamp(digest)
        except GatewayError as error:
            self.note(self.name, error)
            raise
        self.note(self.name, None)
        return token
