"""Papers of an evidence file, compared with the octets that the issuing body sealed."""

from __future__ import annotations

from adapters.crypto.xml.sealed_fields import sealed_documents, sealed_paper
from adapters.verifier.evidence.evidence_container import EvidenceContainer
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import Index, attachment_name, is_attachment, notice_name, paper_name
from gateway.notice.notice import sha256


def audit_papers(audit: EvidenceAudit, index: Index, container: EvidenceContainer) -> None:
    """Judge that each paper.pdf is the paper in the sealed notice beside it, and so its attachments.

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
        _audit_attachments(audit, reference, container)


def _audit_attachments(audit: EvidenceAudit, reference: str, container: EvidenceContainer) -> None:
    """Judge that every document is the one whose digest the sealed notice tells, and each file of an attachment it."""
    check, notice = EvidenceCheck.PAYLOADS, notice_name(reference)
    documents = sealed_documents(container.read(notice))
    for place, each in enumerate(documents):
        if sha256(each.octets) != each.digest:
            audit.add(check, notice, f"tells another digest than that of its document {place + 1}")
    expected = {
        attachment_name(reference, place, each.media_type): each.octets
        for place, each in enumerate(documents[1:], start=1)
    }
    found = {name for name in container.names if is_attachment(name, reference)}
    for name in sorted(found | expected.keys()):
        if name not in found:
            audit.add(check, name, "is not here: the sealed notice has this attachment")
        elif name not in expected or container.read(name) != expected[name]:
            audit.add(check, name, "is not an attachment in the sealed notice")
        else:
            audit.passed[check] += 1
