"""Offline verification of an evidence file: the file and a trust folder in, a verdict for each check of the recipe out.

`gateway.audit.evidence_recipe` has the checks. No database, configuration or network is used: content missing from the
file and the trust folder is INDETERMINATE.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from adapters.crypto.keys.certificate import parse_pem
from adapters.timestamp.token import chain_of_token, verify_token
from adapters.verifier.evidence.evidence_container import EvidenceContainer
from adapters.verifier.evidence.evidence_documents import Documents
from adapters.verifier.evidence.evidence_papers import audit_papers
from adapters.verifier.evidence.evidence_revocation import OF_DOCUMENT, OF_FILE, OF_TOKEN, Use, audit_revocation
from adapters.verifier.evidence.evidence_signature import (
    ContainerSignature,
    audit_manifest,
    audit_signature,
    certificates_of,
)
from adapters.verifier.evidence.evidence_trust import EvidenceTrust
from gateway.audit.evidence_audit import EvidenceAudit, audit_inclusion, audit_records, audit_timeline, moment_words
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.audit.segment_audit import SKEW
from gateway.evidence.evidence_file import INDEX, NOTE, SIGNATURES, TOKEN, Index, NotAnEvidenceFile
from gateway.merkle.checkpoint import Checkpoint, NotANote
from gateway.notice.legal_effect import persian_digits
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.trust.revocation_status import Standing


def verify_file(path: Path, trust: Path) -> EvidenceAudit:
    """Judge an evidence file.

    Raises `GatewayError` ``archive.trust``, ``evidence.trust`` and ``evidence.unreadable`` if trust or file is missing.
    """
    trusted = EvidenceTrust.of(trust)
    audit = EvidenceAudit(file=path.name)
    try:
        with EvidenceContainer(path) as container:
            container.open()
            _Judge(audit, container, trusted).judge()
    except NotAnEvidenceFile as problem:
        audit.add(EvidenceCheck.CONTAINER, path.name, str(problem))
    except (RecursionError, MemoryError) as error:
        audit.add(EvidenceCheck.CONTAINER, path.name, f"needs more than this program has: {words_of(error)}")
    except OSError as error:
        raise GatewayError("evidence.unreadable", where=str(path), detail=str(error.strerror)) from error
    else:
        audit.passed[EvidenceCheck.CONTAINER] += 1
    return audit


class _Judge:
    """One walk through the recipe."""

    def __init__(self, audit: EvidenceAudit, container: EvidenceContainer, trust: EvidenceTrust) -> None:
        self._audit, self._container, self._trust = audit, container, trust
        self._uses: dict[tuple[x509.Certificate, datetime], Use] = {}

    def judge(self) -> None:
        audit, container = self._audit, self._container
        audit_manifest(audit, container)
        filed = self._certificates()
        beside = [each for found in filed.values() for each in found]
        signed = audit_signature(audit, container, self._trust, beside)
        try:
            index = audit.index = Index.of(container.read(INDEX))
        except KeyError as error:
            raise NotAnEvidenceFile(f"{INDEX} is not there") from error
        audit_records(audit, index, container.names, container.read)
        audit_papers(audit, index, container)
        checkpoint = self._checkpoint(index)
        if checkpoint is None:
            audit.doubt(EvidenceCheck.INCLUSION, NOTE, "the checkpoint is not believed")
        else:
            audit_inclusion(audit, index, checkpoint, container.read)
            self._date(checkpoint, beside)
        pool = [*beside, *(certificates_of(signed.signature) if signed else [])]
        self._documents(index, filed, pool)
        audit_timeline(audit, index, container.read)
        self._revocation(signed, pool)

    def _checkpoint(self, index: Index) -> Checkpoint | None:
        check = EvidenceCheck.CHECKPOINT
        try:
            checkpoint = self._trust.sides.open(self._container.read(NOTE))
        except (KeyError, NotANote) as problem:
            self._audit.add(check, NOTE, str(problem) if isinstance(problem, NotANote) else "is not here")
            return None
        if (checkpoint.origin, checkpoint.size) != (index.origin, index.size):
            self._audit.add(check, NOTE, "of another archive, or another size, than evidence.json tells")
            return None
        self._audit.passed[check] += 1
        self._audit.tell(
            "its records stand in the tree of {size} of {origin}",
            "اسناد آن در درخت {size} سندی بایگانی {origin} جای دارد",
            size=Words(en=str(checkpoint.size), fa=persian_digits(str(checkpoint.size))),
            origin=checkpoint.origin,
        )
        return checkpoint

    def _date(self, checkpoint: Checkpoint, beside: list[x509.Certificate]) -> None:
        check, audit = EvidenceCheck.TIME, self._audit
        if TOKEN not in self._container.names:
            audit.doubt(check, NOTE, "the checkpoint has no time-stamp")
            return
        if not self._trust.sides.time:
            audit.doubt(check, TOKEN, "you trust no time authority")
            return
        token = self._container.read(TOKEN)
        try:
            stamp = verify_token(
                token, hashlib.sha256(checkpoint.text).digest(), self._trust.sides.time, between=beside
            )
        except GatewayError as problem:
            audit.add(check, TOKEN, f"{problem.code} {problem.detail}".strip())
            return
        last = max((header.recorded_at for header in audit.headers.values()), default="")
        if timestamp(stamp.time + SKEW) < last:
            audit.add(check, TOKEN, f"of {timestamp(stamp.time)}, before records that it covers")
            return
        audit.passed[check] += 1
        audit.tell(
            "all of them were there by {when}, says {whose}",
            "همه آن‌ها تا {when} وجود داشته‌اند، به گواهی {whose}",
            when=moment_words(stamp.time),
            whose=stamp.authority,
        )
        self._use_token(token, stamp.time, beside)

    def _documents(self, index: Index, filed: dict[str, list[x509.Certificate]], pool: list[x509.Certificate]) -> None:
        documents = Documents(self._audit, self._container, self._trust, filed, pool)
        for record in index.records:
            header = self._audit.headers.get(record.index)
            if header is None or record.file is None or record.file not in self._container.names:
                continue
            for facts in documents.judge(record, header):
                self._use(OF_DOCUMENT, documents.chain(facts), facts.signed_at)
        documents.tell_conflicts()
        for check, reason in _NOTHING.items():
            if not self._audit.passed[check] and all(each.check is not check for each in self._audit.findings):
                self._audit.doubt(check, self._audit.file, reason)

    def _revocation(self, signed: ContainerSignature | None, pool: list[x509.Certificate]) -> None:
        names = [name for name in sorted(self._container.names) if name.startswith("revocation/")]
        ders = [*self._trust.sides.lists, *map(self._container.read, names)]
        if signed is not None:
            ders += signed.signature.lists
            if signed.stamped_at is None:
                self._audit.doubt(EvidenceCheck.REVOCATION, SIGNATURES, "nobody says when it was made")
            else:
                self._use(OF_FILE, signed.chain, signed.stamped_at)
                self._use_token(signed.signature.token or b"", signed.stamped_at, pool)
        audit_revocation(self._audit, self._uses.values(), ders)

    def _use(self, beside: frozenset[Standing], chain: Sequence[x509.Certificate], at: datetime) -> None:
        # A signer with another signature, too, is judged by that one.
        if chain and ((chain[0], at) not in self._uses or not beside):
            self._uses[chain[0], at] = Use(beside, chain, at)

    def _use_token(self, token: bytes, at: datetime, between: Sequence[x509.Certificate]) -> None:
        self._use(OF_TOKEN, chain_of_token(token, self._trust.sides.time, between), at)

    def _certificates(self) -> dict[str, list[x509.Certificate]]:
        """Return readable certificates in the container by name: for chains, never for trust."""
        found: dict[str, list[x509.Certificate]] = {}
        for name in sorted(self._container.names):
            if name.startswith("certificates/"):
                with suppress(GatewayError):
                    found[name.removeprefix("certificates/")] = parse_pem(self._container.read(name), name)
        return found


_NOTHING: Final = {
    EvidenceCheck.SEAL: "no sealed notice could be judged",
    EvidenceCheck.RECEIPTS: "no receipt is here: nothing of the judiciary says what became of the notice",
    EvidenceCheck.MESSAGES: "messages are here by their digests only",
}
