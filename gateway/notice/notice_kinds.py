"""Titles of the kinds of notice in the delivered configuration, by their codes.

A sealed notice holds the code alone, and a verifier has no configuration. A kind that a municipality added is shown by
its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.runtime.bilingual import Words

KINDS: Final[Mapping[str, Words]] = {
    "hearing-invitation": Words(en="Invitation to a hearing", fa="دعوت به جلسه رسیدگی"),
    "defence-invitation": Words(en="Invitation to submit a defence", fa="دعوت به ارائه لایحه دفاعیه"),
    "stop-work-warning": Words(en="Warning to stop building work", fa="اخطار توقف عملیات ساختمانی"),
    "ten-day-warning": Words(en="Ten-day warning", fa="اخطار ده‌روزه"),
    "48-hour-warning": Words(en="48-hour warning", fa="اخطار ۴۸ ساعته"),
    "first-warning": Words(en="First warning to end a nuisance", fa="اخطار نخست رفع مزاحمت"),
    "second-warning": Words(en="Second warning to end a nuisance", fa="اخطار دوم رفع مزاحمت"),
    "file-completion": Words(en="Request to complete a file", fa="درخواست تکمیل پرونده ناقص"),
    "brief-exchange": Words(en="Exchange of briefs", fa="تبادل لوایح"),
    "ruling": Words(en="Ruling", fa="ابلاغ رأی"),
    "execution-order": Words(en="Execution order", fa="اجراییه"),
}
