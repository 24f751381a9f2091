"""Comparisons of the asset register's ledger with the gateway's store and the judiciary's ledger."""

from __future__ import annotations

from typing import Final

from adapters.sandbox.city.comparison import Comparison
from gateway.runtime.bilingual import Words

# `check` asks about the code of no parcel, 0-0-0-0-0-0-0, and records nothing.
_UNEQUAL: Final = """
WITH given AS (
    SELECT finding, count(*) AS number FROM asset_register.lookups WHERE parcel <> '0-0-0-0-0-0-0' GROUP BY finding
),
kept AS (
    SELECT part.key AS finding, sum(CAST(part.value AS INTEGER)) AS number
    FROM gateway.evidence AS e, json_each(CAST(e.header AS TEXT), '$.context') AS part
    WHERE e.kind = 'ASSET_LOOKUP' AND part.key IN ('municipal', 'not-municipal', 'not-listed') GROUP BY part.key
)
SELECT f.finding || ': ' || coalesce(given.number, 0) || ' given, ' || coalesce(kept.number, 0) || ' on record'
FROM (SELECT finding FROM given UNION SELECT finding FROM kept) AS f
LEFT JOIN given ON given.finding = f.finding LEFT JOIN kept ON kept.finding = f.finding
WHERE coalesce(given.number, 0) <> coalesce(kept.number, 0)
"""

ASSET_COMPARISONS: Final = (
    Comparison(
        says=Words(
            en="every answer of the asset register is on record, and no other one",
            fa="هر پاسخ سامانه املاک در ادله ثبت شده است و پاسخ دیگری ثبت نشده است",
        ),
        counted="SELECT count(*) FROM asset_register.lookups",
        differences=_UNEQUAL,
    ),
    Comparison(
        says=Words(
            en="no parcel was asked about twice for one record of answers",
            fa="درباره هیچ ملکی در یک نوبت دو بار پرسیده نشده است",
        ),
        counted="SELECT count(DISTINCT parcel) FROM asset_register.lookups",
        differences="SELECT parcel FROM asset_register.lookups GROUP BY parcel "
        "HAVING count(*) > (SELECT count(*) FROM gateway.evidence WHERE kind = 'ASSET_LOOKUP')",
    ),
    Comparison(
        says=Words(
            en="no notice about a parcel of the municipality's own was admitted or sent",
            fa="هیچ ابلاغیه‌ای درباره ملک متعلق به خود شهرداری پذیرفته یا ارسال نشده است",
        ),
        counted="SELECT count(*) FROM asset_register.rows_of_own_parcels",
        differences="SELECT o.reference FROM asset_register.rows_of_own_parcels AS r "
        "JOIN gateway.outbox AS o ON o.source = r.source AND o.row_key = r.row_key "
        "UNION SELECT s.reference FROM asset_register.rows_of_own_parcels AS r "
        "JOIN gateway.outbox AS o ON o.source = r.source AND o.row_key = r.row_key "
        "JOIN judiciary.submission AS s ON s.reference = o.reference",
    ),
    Comparison(
        says=Words(
            en="each such row went back with a reason",
            fa="هر ردیف از این دست با ذکر دلیل بازگردانده شده است",
        ),
        counted="SELECT count(*) FROM gateway.refusal WHERE code = 'notice.own-parcel'",
        differences="SELECT r.row_key FROM asset_register.rows_of_own_parcels AS r "
        "WHERE NOT EXISTS (SELECT 1 FROM gateway.refusal AS f WHERE f.source = r.source AND f.row_key = r.row_key "
        "AND f.code = 'notice.own-parcel')",
    ),
)
