"""Tables of mail to people: alarms with what was told of them, and mails with their sending.

A row of ``mail`` stays for a while after its mail was sent, without recipient and text, so that none is made twice.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table

from adapters.storage.engine.column_types import Moment, Text
from adapters.storage.engine.metadata import METADATA, partial

alarm = Table(
    "alarm",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("began_at", Moment, primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Column("times", Integer, nullable=False),
    Column("over_at", Moment),
    Column("begin_told_at", Moment),
    Column("end_told_at", Moment),
)
"""`gateway.mail.alarm.Alarm`."""
# Two processes that see one alarm begin at the same time make one row.
partial("ix_alarm_open", alarm.c.name, alarm.c.code, where="over_at IS NULL", unique=True)

mail = Table(
    "mail",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("due_at", Moment),
    Column("attempts", Integer, nullable=False),
    Column("code", Text),
)
"""`gateway.mail.mail.Mail`."""
partial("ix_mail_due", mail.c.due_at, where="due_at IS NOT NULL")
Index("ix_mail_made", mail.c.made_at)
