"""Real mail servers for tests: aiosmtpd with TLS, on this machine, which keep what they took."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class PostOffice:
    """Mail server. ``answers`` maps RCPT or DATA to the answers to the next of them; ``cut_after_data`` ends so many
    connections after a mail was taken and before the answer. ``password`` is wanted of the user ``eblagh``, if any.
    """

    port: int = 0
    password: str | None = None
    answers: dict[str, list[str]] = field(default_factory=dict)
    cut_after_data: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    in_tls: list[bool] = field(default_factory=list)

    def text(self, number: int = -1) -> str:
        """Return the text of a mail."""
        found: str = self.mails[number].get_content()
        return found.replace("\r\n", "\n")

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password.decode()) == (b"eblagh", self.password)
        return AuthResult(success=good)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if waiting := self.answers.get("RCPT"):
            return waiting.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if waiting := self.answers.get("DATA"):
            return waiting.pop(0)
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        self.recipients += envelope.rcpt_tos
        self.senders.append(envelope.mail_from or "")
        assert server.transport is not None
        self.in_tls.append(server.transport.get_extra_info("ssl_object") is not None)
        if self.cut_after_data:
            self.cut_after_data -= 1
            server.transport.abort()
        return "250 taken"


@contextmanager
def serving(context: ssl.SSLContext, *, implicit: bool = False, password: str | None = None) -> Iterator[PostOffice]:
    """Serve STARTTLS, or with ``implicit`` TLS from the first octet on."""
    office = PostOffice(password=password)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        office.port = free.getsockname()[1]
    tls: dict[str, Any] = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=office.port,
        authenticator=office.authenticate,
        auth_required=password is not None,
        auth_require_tls=not implicit,
        **tls,
    )
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
