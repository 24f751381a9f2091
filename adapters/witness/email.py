"""Witness by email: each checkpoint is a mail of its own, over TLS, that its reader keeps.

A mail cannot be taken back, nor read again from here. After a lost answer it is sent again with the same Message-ID, so
that mailboxes that know it keep it once.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Literal

from adapters.http.loopback import assert_private
from gateway.archive.witnessing import Letter
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

_TEXT: Final = """\
این نامه را نگه دارید.
پیوست، نقطه وارسی بایگانی ابلاغیه‌هاست: امضای درگاه بر {size} رکورد نخست. دادهٔ شخصی در آن نیست.
هر کس آن را بیرون از دسترس گردانندگان درگاه نگه دارد، بعدها می‌تواند نشان دهد که هیچ رکوردی
تغییر نکرده یا حذف نشده است:

    archive verify … --checkpoint {file}

پیوست دیگر (proof)، اگر باشد، نشان می‌دهد که این نقطه دنباله نقطه پیشین است: archive consistency … --proof

Keep this mail.
Attached is a checkpoint of the archive {origin}: the gateway's signature on its first {size} records.
It holds nothing of a person. Whoever keeps it out of reach of those who run the gateway can show later
that no record was changed or removed. A second file (proof), if there is one, shows that it goes on from the
checkpoint before it: archive consistency … --proof
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    """Settings of a mailbox. ``security`` is ``tls`` from the first octet on, or ``starttls``, which is then required.

    Without ``anchors`` (a PEM file) those of the system apply. With a ``user`` it logs in, never before TLS.
    """

    name: str
    host: str
    port: int
    security: Literal["tls", "starttls"]
    sender: str
    recipient: str
    user: str | None = None
    password: Callable[[], bytes | None] = lambda: None
    anchors: Path | None = None
    timeout: timedelta = timedelta(seconds=20)
    loopback_only: bool = False


class EmailWitness:
    """Implementation of `gateway.archive.witnessing.Witness` by a mailbox."""

    def __init__(self, settings: EmailSettings, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    @property
    def name(self) -> str:
        return self._settings.name

    def notes(self) -> Sequence[bytes]:
        """Return nothing: a mailbox cannot be read from here."""
        return ()

    def hand_over(self, letter: Letter) -> None:
        message = self._message(letter)
        self._with_server(lambda server: server.send_message(message))

    def check(self) -> str:
        """Connect, log in and disconnect."""
        self._with_server(lambda server: server.noop())
        return f"{self._settings.host} lets us in"

    def _message(self, letter: Letter) -> EmailMessage:
        file = f"checkpoint-{letter.size:012d}.note"
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = self._settings.sender, self._settings.recipient
        message["Subject"] = f"نقطه وارسی بایگانی · checkpoint {letter.size} of {letter.origin}"
        digest = hashlib.sha256(letter.note).hexdigest()[:32]
        message["Message-ID"] = f"<checkpoint-{letter.size}-{digest}@{self._settings.sender.rpartition('@')[2]}>"
        message["Date"] = format_datetime(self._clock())
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_TEXT.format(size=letter.size, origin=letter.origin, file=file), cte="base64")
        message.add_attachment(letter.note, maintype="application", subtype="octet-stream", filename=file)
        if (proof := letter.proof) is not None:
            between = f"checkpoint-{proof.old:012d}-to-{proof.new:012d}.proof"
            message.add_attachment(proof.octets, maintype="application", subtype="octet-stream", filename=between)
        return message

    def _with_server(self, ask: Callable[[smtplib.SMTP], object]) -> None:
        host = self._settings.host
        url = f"https://{f'[{host}]' if ':' in host else host}/"  # as private as https: TLS is never left out
        assert_private(url, self.name, loopback_only=self._settings.loopback_only)
        try:
            with self._connected() as server:
                self._log_in(server)
                ask(server)
        except smtplib.SMTPAuthenticationError as error:
            raise GatewayError("witness.credentials", where=self.name, detail=f"SMTP {error.smtp_code}") from error
        except (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected, smtplib.SMTPHeloError) as error:
            raise GatewayError("witness.unreachable", where=self.name, detail=words_of(error)) from error
        except smtplib.SMTPException as error:
            raise GatewayError("witness.refused", where=self.name, detail=_code(error)) from error
        except OSError as error:
            raise GatewayError("witness.unreachable", where=self.name, detail=words_of(error)) from error

    def _connected(self) -> smtplib.SMTP:
        known, context = self._settings, self._context()
        timeout = known.timeout.total_seconds()
        if known.security == "tls":
            return smtplib.SMTP_SSL(known.host, known.port, timeout=timeout, context=context)
        server = smtplib.SMTP(known.host, known.port, timeout=timeout)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._settings.anchors)
        except OSError as error:  # an SSLError is one
            raise GatewayError("witness.credentials", where=self.name, detail=str(self._settings.anchors)) from error

    def _log_in(self, server: smtplib.SMTP) -> None:
        user, password = self._settings.user, self._settings.password()
        if user is not None:
            server.login(user, password.decode() if password is not None else "")


def _code(error: smtplib.SMTPException) -> str:
    """Return the server's response as a number: its words may name a mailbox."""
    match error:
        case smtplib.SMTPResponseException(smtp_code=code):
            return f"SMTP {code}"
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return ", ".join(sorted({f"SMTP {code}" for code, _ in refused.values()}))
        case _:
            return words_of(error)
