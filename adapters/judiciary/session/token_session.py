"""Session of a courier: its token, and the place of the token in HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from adapters.judiciary.wire import NO_HEADERS
from gateway.judiciary.session_token import SessionToken


def no_headers(token: str) -> Mapping[str, str]:  # noqa: ARG001
    """Return no header: the token stands in the message."""
    return NO_HEADERS


class Tokens(Protocol):
    """Source of tokens (`adapters.judiciary.session.shared_token.SharedToken`)."""

    def current(self) -> SessionToken:
        """Return a token. Raises `adapters.judiciary.channel.Unsent`."""
        ...

    def refused(self, token: SessionToken) -> None:
        """Forget a token that the service refused. Raises nothing: the service has answered, and that must count."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Session. ``headers`` returns the HTTP headers with a token; they go into no evidence."""

    tokens: Tokens
    headers: Callable[[str], Mapping[str, str]] = no_headers


def bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}
