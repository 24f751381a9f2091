"""Sending of queued mails. A server that is away delays them, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from gateway.mail.mail import Mail, MailServer
from gateway.mail.mail_store import MailStore
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport

BATCH: Final = 20
KEPT: Final = timedelta(days=30)
"""Time for which a mail's id is kept, so that it is not made again."""


def send_mails(store: MailStore, server: MailServer, clock: Clock, may_continue: MayContinue) -> PassReport:
    """Send due mails, in batches of one connection; give up those whose time was over before, unsent.

    A mail whose answer was lost is sent again, with the same Message-ID: it may come twice, and never not at all.
    """
    report = PassReport("mail")
    while may_continue() and (due := store.due(clock(), BATCH)):
        now = clock()
        if late := [each for each in due if each.until < now]:
            report.errors += _give_up(store, late)
            due = [each for each in due if each.until >= now]
        if not due:
            continue
        try:
            errors = server.send(due)
        except GatewayError as error:
            # Nothing could be tried. It all waits, without one attempt for each batch of a long queue.
            store.put([each.put_off(error, now) for each in due])
            report.errors.append(error)
            break
        store.put([_after(each, error, now) for each, error in zip(due, errors, strict=True)])
        report.counts["mails"] += sum(error is None for error in errors)
        report.errors += [error for error in errors if error is not None]
    store.forget(clock() - KEPT)
    _tell_standing(store, report)
    return report


def _give_up(store: MailStore, late: Sequence[Mail]) -> list[GatewayError]:
    """Give up mails whose time was over while no pass ran; return the last failures of those that were tried."""
    store.put([each.given_up(GatewayError(each.code or "mail.unreachable")) for each in late])
    count = Counter(each.code for each in late if each.code is not None)
    return [GatewayError(code, detail=f"{number} mails were given up") for code, number in sorted(count.items())]


def _after(mail: Mail, error: GatewayError | None, now: datetime) -> Mail:
    if error is None:
        return mail.sent()
    return mail.put_off(error, now) if error.entry.retry else mail.given_up(error)


def _tell_standing(store: MailStore, report: PassReport) -> None:
    """Report the trouble of mails that wait for their next attempt: between two attempts it is still there."""
    standing = store.standing()
    if standing.code is not None and not report.errors:
        report.errors.append(GatewayError(standing.code, detail=f"{standing.waiting} mails wait"))
