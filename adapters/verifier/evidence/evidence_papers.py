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

    A file of an earlier version has no paper.pdf; its notices have no attachments. A paper or an attachment without its
    notice belongs to no record, which `audit_records` finds.
    """
    for reference in (notice.reference for notice in index.notices):
        if notice_name(reference) not in container.names:
            continue
        notice = container.read(notice_name(reference))
        if paper_name(reference) in container.names:
            _audit_paper(audit, reference, notice, container)
        _audit_attachments(audit, reference, notice, container)


def _audit_paper(audit: EvidenceAudit, reference: str, notice: bytes, container: EvidenceContainer) -> None:
    check, name = EvidenceCheck.PAYLOADS, paper_name(reference)
    try:
        sealed = sealed_paper(notice)
    except ValueError:
        audit.add(check, name, "has no paper in the sealed notice to be compared with")
        return
    if container.read(name) == sealed:
        audit.passed[check] += 1
        audit.papers.add(reference)
    else:
        audit.add(check, name, "is not the paper in the sealed notice")


def _audit_attachments(audit: EvidenceAudit, reference: str, notice: bytes, container: EvidenceContainer) -> None:
    """Judge that every document is the one whose digest the sealed notice states, and each attachment's file too."""
    check = EvidenceCheck.PAYLOADS
    try:
        documents = sealed_documents(notice)
    except ValueError:
        audit.add(check, notice_name(reference), "has no documents that can be read")
        documents = []
    for place, each in enumerate(documents):
        if sha256(each.octets) != each.digest:
            audit.add(check, notice_name(reference), f"states another digest than that of its document {place + 1}")
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
