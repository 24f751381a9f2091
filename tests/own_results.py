"""A municipality's mapping of results: own words, Jalali times, a day and a time in columns of such types."""

from __future__ import annotations

from gateway.mapping.kinds.result import COLUMNS
from gateway.mapping.model.schema import Group
from gateway.mapping.result_mapper import ResultMapper

STATE = "وضعیت ابلاغ"

WORDS = {
    "QUEUED": "در صف",
    "PENDING": "در حال رسیدگی در قوه قضاییه",
    "IN_DOUBT": "در دست پیگیری",
    "SUBMITTED": "فرستاده شد",
    "DELIVERED": "ابلاغ شد",
    "VIEWED": "رؤیت شد",
    "REJECTED": "برگشت خورد",
    "NO_ACCOUNT": "بدون حساب",
    "UNDELIVERABLE": "ابلاغ نشد",
    "OTHER_CHANNEL": "ابلاغ کاغذی",
    "WITHDRAWN": "پس گرفته شد",
    "DEAD_LETTER": "بی‌نتیجه",
    "REFUSED": "رد شد",
}

OWN = f"""
[mapping]
language = 1
name = "own-results-1"
kind = "result-to-row"

[tables.states]
unknown = "refuse"
[tables.states.entries]
{chr(10).join(f'{state} = "{word}"' for state, word in WORDS.items())}

[[field]]
target = '"{STATE}"'
from = "state"
do = [{{ name = "lookup", table = "states" }}]
required = true

[[field]]
target = "arrival"
from = "delivered_at"
do = ["jalali-time-text"]

[[field]]
target = "served_on"
from = "service_date"
do = ["jalali-date"]

[[field]]
target = "arrived_at"
from = "delivered_at"

[[field]]
target = "steps"
from = "seq"

[[field]]
target = "channel"
value = "درگاه"

[[field]]
target = "note"
when = {{ from = "code", present = true }}
expression = "join(': ', [code, meaning || '-'])"

[[field]]
target = "note"
from = "tracking_number"
do = [{{ name = "prefix", text = "کد رهگیری " }}]
"""

TYPES = {
    STATE: "VARCHAR(40)",
    "arrival": "VARCHAR(19)",
    "served_on": "DATE",
    "arrived_at": "{time}",
    "steps": "INTEGER",
    "channel": "VARCHAR(40)",
    "note": "TEXT",
}
"""The columns of a table for it, where ``{time}`` is a time without a zone."""


def own_mapper(text: str = OWN, row: Group = COLUMNS) -> ResultMapper:
    return ResultMapper.of(text.encode(), "own.toml", row)
