"""`gateway.mail.mail.MailServer` by SMTP: plain text in UTF-8, one mail for each mailbox."""

from __future__ import annotations

import hashlib
import smtplib
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from adapters.mail.smtp_session import SmtpFailure, SmtpSettings, SmtpTrouble, codes_of, smtp_session
from gateway.mail.mail import Mail
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of


class SmtpMailServer:
    """Mail server of the settings; ``sender`` is the mailbox that mails come from."""

    def __init__(self, settings: SmtpSettings, sender: str, language: str) -> None:
        self._settings, self._sender, self._language = settings, sender, language

    def send(self, mails: Sequence[Mail]) -> list[GatewayError | None]:
        found: list[GatewayError | None] = []
        try:
            with smtp_session(self._settings) as server:
                for mail in mails:
                    found.append(self._sent(server, mail))
                    if found[-1] is not None and found[-1].code == "mail.unreachable":
                        break  # the rest is not tried over a connection that is gone
        except SmtpFailure as failure:
            raise self._error(failure) from failure
        lost = [found[-1]] * (len(mails) - len(found)) if found else []
        return [*found, *lost]

    def check(self) -> str:
        """Connect, log in and disconnect. Raises `GatewayError` as `send`."""
        try:
            with smtp_session(self._settings) as server:
                server.noop()
        except SmtpFailure as failure:
            raise self._error(failure) from failure
        return f"{self._settings.host} lets us in"

    def message(self, mail: Mail) -> EmailMessage:
        """Return a mail as it is sent. The header classes of `email` refuse line breaks in values."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = self._sender, mail.recipient
        message["Subject"] = mail.subject
        digest = hashlib.sha256(mail.id.encode()).hexdigest()[:32]
        message["Message-ID"] = f"<{digest}@{self._sender.rpartition('@')[2]}>"
        message["Date"] = format_datetime(mail.made_at)
        message["Content-Language"] = self._language
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(mail.text, cte="base64")
        return message

    def _error(self, failure: SmtpFailure) -> GatewayError:
        """Return the error of a whole session: one that was refused may be taken later."""
        refused = failure.trouble is SmtpTrouble.REFUSED
        code = "mail.deferred" if refused else f"mail.{failure.trouble}"
        return GatewayError(code, where=self._settings.name, detail=failure.detail)

    def _sent(self, server: smtplib.SMTP, mail: Mail) -> GatewayError | None:
        """Send one mail; return its error. A lost answer counts as not sent: the mail may come twice."""
        where = self._settings.name
        try:
            server.send_message(self.message(mail), self._sender, [mail.recipient])
        except smtplib.SMTPServerDisconnected as error:
            return GatewayError("mail.unreachable", where=where, detail=words_of(error))
        except smtplib.SMTPException as error:
            code = "mail.refused" if _is_final(error) else "mail.deferred"
            return GatewayError(code, where=where, detail=codes_of(error))
        except OSError as error:
            return GatewayError("mail.unreachable", where=where, detail=words_of(error))
        return None


def _is_final(error: smtplib.SMTPException) -> bool:
    """Return True if a later attempt cannot help (RFC 5321, 4.2.1: a reply of 500 to 599)."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return all(code >= 500 for code, _ in refused.values())
        case smtplib.SMTPSenderRefused() | smtplib.SMTPHeloError():
            return False  # about us, and not about this mail: the operator corrects it
        case smtplib.SMTPResponseException(smtp_code=code):
            return code >= 500
        case _:
            return False
