"""Sessions with a mail server: over TLS only, with a verified certificate, and bounded in time."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

from adapters.http.loopback import assert_private
from gateway.runtime.bilingual import Words
from gateway.runtime.plain_words import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Settings of a mail server. ``security`` is ``tls`` from the first octet on, or ``starttls``, which is then
    required. ``name`` is the server's in the configuration.

    Without ``anchors`` (a PEM file) those of the system apply. With a ``user`` it logs in, never before TLS.
    """

    name: str
    host: str
    port: int
    security: Literal["tls", "starttls"]
    user: str | None = None
    password: Callable[[], bytes | None] = lambda: None
    anchors: Path | None = None
    timeout: timedelta = timedelta(seconds=20)
    loopback_only: bool = False


class SmtpTrouble(StrEnum):
    """Kind of a failure of a session; an area of the error catalogue has a code for each."""

    UNREACHABLE = "unreachable"
    CREDENTIALS = "credentials"
    REFUSED = "refused"


class SmtpFailure(Exception):
    """Failure of a session. ``detail`` has no words of the server, since they may name a mailbox."""

    literal_name = "SmtpFailure"

    def __init__(self, trouble: SmtpTrouble, detail: str | Words) -> None:
        super().__init__(f"{trouble}: {detail.en if isinstance(detail, Words) else detail}")
        self.trouble, self.detail = trouble, detail


_NO_UTF_8: Final = Words(
    en="the password's file is not text in UTF-8: save it in UTF-8",
    fa="فایل گذرواژه متن UTF-8 نیست؛ آن را با کدگذاری UTF-8 ذخیره کنید",
)
_NO_ASCII: Final = Words(
    en="no login is possible with this user or password: it has letters or digits that are not ASCII",
    fa="ورود با این نام کاربری یا گذرواژه ممکن نیست: حرف یا رقمی دارد که لاتین (ASCII) نیست",
)


@contextmanager
def smtp_session(settings: SmtpSettings) -> Iterator[smtplib.SMTP]:
    """Connect, log in, and end the session with its user.

    Raises `SmtpFailure`, also for errors of smtplib that its user lets pass; `gateway.runtime.errors.GatewayError`
    ``config.endpoint`` if development may not reach the server; also errors of ``settings.password``.
    """
    host = settings.host
    url = f"https://{f'[{host}]' if ':' in host else host}/"  # as private as https: TLS is never left out
    assert_private(url, settings.name, loopback_only=settings.loopback_only)
    try:
        server = _connected(settings)
        try:
            if settings.user is not None:
                _log_in(server, settings.user, settings.password())
            yield server
        finally:
            # Everything that was to be said is said; a server that does not answer the farewell changes nothing.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()
    except smtplib.SMTPAuthenticationError as error:
        raise SmtpFailure(SmtpTrouble.CREDENTIALS, f"SMTP {error.smtp_code}") from error
    except (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected, smtplib.SMTPHeloError) as error:
        raise SmtpFailure(SmtpTrouble.UNREACHABLE, words_of(error)) from error
    except smtplib.SMTPException as error:
        raise SmtpFailure(SmtpTrouble.REFUSED, codes_of(error)) from error
    except OSError as error:
        raise SmtpFailure(SmtpTrouble.UNREACHABLE, words_of(error)) from error


def codes_of(error: smtplib.SMTPException) -> str:
    """Return the server's response as numbers: its words may name a mailbox."""
    match error:
        case smtplib.SMTPResponseException(smtp_code=code):
            return f"SMTP {code}"
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return ", ".join(sorted({f"SMTP {code}" for code, _ in refused.values()}))
        case _:
            return words_of(error)


def _log_in(server: smtplib.SMTP, user: str, password: bytes | None) -> None:
    # Errors of UTF-8 and ASCII hold the password: they are left out of the failure.
    try:
        known = password.decode() if password is not None else ""
    except UnicodeError:
        raise SmtpFailure(SmtpTrouble.CREDENTIALS, _NO_UTF_8) from None
    try:
        server.login(user, known)
    except UnicodeError:
        raise SmtpFailure(SmtpTrouble.CREDENTIALS, _NO_ASCII) from None
    except smtplib.SMTPServerDisconnected as error:
        # Some servers hang up after a wrong password, or after one for each mechanism.
        raise SmtpFailure(SmtpTrouble.CREDENTIALS, "the server hung up while we logged in") from error


def _connected(settings: SmtpSettings) -> smtplib.SMTP:
    context, timeout = _context(settings), settings.timeout.total_seconds()
    if settings.security == "tls":
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=timeout, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=timeout)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _context(settings: SmtpSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.anchors)
    except OSError as error:  # an SSLError is one
        raise SmtpFailure(SmtpTrouble.CREDENTIALS, str(settings.anchors)) from error
