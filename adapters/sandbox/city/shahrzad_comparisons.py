"""Comparison of the gateway's courtesy messages with Shahrzad's ledger and the judiciary's, by SQL."""

from __future__ import annotations

from typing import Final

from adapters.sandbox.city.comparison import Comparison
from gateway.runtime.bilingual import Words

_TAKEN_OVER: Final = "SELECT count(*) FROM gateway.courtesy WHERE outcome = 'TAKEN'"
_CAME: Final = "SELECT count(*) FROM shahrzad.messages"

COMPARISONS: Final = (
    Comparison(
        says=Words(
            en="each message that the gateway calls taken over came once",
            fa="هر پیامی که درگاه پذیرفته‌شده می‌داند یک بار رسیده است",
        ),
        counted=_TAKEN_OVER,
        differences="""
            SELECT c.reference FROM gateway.courtesy c LEFT JOIN shahrzad.messages m ON m.id = c.message_number
            WHERE c.outcome = 'TAKEN' GROUP BY c.reference HAVING count(m.id) <> 1
            UNION ALL
            SELECT min(reference) FROM gateway.courtesy WHERE outcome = 'TAKEN'
            GROUP BY message_number HAVING count(*) > 1
        """,
    ),
    Comparison(
        says=Words(
            en="every other message that came belongs to one whose outcome the gateway does not know",
            fa="هر پیام دیگری که رسیده است از پیام‌هایی است که درگاه نتیجه آن‌ها را نمی‌داند",
        ),
        counted=_CAME,
        differences="""
            SELECT m.id FROM shahrzad.messages m
            LEFT JOIN gateway.courtesy c ON c.message_number = m.id AND c.outcome = 'TAKEN'
            WHERE c.reference IS NULL
            AND (SELECT count(*) FROM shahrzad.messages)
                > (SELECT count(*) FROM gateway.courtesy WHERE outcome IN ('TAKEN', 'UNKNOWN', 'BEGUN'))
        """,
    ),
    Comparison(
        says=Words(
            en="a message went only after the notice had arrived, as the judiciary knows it",
            fa="پیام فقط پس از وصول ابلاغیه، به ثبت قوه قضاییه، فرستاده شده است",
        ),
        counted="SELECT count(*) FROM gateway.courtesy WHERE evidence_id IS NOT NULL",
        differences="""
            SELECT c.reference FROM gateway.courtesy c WHERE c.evidence_id IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM judiciary.submission s WHERE s.reference = c.reference AND s.arrives_at <= c.begun_at
            )
        """,
    ),
    Comparison(
        says=Words(
            en="no message has anything but a number and one text without digits, which is the same in all",
            fa="هیچ پیامی جز شماره و یک متن بدون رقم، که در همه یکسان است، چیزی ندارد",
        ),
        counted=_CAME,
        differences="""
            SELECT m.id FROM shahrzad.messages m
            WHERE (SELECT group_concat(key) FROM (SELECT key FROM json_each(m.body) ORDER BY key)) <> 'text,to'
            OR m.text GLOB '*[0-9۰-۹٠-٩/@a-zA-Z]*'
            OR m.text <> (SELECT text FROM shahrzad.messages ORDER BY number LIMIT 1)
        """,
    ),
    Comparison(
        says=Words(
            en="a notice has one message at most, and evidence of each",
            fa="هر ابلاغیه حداکثر یک پیام دارد و سند هر پیام موجود است",
        ),
        counted="SELECT count(*) FROM gateway.courtesy WHERE evidence_id IS NOT NULL",
        differences="""
            SELECT c.reference FROM gateway.courtesy c WHERE c.evidence_id IS NOT NULL AND (
                SELECT count(*) FROM gateway.evidence e WHERE e.notice = c.reference AND e.kind = 'COURTESY_MESSAGE'
            ) <> 1 + (
                SELECT count(*) FROM gateway.evidence e
                WHERE e.notice = c.reference AND e.kind = 'COURTESY_OUTCOME' AND e.id LIKE '%:NOT_TAKEN'
            ) - (c.outcome = 'NOT_TAKEN')
        """,
    ),
)
"""Statements that hold after every fault of the network and every end of a process."""

FINISHED: Final = """
    SELECT NOT EXISTS (
        SELECT 1 FROM gateway.outbox o LEFT JOIN gateway.courtesy c ON c.reference = o.reference
        WHERE o.state = 'DELIVERED' AND NOT o.held AND (c.reference IS NULL OR c.outcome IN ('BEGUN', 'NOT_TAKEN'))
    )
"""
"""True once a message stands about each arrival that nobody has viewed, if every body has them."""
