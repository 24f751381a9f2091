"""Sealer of notices that can be sent: a notice that does not fit the judiciary's contract is refused before it is
queued.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.crypto.xml.sealed_fields import sealed_documents
from adapters.judiciary.call_context import call_about
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.sealed_notice import DocumentLimits
from gateway.judiciary.courier import SealSlice
from gateway.notice.envelope import SealedNotice, Sealer
from gateway.notice.notice import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, Notice
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True)
class ContractSealer:
    """Sealer (`gateway.notice.envelope.Sealer`) that also makes the message as a trial, if mapping files bind the
    contract.

    A notice may have up to ``documents`` documents, of ``attachment_bytes`` together.
    """

    sealer: Sealer
    contract: MappedContract[Any] | None = None
    attachment_bytes: int = MAX_DOCUMENT_BYTES
    documents: int = MAX_DOCUMENTS

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        """Return the sealed notice.

        Raises as ``sealer`` does, and `GatewayError` ``notice.contract`` with the element, or the mapping's target,
        that does not fit.
        """
        self._limits.assert_allow([len(each.octets) for each in notice.documents])
        return self._fitting(self.sealer.seal(notice, at), at)

    def seal_anew(self, octets: bytes, at: datetime) -> SealedNotice:
        """Return the notice in ``octets`` with a new seal: the contract may have changed since it was queued.

        Raises as `seal` does, and as ``sealer`` does.
        """
        sealed = self.sealer.seal_anew(octets, at)
        self._limits.assert_allow([len(each.octets) for each in sealed_documents(bytes(sealed.octets))])
        return self._fitting(sealed, at)

    @property
    def _limits(self) -> DocumentLimits:
        return DocumentLimits(documents=self.documents, octets=self.attachment_bytes)

    def _fitting(self, sealed: SealedNotice, at: datetime) -> SealedNotice:
        if self.contract is None:
            return sealed
        seal = SealSlice(reference=sealed.reference, octets=sealed.octets, digest=sealed.digest)
        try:
            self.contract.submission([seal], self.contract.trial(call_about(at, [seal.reference])))
        except GatewayError as misfit:
            raise GatewayError("notice.contract", where=misfit.where, detail=misfit.detail) from misfit
        return sealed
