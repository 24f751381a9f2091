"""Mail to people: the server, the mailboxes that get alarms, and the run of the pass."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from adapters.composition.console.stored_alarms import stored_alarms
from adapters.composition.passes.shared_policies import time_limits
from adapters.mail.smtp_mail_server import SmtpMailServer
from adapters.mail.smtp_session import SmtpSettings
from adapters.settings import MailSection, host_and_port
from gateway.mail.alarm_mail import tell_alarms
from gateway.mail.digest import Morning, make_digests
from gateway.mail.mail_words import Wording
from gateway.mail.sending import send_mails
from gateway.overview.day_numbers import DayEnds, day_ends, with_deadlines
from gateway.reconciliation.limits import Limits
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_log = structlog.get_logger(__name__)

_AFTER_AN_ALARM = timedelta(minutes=5)


def mail_server(installation: Installation) -> SmtpMailServer:
    """Return the configured server. Raises `GatewayError` ``mail.none-configured``."""
    section = configured_mail(installation)
    host, port = host_and_port(section.server)
    settings = SmtpSettings(
        name="[mail]",
        host=host,
        port=port,
        security=section.security,
        user=section.user,
        password=partial(installation.folder.secret, section.password_file, code="mail.credentials"),
        anchors=None if section.anchors is None else installation.folder.path(section.anchors),
        timeout=section.timeout_seconds,
        loopback_only=installation.loopback_only,
    )
    return SmtpMailServer(settings, section.sender, section.language)


def configured_mail(installation: Installation) -> MailSection:
    """Return the section of mail. Raises `GatewayError` ``mail.none-configured`` if there is none."""
    if (section := installation.settings.mail) is None:
        raise GatewayError("mail.none-configured", where="[mail]")
    return section


def wording(installation: Installation) -> Wording:
    """Return the language of mails, and the address to which their links lead."""
    console = installation.settings.console
    return Wording(
        language=configured_mail(installation).language,
        gateway=installation.settings.gateway.name,
        console=console.public_url if console is not None else None,
    )


def alarm_mailboxes(installation: Installation) -> list[str]:
    """Return the mailboxes that get alarms: those of active persons by their roles, and those of the configuration."""
    section = configured_mail(installation)
    roles = frozenset(section.alarm_roles)
    persons = (each.person for each in installation.store().people.all())
    own = {each.address for each in persons if each.active and each.address and each.roles & roles}
    return sorted({*own, *section.alarm_mailboxes})


def quiet_after(installation: Installation) -> timedelta:
    """Return the time without an affirmation after which an alarm is over.

    After a restart a pass fails for ``alarm_after_seconds`` before its alarm begins anew.
    """
    return installation.settings.service.alarm_after_seconds + _AFTER_AN_ALARM


class MailRun:
    """Run of the pass ``mail``: make the mails that are due, then send all that wait."""

    def __init__(self, installation: Installation) -> None:
        section = configured_mail(installation)
        self._installation, self._section = installation, section
        self._server, self._wording = mail_server(installation), wording(installation)
        self._began_at = installation.clock()

    def __call__(self, may_continue: MayContinue) -> PassReport:
        installation, now = self._installation, self._installation.clock()
        mails = installation.store().mail
        self._began_at = min(self._began_at, now)  # the clock may have been set back
        made = tell_alarms(
            mails,
            alarm_mailboxes(installation),
            stored_alarms(installation, now),
            self._wording,
            now,
            quiet=quiet_after(installation),
            pause=timedelta(minutes=self._section.alarm_pause_minutes),
            began_at=self._began_at,
        )
        if self._section.digest:
            made += self._digests(now, may_continue)
        report = send_mails(mails, self._server, installation.clock, may_continue)
        report.counts += {"made": made} if made else {}
        return report

    def _digests(self, now: datetime, may_continue: MayContinue) -> int:
        store, limits = self._installation.store(), time_limits(self._installation.settings)
        morning = Morning(at=self._section.digest_at, weekdays=self._section.weekdays)
        ends = partial(self._day_ends, now, limits, may_continue)
        return make_digests(store, store.mail, morning, self._wording, now, ends)

    def _day_ends(self, now: datetime, limits: Limits, may_continue: MayContinue) -> DayEnds | None:
        """Read the numbers of the day, or None if that was broken off.

        Rules or a calendar that cannot be used leave out the deadlines alone.
        """
        store = self._installation.store()
        found = day_ends(store, now, limits, may_continue)
        if found is None:
            return None
        try:
            return with_deadlines(found, store, self._installation.laws().at(None))
        except GatewayError as error:
            _log.warning("the morning's mail has no deadlines", code=error.code)
            return found
