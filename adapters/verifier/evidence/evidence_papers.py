"""Papers of an evidence file, compared with the octets that the issuing body sealed."""

from __future__ import annotations

from adapters.crypto.xml.sealed_fields import sealed_paper
from adapters.verifier.evidence.evidence_container import EvidenceContainer
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import Index, notice_name, paper_name


def audit_papers(audit: EvidenceAudit, index: Index, container: EvidenceContainer) -> None:
    """Judge that each paper.pdf is the paper in the sealed notice beside it.

    A file of an earlier version has none. A paper without its notice belongs to no record, which `audit_records` finds.
    """
    check = EvidenceCheck.PAYLOADS
    for reference in (notice.reference for notice in index.notices):
        name, notice = paper_name(reference), notice_name(reference)
        if not {name, notice} <= container.names:
            continue
        try:
            sealed = sealed_paper(container.read(notice))
        except ValueError:
            audit.add(check, name, "has no paper in the sealed notice to be compared with")
            continue
        if container.read(name) == sealed:
            audit.passed[check] += 1
            audit.papers.add(reference)
        else:
            audit.add(check, name, "is not the paper in the sealed notice")
