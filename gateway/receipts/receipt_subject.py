"""Subject of a receipt: the notice and the seal that it is about.

A notice that was admitted again after a loss has a new seal, which no receipt of the earlier sending names. Its
tracking number does. After a person's decision no number is awaited, and the reference suffices; nor while a person
is to decide on a notice that nobody can ask about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.notice.profile_version import profile_digest
from gateway.receipts.plausibility import Window
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery
from gateway.store.waiting_receipt import ARCHIVE_AWAY, EARLY
from gateway.trust.trust_policy import About, AboutForgotten, AboutNumber, Judgement, Rejection, Statement

_DECIDED: Final = frozenset({DeliveryState.SUBMITTED, DeliveryState.WITHDRAWN})
"""States in which a notice without a number gets none any more: a person decided."""

_GONE: Final = frozenset({"retention.deleted", "store.payload-missing"})

IssueDay = Callable[[bytes], date | None]
"""Returns the day on which the paper in a sealed notice was issued; None if these octets do not tell it."""


def no_issue_day(_: bytes) -> None:
    """Return None: nobody reads sealed notices here."""
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSubjects:
    """Checks what receipts are about. ``recoveries`` are all of the store's; clocks may differ by ``skew``.

    ``sent`` are the times of the first sending of notices, by reference. ``issue_day`` reads sealed notices.
    """

    store: Store
    recoveries: Sequence[Recovery]
    sent: Mapping[str, datetime]
    skew: timedelta
    issue_day: IssueDay = no_issue_day

    def check(self, entry: OutboxEntry, judgement: Judgement, *, is_stored: bool) -> list[str]:
        """Return the passed checks of a receipt about this notice.

        ``is_stored``: it was accepted before, and the records of what was sent are not read once more. Raises
        `GatewayError` if it is about another one, or cannot be judged yet (`EARLY`, `ARCHIVE_AWAY`). The judge has
        already decided if a receipt may name no seal.
        """
        facts = judgement.facts
        if "SealDigest" not in facts.claims:
            if not is_stored:
                self._assert_may_name_none(entry, judgement)
            return self._check_number(entry, judgement)
        if facts.claims["SealDigest"] == entry.seal_digest or not self._may_have_other_seal(entry):
            return About(entry.reference, entry.seal_digest).check(facts)
        if entry.tracking_number is None and not _gets_no_number(entry):
            raise GatewayError(EARLY, where=entry.reference)
        return AboutForgotten(reference=entry.reference, tracking_number=entry.tracking_number).check(facts)

    def window(self, entry: OutboxEntry, facts: Statement, now: datetime) -> Window:
        """Return the window of plausible times for the event of a receipt about this notice."""
        sent_at = self.sent.get(entry.reference, entry.admitted_at)
        if any(recovery.since >= entry.admitted_at for recovery in self.recoveries):
            # Sendings since the backup are forgotten; the time of admission is not.
            sent_at = entry.admitted_at
        if facts.claims.get("SealDigest") != entry.seal_digest and self._may_have_other_seal(entry):
            window = Window(sent_at=None, signed_at=facts.signed_at, now=now, skew=self.skew)
            return self._since_issue(window, entry)
        return Window(sent_at=sent_at, signed_at=facts.signed_at, now=now, skew=self.skew)

    def _since_issue(self, window: Window, entry: OutboxEntry) -> Window:
        """Return the window with the day on which the notice's paper was issued, or with the error of the archive."""
        try:
            return replace(window, issued_on=self.issue_day(self.store.evidence.payload(entry.seal_digest)))
        except GatewayError as error:
            if _is_of_archive(error):
                return replace(window, unread=error)
            if error.code not in _GONE:
                raise
            return window

    def _assert_may_name_none(self, entry: OutboxEntry, judgement: Judgement) -> None:
        """Refuse a receipt in an earlier format without a seal, unless that format's profile sent its notice."""
        if not judgement.is_earlier or judgement.profile is None:
            return
        try:
            headers = [Header.of(row.header) for row in self.store.evidence.of_notice(entry.reference)]
        except GatewayError as error:
            if not _is_of_archive(error):
                raise
            # Whoever names another number is refused without the archive.
            self._check_number(entry, judgement)
            raise GatewayError(ARCHIVE_AWAY, where=entry.reference, detail=error.code) from error
        sent = {profile_digest(each.context) for each in headers if each.kind is EvidenceKind.MESSAGE_SENT}
        if judgement.profile.digest not in sent:
            raise Rejection("verify.about", where=entry.reference, detail="it names no seal, and one was sent")

    def _check_number(self, entry: OutboxEntry, judgement: Judgement) -> list[str]:
        """Judge the tracking number; wait for it while the response to the submission is outstanding.

        The reference alone ends a doubt, before the notice could be sent again, and also suffices after a person's
        decision.
        """
        not_sent = entry.attempts == 0 and not _gets_no_number(entry)
        if entry.tracking_number is None and (entry.state is DeliveryState.SENDING or not_sent):
            raise GatewayError(EARLY, where=entry.reference)
        about = AboutNumber(reference=entry.reference, tracking_number=entry.tracking_number, mark=judgement.unnamed)
        return about.check(judgement.facts)

    def _may_have_other_seal(self, entry: OutboxEntry) -> bool:
        """Return True if a loss may have forgotten another seal of a notice, which was sent.

        Neither beginning nor end of a recovery is a limit. The clock of the gateway that noticed the loss may be wrong,
        and a row may come back whenever it will. Nothing that was sent for this notice here can have arrived, and the
        judiciary signed that something did.
        """
        return bool(self.recoveries) and not self._may_have_arrived(entry)

    def _may_have_arrived(self, entry: OutboxEntry) -> bool:
        """Return True if a message of this store may have brought the notice.

        None did if each attempt ended in a deferral: no message could be made, or the judiciary took none.
        """
        steps = [step.event for step in self.store.notices.history(entry.reference)] if entry.attempts else []
        return any(
            event is DeliveryEvent.CLAIM and following is not DeliveryEvent.DEFERRAL
            for event, following in pairwise([*steps, None])
        )


def _is_of_archive(error: GatewayError) -> bool:
    """Return True if the archive cannot be read now, and the store can.

    One receipt that needs it must not hold back all others.
    """
    return error.scope is ErrorScope.PART


def _gets_no_number(entry: OutboxEntry) -> bool:
    """Return True if no answer will tell the tracking number: a person decided, or nobody can ask.

    After answers that prove absence a person decides which of the judiciary's words is wrong.
    """
    if entry.state in _DECIDED:
        return True
    return entry.state is DeliveryState.IN_DOUBT and entry.due_at is None and not entry.absences
