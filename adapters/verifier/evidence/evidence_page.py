"""Report on an evidence file as a page for a lawyer: Persian with English beside it, self-contained."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.pages.rendering import render
from gateway.audit.audit import CONNECTION_ONLY, SECRETS_REMOVED, SENT_UNSIGNED
from gateway.audit.audit_recipe import VERDICTS
from gateway.audit.evidence_answer import answers, headline, is_beside
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import NOT_PROVEN, NOT_PROVEN_TITLE, RECIPE, EvidenceCheck
from gateway.evidence.evidence_file import paper_name
from gateway.evidence.particulars import Particulars
from gateway.notice.legal_effect import RULES, persian_digits


def report_page(audit: EvidenceAudit, anchors: Sequence[str]) -> bytes:
    """Return the report. It lays out notice and recipient by the sealed notice and the receipts."""
    return render(
        "evidence_report.html",
        "fa",
        audit=audit,
        headline=headline(audit),
        answers=answers(audit),
        main=[check for check in EvidenceCheck if not is_beside(audit, check)],
        beside=[check for check in EvidenceCheck if is_beside(audit, check)],
        anchors=anchors,
        recipe=RECIPE,
        unsigned=(CONNECTION_ONLY, SENT_UNSIGNED, SECRETS_REMOVED),
        verdicts=VERDICTS,
        not_proven=NOT_PROVEN,
        not_proven_title=NOT_PROVEN_TITLE,
        particulars=lambda reference: Particulars(
            fields=audit.fields.get(reference, {}), tracking=audit.tracking.get(reference, [])
        ),
        rules=RULES,
        digits=lambda text: persian_digits(str(text)),
        paper_name=paper_name,
    )
