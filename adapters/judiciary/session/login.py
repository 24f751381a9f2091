"""Login by an operation of the service's own contract. Its messages are no evidence: they hold the password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic

from adapters.crypto.message.credentials import Credentials
from adapters.judiciary.call_context import new_call
from adapters.judiciary.channel import Unsent
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.operations import LOGIN
from adapters.judiciary.session.shared_token import WITHOUT_TOKEN
from adapters.judiciary.transmission import Transmission
from adapters.judiciary.wire import Content, Wire
from gateway.judiciary.courier import CallFailed
from gateway.judiciary.session_token import NewToken
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError

_MAX_TOKEN = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginCall(Generic[Content]):
    """Login. ``lifetime`` is that of a token whose end the answer does not tell.

    With ``in_header`` the token must be able to stand in an HTTP header.
    """

    wire: Wire[Content]
    contract: MappedContract[Content]
    transmission: Transmission[Content]
    user: Credentials
    clock: Clock
    lifetime: timedelta | None = None
    in_header: bool = False

    def log_in(self) -> NewToken:
        """Return a new token.

        Raises `Unsent`: ``courier.credentials`` with the service's words if it refuses our user name or password,
        ``courier.busy``, or else `WITHOUT_TOKEN` or the failure of the connection. No error repeats a secret.
        """
        call = new_call(self.clock())
        try:
            content = self.contract.login(self.user.username, self.user.password.decode(), call)
            signed = self.wire.sign(LOGIN, call.id, content, call.now)
            _, heard = self.transmission.ask(signed.wire, LOGIN, call.id)
            if heard.fault is not None:
                code = self.transmission.failed_by(heard.fault) or WITHOUT_TOKEN
                raise CallFailed(code, where=LOGIN, detail=heard.fault.shown, retry_after=heard.wait)
            assert heard.answer is not None
            token, ends_at = self.contract.session(heard.answer, call)
        except (GatewayError, UnicodeDecodeError) as failed:
            # Its octets are kept nowhere, and an exception that it came from could quote them.
            raise _unsent(failed) from None
        if not token or len(token) > _MAX_TOKEN or (self.in_header and not _is_header_value(token)):
            detail = "its answer has no token" if not token else "the token is too long, or no value of a header"
            raise Unsent(WITHOUT_TOKEN, where=LOGIN, detail=detail)
        if ends_at is None:
            if self.lifetime is None:
                raise Unsent(WITHOUT_TOKEN, where=LOGIN, detail="its answer tells no end of the token")
            ends_at = call.now + self.lifetime
        return NewToken(value=token, asked_at=call.now, ends_at=ends_at)


def _unsent(failed: GatewayError | UnicodeDecodeError) -> Unsent:
    """Return the failure of a login as that of the call after it, of which nothing was sent."""
    match failed:
        case CallFailed():
            code = WITHOUT_TOKEN if failed.code == "courier.no-answer" else failed.code
            return Unsent(code, where=failed.where, detail=failed.detail, retry_after=failed.retry_after)
        case GatewayError() if failed.scope is ErrorScope.ROW:
            # A mapping of the login does not fit; its words could quote a value.
            return Unsent(WITHOUT_TOKEN, where=LOGIN, detail=f"{failed.where}: {failed.code}")
        case GatewayError():
            return Unsent(failed.code, where=failed.where, detail=failed.detail)
        case _:
            return Unsent(WITHOUT_TOKEN, where=LOGIN, detail="the password is no text in UTF-8")


def _is_header_value(token: str) -> bool:
    return token.isascii() and token.isprintable() and not set(token) & set(' ",;\\')
