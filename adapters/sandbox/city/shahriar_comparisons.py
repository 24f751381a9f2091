"""Comparisons of Shahriar's ledger with the gateway's store and the judiciary's ledger."""

from __future__ import annotations

from typing import Final

from adapters.sandbox.city.comparison import Comparison
from gateway.runtime.bilingual import Words

_SHOWN_PARTIES: Final = "SELECT count(*) FROM shahriar.parties WHERE NOT hidden"

COMPARISONS: Final = (
    Comparison(
        says=Words(
            en="each party of each case has one notice, or a refusal with its reason",
            fa="هر طرفِ هر پرونده یک ابلاغیه دارد، یا با ذکر دلیل پذیرفته نشده است",
        ),
        counted=_SHOWN_PARTIES,
        differences="""
            SELECT p.row_key FROM shahriar.parties p JOIN demo.rows r USING (row_key)
            WHERE NOT p.hidden
            AND (SELECT count(*) FROM gateway.outbox o WHERE o.source = r.source AND o.row_key = p.row_key)
                + (r.expected_state = 'REFUSED' AND EXISTS (
                    SELECT 1 FROM gateway.refusal f WHERE f.source = r.source AND f.row_key = p.row_key)) <> 1
        """,
    ),
    Comparison(
        says=Words(
            en="each notice is about a party that Shahriar shows, and its case was given out whole before",
            fa="هر ابلاغیه درباره طرفی است که شهریار نشان می‌دهد و پرونده آن پیش‌تر به‌طور کامل داده شده است",
        ),
        counted="SELECT count(*) FROM gateway.outbox",
        differences="""
            SELECT o.reference FROM gateway.outbox o
            LEFT JOIN demo.rows r ON r.source = o.source AND r.row_key = o.row_key
            LEFT JOIN shahriar.parties p ON p.row_key = r.row_key AND NOT p.hidden
            LEFT JOIN shahriar.cases c ON c.case_id = p.case_id
            WHERE c.case_id IS NULL OR c.way = 'rest' AND NOT EXISTS (
                SELECT 1 FROM shahriar.served s WHERE s.case_id = c.case_id AND s.at <= o.admitted_at)
        """,
    ),
    Comparison(
        says=Words(
            en="each notice came to the judiciary once",
            fa="هر ابلاغیه یک بار به سامانه قضایی رسیده است",
        ),
        counted="SELECT count(*) FROM judiciary.submission",
        differences="""
            SELECT o.reference FROM gateway.outbox o LEFT JOIN judiciary.submission s USING (reference)
            GROUP BY o.reference HAVING count(s.id) <> 1
            UNION SELECT s.reference FROM judiciary.submission s LEFT JOIN gateway.outbox o USING (reference)
            WHERE o.reference IS NULL
        """,
    ),
    Comparison(
        says=Words(en="each result came once", fa="هر نتیجه یک بار به شهریار رسیده است"),
        counted="SELECT count(*) FROM shahriar.results",
        differences="""
            SELECT row_key || ' ' || coalesce(reference, '-') || ' ' || coalesce(state, '-')
            FROM shahriar.results GROUP BY row_key, reference, state, seq, code HAVING count(*) > 1
        """,
    ),
    Comparison(
        says=Words(
            en="each row shows the state, the tracking number and the times that the gateway has",
            fa="هر ردیف همان وضعیت، کد رهگیری و زمان‌هایی را نشان می‌دهد که درگاه دارد",
        ),
        counted=_SHOWN_PARTIES,
        differences="""
            SELECT s.row_key || ': ' || coalesce(s.state, '-') || ', ' || coalesce(o.state, '-')
            FROM shahriar.standing s JOIN demo.rows r USING (row_key)
            JOIN shahriar.parties p USING (row_key)
            LEFT JOIN gateway.outbox o ON o.source = r.source AND o.row_key = s.row_key
            WHERE NOT p.hidden
            AND CASE WHEN o.reference IS NULL THEN s.state IS NOT 'REFUSED' ELSE
                (s.reference, s.state, s.tracking_number, s.delivered_at, s.viewed_at)
                IS NOT (o.reference, o.state, o.tracking_number, o.delivered_at, o.viewed_at) END
        """,
    ),
    Comparison(
        says=Words(
            en="a served notice has the day and the legal character of its service, and no other one has",
            fa="تنها ابلاغیه ابلاغ‌شده تاریخ و ماهیت ابلاغ (واقعی یا قانونی) دارد",
        ),
        counted="SELECT count(*) FROM shahriar.standing WHERE service_day IS NOT NULL",
        differences="""
            SELECT row_key FROM shahriar.standing WHERE
                (service_day IS NOT NULL) <> (coalesce(delivered_at, viewed_at) IS NOT NULL)
                OR service_character IS NOT CASE
                    WHEN viewed_at IS NOT NULL THEN 'ابلاغ واقعی' WHEN delivered_at IS NOT NULL THEN 'ابلاغ قانونی' END
        """,
    ),
    Comparison(
        says=Words(
            en="each served notice has a last day with its rule, or says that no confirmed one is known",
            fa="هر ابلاغیه ابلاغ‌شده آخرین روز مهلت با قاعده آن را دارد، یا نبود آخرین روز تأییدشده را می‌گوید",
        ),
        counted="SELECT count(*) FROM shahriar.standing WHERE service_day IS NOT NULL",
        differences="""
            SELECT row_key FROM shahriar.standing WHERE
                (last_day IS NULL) <> (last_day_rule IS NULL)
                OR (last_day IS NOT NULL) + (last_day_note IS NOT NULL) <> (service_day IS NOT NULL)
        """,
    ),
    Comparison(
        says=Words(
            en="a case that was changed late: a new party got a notice, and a changed paper was not served again",
            fa="در پرونده‌ای که دیر تغییر کرده، طرف تازه ابلاغیه گرفته و برگه تغییریافته دوباره ابلاغ نشده است",
        ),
        counted="SELECT count(*) FROM shahriar.edits",
        differences="""
            SELECT e.row_key FROM shahriar.edits e WHERE e.done_at IS NULL
            OR (SELECT count(DISTINCT reference) FROM shahriar.results x WHERE x.row_key = e.row_key) <> 1
            OR (e.kind = 'subject-changed') <> EXISTS (
                SELECT 1 FROM shahriar.results x WHERE x.row_key = e.row_key AND x.code = 'notice.changed')
        """,
    ),
    Comparison(
        says=Words(
            en="a result that Shahriar refused came again, and then stood there",
            fa="نتیجه‌ای که شهریار نپذیرفته بود دوباره رسیده و ثبت شده است",
        ),
        counted="SELECT coalesce(sum(refused), 0) FROM shahriar.refuse_results",
        differences="""
            SELECT f.row_key FROM shahriar.refuse_results f JOIN shahriar.standing s USING (row_key)
            WHERE f.remaining > 0 OR s.reference IS NULL
        """,
    ),
)

FINISHED: Final = """
    SELECT NOT EXISTS (
        SELECT 1 FROM demo.rows r LEFT JOIN shahriar.standing s USING (row_key)
        WHERE s.state IS NOT r.expected_state OR r.expected_code IS NOT NULL AND s.code IS NOT r.expected_code
    ) AND NOT EXISTS (
        SELECT 1 FROM shahriar.edits e WHERE e.done_at IS NULL OR e.kind = 'subject-changed' AND NOT EXISTS (
            SELECT 1 FROM shahriar.results x WHERE x.row_key = e.row_key AND x.code = 'notice.changed')
    )
"""
"""True once each row shows its expected end, and each late change has its answer."""
