"""Certificates in use: the days that are left, and the step that one needs which ends soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.overview.dates_in_words import day, number
from gateway.overview.next_step import Need, NextStep
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import Actor, GatewayError

EXPIRES_SOON: Final = timedelta(days=30)
"""Time before the end of a certificate from which on a person is informed."""

OF_JUDICIARY: Final = "judiciary"
"""Beginning of the uses of certificates that the judiciary renews."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateLine:
    """Certificate: its ``use`` (transport, seal CODE, judiciary messages FILE …) and its validity, aware and UTC.

    The times are None if it cannot be read; then ``error`` says why.
    """

    use: str
    not_before: datetime | None = None
    not_after: datetime | None = None
    error: GatewayError | None = None

    def days_left(self, now: datetime) -> int | None:
        """Return the whole days until its end, below 0 after it; None if it cannot be read."""
        return None if self.not_after is None else (self.not_after - now) // timedelta(days=1)

    def state(self, now: datetime) -> Words:
        """Return its validity in words."""
        if self.not_after is None or self.not_before is None:
            entry = self.error.entry if self.error else None
            return Words(en=entry.en, fa=entry.fa) if entry else Words(en="not read", fa="خوانده نشده است")
        if now < self.not_before:
            begins = day(self.not_before)
            return Words(en=f"not valid before {begins.en}", fa=f"پیش از {begins.fa} معتبر نیست")
        ends, left = day(self.not_after), self.not_after - now
        if left < timedelta():
            return Words(en=f"ended on {ends.en}", fa=f"اعتبار آن در {ends.fa} پایان یافته است")
        days = number(left // timedelta(days=1))
        unit = "day" if left // timedelta(days=1) == 1 else "days"
        return Words(
            en=f"valid until {ends.en}: {days.en} {unit} left", fa=f"معتبر تا {ends.fa}؛ {days.fa} روز مانده است"
        )

    def next_step(self, now: datetime) -> NextStep | None:
        """Return the step that it needs: None for one that is valid, and does not end soon."""
        if self.error is not None:
            entry = self.error.entry
            return NextStep(need=Need.MEND_CERTIFICATE, actor=entry.actor, words=entry.on_page, code=entry.code)
        if self.not_after is None or self.not_before is None:
            return None
        if self.not_after - now >= EXPIRES_SOON and now >= self.not_before:
            return None
        actor = Actor.JUDICIARY if self.use.startswith(OF_JUDICIARY) else Actor.OPERATOR
        words = Words(en="have it renewed, and register the new one", fa="آن را تمدید و گواهی تازه را ثبت کنید")
        return NextStep(need=Need.RENEW_CERTIFICATE, actor=actor, words=words)
