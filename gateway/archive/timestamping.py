"""Time-stamping: an authority's signed statement that a digest existed at a time (RFC 3161).

The TimeStampToken alone is passed on and kept, without the response around it, which adds only the status "granted".
Evidence records (RFC 4998), XAdES and PAdES embed the token, and ``openssl ts -verify -token_in`` reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStamp:
    """Content of a verified token: ``digest`` (SHA-256, 32 octets) existed at ``time``, within ``accuracy``.

    ``authority`` is the subject of its certificate (RFC 4514), ``policy`` a dotted OID. ``accuracy`` is None if the
    token does not state it; RFC 3161 then leaves it to the policy.
    """

    time: datetime
    accuracy: timedelta | None
    authority: str
    serial: int
    policy: str
    digest: bytes


class TokenRefused(GatewayError):
    """A token failed verification; its code begins with ``time.``. Verification of a token raises nothing else."""

    literal_name = "TokenRefused"


class NoTimeStamp(GatewayError):
    """No authority returned a valid token; ``failures`` has each authority's error by its name."""

    literal_name = "NoTimeStamp"

    def __init__(self, failures: Mapping[str, GatewayError]) -> None:
        self.failures = failures
        said = "; ".join(f"{name}: {error.code}" for name, error in failures.items())
        super().__init__("time.no-authority", detail=said or "none is configured")


class TimeAuthority(Protocol):
    """Port to a time-stamping authority; ``name`` comes from the configuration.

    ``stamp`` takes a SHA-256 digest, 32 octets, and returns the DER of a verified token. It raises `GatewayError`
    ``time.*``, as `TokenRefused` if a token came and failed verification.
    """

    @property
    def name(self) -> str: ...

    def stamp(self, digest: bytes) -> bytes: ...


TokenReader = Callable[[bytes, bytes], TimeStamp]
"""Function that verifies a stored token for a digest. Raises `TokenRefused`. Uses neither network nor clock."""


def _nobody(_name: str, _error: GatewayError) -> None:
    pass


@dataclass(frozen=True, slots=True)
class InOrder:
    """Authorities in order of preference; after a failure, call ``on_failure`` and try the next."""

    authorities: Sequence[TimeAuthority]
    on_failure: Callable[[str, GatewayError], None] = _nobody
    name: str = field(default="in order", init=False)

    def stamp(self, digest: bytes) -> bytes:
        """Return the token of the first authority that succeeds. Raises `NoTimeStamp`."""
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
    """Authority that reports each call: ``note`` gets its name and the error, or None on success."""

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
