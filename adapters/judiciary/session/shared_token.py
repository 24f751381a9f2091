"""A token that all threads and processes share: one of them logs in, and the store has the token for all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from adapters.judiciary.channel import Unsent
from gateway.judiciary.courier import CallFailed
from gateway.judiciary.session_token import NewToken, SessionToken, StoredToken, TokenCipher, TokenStore
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError

WITHOUT_TOKEN: Final = "courier.token"  # noqa: S105 - an error code
"""Error code: no token was given, and nothing was sent to the service."""

_LOOK_AGAIN: Final = 0.05
"""Seconds between two looks for the token of another process that logs in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSharing:
    """Parts by which processes share tokens.

    ``subject`` names service, user and settings of the session: whoever differs in them has a token of its own.
    ``patience`` is the longest wait for another process's login, in seconds. ``tell`` reports that a stored token
    cannot be read (once), or cannot be deleted.
    """

    subject: str
    store: TokenStore
    cipher: TokenCipher
    locks: AdvisoryLocks
    clock: Clock
    patience: float
    tell: Callable[[GatewayError], None] = field(repr=False)


class SharedToken:
    """The token in use. ``log_in`` asks the service for a new one; one process at a time does so.

    No transaction is open meanwhile: an advisory lock excludes other processes, and ends with its holder. A holder that
    loses it unnoticed costs a second login, and no more.
    """

    def __init__(self, sharing: TokenSharing, log_in: Callable[[], NewToken]) -> None:
        self._sharing, self._log_in = sharing, log_in
        self._lock = threading.Lock()
        self._known: SessionToken | None = None
        self._told = False
        self._refused: str | None = None

    def current(self) -> SessionToken:
        """Return a token that is good for a while. Raises `Unsent`: ``courier.credentials`` or another reason."""
        with self._lock:
            if self._known is None or not self._is_usable(self._known):
                try:
                    self._known = self._found_or_made()
                except CallFailed:
                    raise
                except GatewayError as error:
                    # Without a token nothing is sent, so no reason of ours leaves a doubt.
                    raise Unsent(error.code, where=error.where, detail=error.detail) from error
            return self._known

    def refused(self, token: SessionToken) -> None:
        """Forget a token that the service refused, unless another one has taken its place.

        Raises nothing: the service has answered, and its answer must count. A store that fails is reported. This
        process never uses the token again; another one may, until the service refuses it there, too.
        """
        with self._lock:
            self._refused = token.id
            if self._known is not None and self._known.id == token.id:
                self._known = None
            try:
                self._sharing.store.forget(self._sharing.subject, token.id)
            except GatewayError as error:
                self._sharing.tell(error)

    def _is_usable(self, token: SessionToken | StoredToken) -> bool:
        return self._sharing.clock() < token.usable_until

    def _found_or_made(self) -> SessionToken:
        until = time.monotonic() + self._sharing.patience
        while True:
            if (found := self._stored()) is not None:
                return found
            with self._sharing.locks.attempt(f"login:{self._sharing.subject}") as ours:
                if ours:
                    # Another process may have logged in since the last look.
                    return self._stored() or self._made()
            if time.monotonic() >= until:
                raise Unsent(WITHOUT_TOKEN, detail="another process logs in, and does not end")
            time.sleep(_LOOK_AGAIN)

    def _stored(self) -> SessionToken | None:
        """Return the stored token; None if there is none that can be used and read."""
        stored = self._sharing.store.read(self._sharing.subject)
        if stored is None or stored.id == self._refused or not self._is_usable(stored):
            return None
        try:
            return self._sharing.cipher.opened(stored)
        except GatewayError as error:
            self._tell(error)
            return None

    def _made(self) -> SessionToken:
        new = self._log_in()
        token = SessionToken(id=str(uuid4()), value=new.value, usable_until=new.usable_until)
        if not self._is_usable(token):
            detail = "the token had ended before it came: compare the clocks, and the profile's way to its end"
            raise Unsent(WITHOUT_TOKEN, detail=detail)
        try:
            self._sharing.store.keep(self._sharing.cipher.closed(self._sharing.subject, token), self._sharing.clock())
        except GatewayError as error:
            if error.scope is not ErrorScope.PART:
                raise
            self._tell(error)  # without a key it is this process's alone
        return token

    def _tell(self, error: GatewayError) -> None:
        if not self._told:
            self._told = True
            self._sharing.tell(error)
