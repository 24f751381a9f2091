"""Witness by email: each checkpoint is a mail of its own, over TLS, that its reader keeps.

A mail cannot be taken back, nor read again from here. After a lost answer it is sent again with the same Message-ID, so
that mailboxes that know it keep it once.
"""

from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from adapters.mail.smtp_session import SmtpFailure, SmtpSettings, smtp_session
from gateway.archive.witnessing import Letter
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError

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
class EmailSettings(SmtpSettings):
    """Settings of a mailbox: those of the server that takes mail for it, and the two addresses."""

    sender: str
    recipient: str


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
        try:
            with smtp_session(self._settings) as server:
                ask(server)
        except SmtpFailure as failure:
            raise GatewayError(f"witness.{failure.trouble}", where=self.name, detail=failure.detail) from failure
