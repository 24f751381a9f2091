"""`gateway.mail.mail_store.MailStore` on SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, func, literal, or_, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.schema.mail_tables import alarm, mail
from adapters.storage.schema.row_conversion import parts, values_of
from gateway.mail.alarm import GAP, Alarm
from gateway.mail.mail import LONGEST_WAIT, Mail, MailStanding


class SqlMailStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def affirm(self, alarms: Mapping[str, str], at: datetime) -> None:
        if alarms:
            self._database.write(lambda c: _affirm(c, alarms, at))

    def close_quiet(self, now: datetime, quiet: timedelta) -> None:
        def work(connection: Connection) -> None:
            stands = update(alarm).where(alarm.c.over_at.is_(None))
            connection.execute(stands.where(alarm.c.seen_at > now + quiet).values(seen_at=now))
            connection.execute(stands.where(alarm.c.seen_at < now - quiet).values(over_at=alarm.c.seen_at))

        self._database.write(work)

    def present(self, since: datetime) -> list[Alarm]:
        query = select(alarm).where(alarm.c.over_at.is_(None), alarm.c.seen_at >= since)
        query = query.order_by(alarm.c.name, alarm.c.code)
        return [Alarm(**row._mapping) for row in self._database.read(lambda c: c.execute(query).all())]

    def untold(self) -> list[Alarm]:
        ended = alarm.c.over_at.is_not(None) & alarm.c.end_told_at.is_(None)
        query = select(alarm).where(or_(alarm.c.begin_told_at.is_(None), ended))
        query = query.order_by(alarm.c.began_at, alarm.c.name, alarm.c.code)
        return [Alarm(**row._mapping) for row in self._database.read(lambda c: c.execute(query).all())]

    def leave_untold(self, before: datetime) -> None:
        last = alarm.c.seen_at
        statement = update(alarm).where(last < before, alarm.c.begin_told_at.is_(None))
        statement = statement.values(over_at=last, begin_told_at=last, end_told_at=last)
        self._database.write(lambda c: c.execute(statement))

    def told_at(self, before: datetime) -> datetime | None:
        def read(connection: Connection) -> datetime | None:
            columns = (alarm.c.begin_told_at, alarm.c.end_told_at)
            last = [connection.scalar(select(func.max(at, type_=at.type)).where(at < before)) for at in columns]
            return max((at for at in last if at is not None), default=None)

        return self._database.read(read)

    def known(self, ids: Collection[str]) -> set[str]:
        def read(connection: Connection) -> set[str]:
            return {
                id for part in parts(ids) for id in connection.scalars(select(mail.c.id).where(mail.c.id.in_(part)))
            }

        return self._database.read(read)

    def queue(self, mails: Sequence[Mail], *, told: Sequence[Alarm] = (), at: datetime) -> None:
        def work(connection: Connection) -> None:
            insert_new(connection, mail, [values_of(each, mail) for each in mails])
            for each in told:
                _tell(connection, each, at)

        self._database.write(work)

    def due(self, now: datetime, limit: int) -> list[Mail]:
        wrong = mail.c.due_at > now + LONGEST_WAIT
        query = select(mail).where(mail.c.due_at.is_not(None), or_(mail.c.due_at <= now, wrong))
        query = query.order_by(mail.c.due_at, mail.c.id).limit(limit)
        return [Mail(**row._mapping) for row in self._database.read(lambda c: c.execute(query).all())]

    def put(self, mails: Sequence[Mail]) -> None:
        def work(connection: Connection) -> None:
            for each in mails:
                connection.execute(update(mail).where(mail.c.id == each.id).values(values_of(each, mail)))

        self._database.write(work)

    def standing(self) -> MailStanding:
        def read(connection: Connection) -> MailStanding:
            waits = mail.c.due_at.is_not(None)
            oldest = func.min(mail.c.made_at, type_=mail.c.made_at.type)
            count, since = connection.execute(select(func.count(), oldest).where(waits)).one()
            failed = select(mail.c.code).where(waits, mail.c.code.is_not(None)).order_by(mail.c.due_at.desc()).limit(1)
            given_up = select(func.count()).where(mail.c.due_at.is_(None), mail.c.code.is_not(None))
            return MailStanding(
                waiting=count,
                oldest=since,
                code=connection.scalar(failed),
                given_up=connection.scalar(given_up) or 0,
            )

        return self._database.read(read)

    def forget(self, before: datetime) -> None:
        def work(connection: Connection) -> None:
            connection.execute(delete(mail).where(mail.c.due_at.is_(None), mail.c.made_at < before))
            connection.execute(delete(alarm).where(alarm.c.end_told_at.is_not(None), alarm.c.over_at < before))

        self._database.write(work)


def _affirm(connection: Connection, alarms: Mapping[str, str], at: datetime) -> None:
    for name, code in sorted(alarms.items()):
        same = alarm.c.name == name, alarm.c.code == code, alarm.c.over_at.is_(None)
        # A repetition of this statement finds the time that it wrote, and counts nothing more.
        again = case((alarm.c.seen_at < at - GAP, alarm.c.times + 1), else_=alarm.c.times)
        seen = case((alarm.c.seen_at < at, literal(at, alarm.c.seen_at.type)), else_=alarm.c.seen_at)
        if not connection.execute(update(alarm).where(*same).values(times=again, seen_at=seen)).rowcount:
            new = Alarm(name=name, code=code, began_at=at, seen_at=at)
            insert_new(connection, alarm, [values_of(new, alarm)])


def _tell(connection: Connection, told: Alarm, at: datetime) -> None:
    """Record that an alarm is told. Its end is told only if it was over when the mail was made."""
    same = alarm.c.name == told.name, alarm.c.code == told.code, alarm.c.began_at == told.began_at
    columns = [alarm.c.begin_told_at, *([alarm.c.end_told_at] if told.over_at is not None else [])]
    for column in columns:
        connection.execute(update(alarm).where(*same, column.is_(None)).values({column.name: at}))
