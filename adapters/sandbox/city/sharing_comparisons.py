"""Comparisons of the other body's ledger with the gateway's store."""

from __future__ import annotations

from typing import Final

from adapters.sandbox.city.comparison import Comparison
from gateway.runtime.bilingual import Words

SHARING_COMPARISONS: Final = (
    Comparison(
        says=Words(
            en="each reading of the other body has its record, and each record its reading",
            fa="برای هر مراجعه دستگاه دیگر یک رکورد ادله هست و برای هر رکورد یک مراجعه",
        ),
        counted="SELECT count(*) FROM other_body.reads WHERE status = 200",
        differences="SELECT coalesce(r.record, 'no record for read ' || r.id) FROM other_body.reads AS r "
        "WHERE r.status = 200 AND NOT EXISTS (SELECT 1 FROM gateway.evidence AS e "
        "WHERE e.id = r.record AND e.kind = 'PERSON_ACT') "
        "UNION SELECT e.id FROM gateway.evidence AS e WHERE e.id LIKE 'act:sharing.read:%' "
        "AND NOT EXISTS (SELECT 1 FROM other_body.reads AS r WHERE r.record = e.id)",
    ),
    Comparison(
        says=Words(
            en="each record names as many notices as its answer had",
            fa="هر رکورد همان شمار ابلاغیه را نام می‌برد که در پاسخ آن بود",
        ),
        counted="SELECT coalesce(sum(notices), 0) FROM other_body.reads",
        differences="SELECT r.record FROM other_body.reads AS r WHERE r.status = 200 AND r.notices <> "
        "(SELECT count(*) FROM gateway.message_notice AS m WHERE m.evidence_id = r.record)",
    ),
    Comparison(
        says=Words(
            en="each notice was told by the fields of the agreement, and no other one",
            fa="از هر ابلاغیه تنها و همه فیلدهای توافق ارائه شده است",
        ),
        counted="SELECT count(*) FROM (SELECT DISTINCT read, notice FROM other_body.told)",
        differences="SELECT 'read ' || t.read || ', notice ' || t.notice FROM other_body.told AS t "
        "LEFT JOIN other_body.agreed_fields AS a ON a.name = t.name GROUP BY t.read, t.notice "
        "HAVING count(a.name) <> count(*) OR count(*) <> (SELECT count(*) FROM other_body.agreed_fields)",
    ),
    Comparison(
        says=Words(
            en="the told states and times are those of the notice with this tracking number",
            fa="وضعیت و زمان‌های ارائه‌شده همان ابلاغیه با این شماره پیگیری است",
        ),
        counted="SELECT count(*) FROM other_body.told WHERE name = 'tracking_number' AND value IS NOT NULL",
        differences="SELECT 'read ' || n.read || ', notice ' || n.notice FROM other_body.told AS n "
        "LEFT JOIN gateway.outbox AS o ON o.tracking_number = n.value "
        "JOIN other_body.told AS t ON t.read = n.read AND t.notice = n.notice "
        "WHERE n.name = 'tracking_number' AND n.value IS NOT NULL AND (o.reference IS NULL "
        "OR (t.name = 'state' AND t.value IS NOT o.state) "
        "OR (t.name = 'delivered_at' AND t.value IS NOT o.delivered_at) "
        "OR (t.name = 'viewed_at' AND t.value IS NOT o.viewed_at)) GROUP BY n.read, n.notice",
    ),
    Comparison(
        says=Words(
            en="a case that the body may not know of, and one that does not exist, were answered by nothing",
            fa="به پرسش درباره پرونده‌ای که دستگاه اجازه دیدن آن را ندارد یا وجود ندارد پاسخی داده نشده است",
        ),
        counted="SELECT count(*) FROM other_body.questions WHERE NOT is_real",
        differences="SELECT 'read ' || r.id FROM other_body.reads AS r JOIN other_body.questions AS q "
        "ON q.id = r.question WHERE NOT q.is_real AND r.notices > 0",
    ),
)
