"""Alarms, with what was told of them, and mails to people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.mail.alarm import GAP, Alarm
from gateway.mail.mail import LONGEST_WAIT, Mail, MailStanding

from ..database import SimulatedDatabase
from ..session import Session, reading, writing


class SimulatedMail:
    """Implement `gateway.mail.mail_store.MailStore`."""

    port = "mail"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    def affirm(self, alarms: Mapping[str, str], at: datetime) -> None:
        if alarms:
            self._affirm(alarms, at)

    @writing
    def close_quiet(self, now: datetime, quiet: timedelta) -> None:
        for alarm in [each for each in self._database.alarm.values() if each.over_at is None]:
            if alarm.seen_at > now + quiet:
                self._put(replace(alarm, seen_at=now))
            elif alarm.seen_at < now - quiet:
                self._put(replace(alarm, over_at=alarm.seen_at))

    @reading
    def present(self, since: datetime) -> list[Alarm]:
        found = [each for each in self._database.alarm.values() if each.over_at is None and each.seen_at >= since]
        return sorted(found, key=lambda alarm: (alarm.name, alarm.code))

    @reading
    def untold(self) -> list[Alarm]:
        found = [
            alarm
            for alarm in self._database.alarm.values()
            if alarm.begin_told_at is None or (alarm.over_at is not None and alarm.end_told_at is None)
        ]
        return sorted(found, key=lambda alarm: (alarm.began_at, alarm.name, alarm.code))

    @writing
    def leave_untold(self, before: datetime) -> None:
        for alarm in list(self._database.alarm.values()):
            if alarm.begin_told_at is None and alarm.seen_at < before:
                last = alarm.seen_at
                self._put(replace(alarm, over_at=last, begin_told_at=last, end_told_at=last))

    @reading
    def told_at(self, before: datetime) -> datetime | None:
        times = [at for alarm in self._database.alarm.values() for at in (alarm.begin_told_at, alarm.end_told_at)]
        return max((at for at in times if at is not None and at < before), default=None)

    @reading
    def known(self, ids: Collection[str]) -> set[str]:
        return {id for id in ids if id in self._database.mail}

    @writing
    def queue(self, mails: Sequence[Mail], *, told: Sequence[Alarm] = (), at: datetime) -> None:
        for mail in mails:
            self._database.mail.insert(mail.id, mail)
        for alarm in told:
            self._tell(alarm, at)

    @reading
    def due(self, now: datetime, limit: int) -> list[Mail]:
        waiting = [(mail.due_at, mail.id, mail) for mail in self._waiting() if mail.due_at is not None]
        due = [each for each in sorted(waiting, key=lambda each: each[:2]) if not now < each[0] <= now + LONGEST_WAIT]
        return [mail for _, _, mail in due][:limit]

    @writing
    def put(self, mails: Sequence[Mail]) -> None:
        for mail in mails:
            if mail.id in self._database.mail:
                self._database.mail.put(mail.id, mail)

    @reading
    def standing(self) -> MailStanding:
        waiting = self._waiting()
        failed = [(mail.due_at, mail.code) for mail in waiting if mail.due_at is not None and mail.code is not None]
        given_up = [m for m in self._database.mail.values() if m.due_at is None and m.code is not None]
        return MailStanding(
            waiting=len(waiting),
            oldest=min((mail.made_at for mail in waiting), default=None),
            code=max(failed)[1] if failed else None,
            given_up=len(given_up),
        )

    @writing
    def forget(self, before: datetime) -> None:
        for mail in list(self._database.mail.values()):
            if mail.due_at is None and mail.made_at < before:
                self._database.mail.drop(mail.id)
        for alarm in list(self._database.alarm.values()):
            if alarm.end_told_at is not None and alarm.over_at is not None and alarm.over_at < before:
                self._database.alarm.drop((alarm.name, alarm.code, alarm.began_at))

    @writing
    def _affirm(self, alarms: Mapping[str, str], at: datetime) -> None:
        for name, code in sorted(alarms.items()):
            known = self._database.alarm.find("open", (name, code))
            for alarm in known:
                again = alarm.times + (alarm.seen_at < at - GAP)
                self._put(replace(alarm, times=again, seen_at=max(alarm.seen_at, at)))
            if not known:
                _begin(self._database, Alarm(name=name, code=code, began_at=at, seen_at=at))

    def _tell(self, told: Alarm, at: datetime) -> None:
        """Record that an alarm is told. Its end is told only if it was over when the mail was made."""
        alarm = self._database.alarm.get((told.name, told.code, told.began_at))
        if alarm is not None:
            ended = at if told.over_at is not None else None
            begun = alarm.begin_told_at or at
            self._put(replace(alarm, begin_told_at=begun, end_told_at=alarm.end_told_at or ended))

    def _put(self, alarm: Alarm) -> None:
        self._database.alarm.put((alarm.name, alarm.code, alarm.began_at), alarm)

    def _waiting(self) -> list[Mail]:
        return self._database.mail.find("due", True)


def _begin(database: SimulatedDatabase, alarm: Alarm) -> None:
    database.alarm.insert((alarm.name, alarm.code, alarm.began_at), alarm)
