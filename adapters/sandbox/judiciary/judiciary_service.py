"""The sandbox judiciary's handling of a verified request: five operations over the ledger, in no protocol."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, parse
from adapters.sandbox.judiciary import fault_injection
from adapters.sandbox.judiciary.behaviour import Conduct, conduct_of, refusal_of, waits_of
from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.judiciary.ledger_transaction import Status, Submission
from adapters.sandbox.judiciary.request import Request
from adapters.sandbox.judiciary.seals import SealJudge
from gateway.notice.notice import sha256
from gateway.runtime.clock import Pace
from gateway.trust.trust_policy import Rejection

_CURSOR = re.compile(r"[0-9]{0,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Inquiry about a submission by one of its two names."""

    reference: str | None
    tracking: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Sealed notice as it came. If it was parsed already, its octets are the canonical form of ``element``."""

    reference: str
    octets: bytes = field(repr=False)
    element: etree._Element | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Page of receipts after a cursor, as (id, octets)."""

    receipts: Sequence[tuple[str, bytes]]
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """Submission before it is served: refused for ``code``, or for a recipient with a ``conduct``."""

    reference: str
    seal_digest: str
    conduct: Conduct
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudiciaryService:
    """The judiciary's side. ``pace`` compresses the waits of its recipients."""

    seals: SealJudge
    receipts: Signer
    pace: Pace

    def accounts(self, request: Request, identifiers: Sequence[str]) -> list[bool]:
        """Return, for each identifier, True if its person has an account."""
        with request.transaction():
            return [conduct_of(identifier) is not Conduct.NO_ACCOUNT for identifier in identifiers]

    def submit(self, request: Request, sealed: Sequence[Sealed]) -> list[Submission]:
        """Judge each sealed notice on its own and record all of them, repeats too."""
        # Outside the transaction, for which others wait.
        judged = [self._judge(one, request.received_at) for one in sealed]
        with request.transaction() as transaction:
            now = request.clock()
            submissions = [self._serve(one, now) for one in judged]
            transaction.add_submissions(
                submissions, replay_key=request.facts.replay_key, received_at=now, form=request.form.name
            )
            return submissions

    def find(self, request: Request, inquiries: Sequence[Inquiry]) -> list[Submission | None]:
        """Return the submission of each inquiry, or None; of a repeated reference the first."""
        with request.transaction() as transaction:
            named = transaction.first_by_reference([i.reference for i in inquiries if i.reference])
            numbered = transaction.by_tracking([i.tracking for i in inquiries if i.tracking])
        return [named.get(i.reference) if i.reference else numbered.get(i.tracking or "") for i in inquiries]

    def fetch(self, request: Request, cursor: str, limit: int) -> Page:
        """Return a page of receipts, making due ones that fit into it."""
        if not _CURSOR.fullmatch(cursor):
            raise Rejection("verify.schema", where="Cursor", detail="not a cursor that was given out")
        after, form = int(cursor or "0"), request.form
        with request.transaction() as transaction:
            if request.fault is Fault.RECEIPTS_LATE:
                return Page(receipts=(), cursor=cursor, more=False)
            page = transaction.receipts_after(after, limit, form.name)
            now = request.clock()
            if due := transaction.due(now, limit - len(page), form.name):
                transaction.add_receipts([form.issue(event, self.receipts, now) for event in due])
                page = transaction.receipts_after(after, limit, form.name)
            earlier = transaction.receipts_after(0, 1, form.name) if after else []
        last = page[-1][0] if page else after
        told = fault_injection.receipts(request.fault, _named(page), _named(earlier), form, self.receipts, now)
        return Page(receipts=told, cursor=str(last), more=len(page) == limit)

    def confirm(self, request: Request, receipt_ids: Sequence[str]) -> int:
        """Record that receipts are stored with the sender; return the number of them that exist."""
        with request.transaction() as transaction:
            return transaction.confirm(receipt_ids, request.clock())

    def _judge(self, sealed: Sealed, now: datetime) -> _Judged:
        reference, octets, digest = sealed.reference, sealed.octets, sha256(sealed.octets)
        try:
            notice = parse(octets, DOCUMENT_LIMITS) if sealed.element is None else sealed.element
            identifier, corrects = self.seals.recipient(reference, octets, notice, now)
        except Rejection as rejection:
            return _Judged(reference=reference, seal_digest=digest, conduct=Conduct.REFUSED, code=rejection.code)
        conduct = conduct_of(identifier, corrects=corrects)
        code = refusal_of(identifier) if conduct is Conduct.REFUSED else None
        return _Judged(reference=reference, seal_digest=digest, conduct=conduct, code=code)

    def _serve(self, judged: _Judged, now: datetime) -> Submission:
        reference, digest = judged.reference, judged.seal_digest
        if judged.conduct is Conduct.NO_ACCOUNT:
            return Submission(reference=reference, seal_digest=digest, status=Status.NO_ACCOUNT)
        if judged.conduct is Conduct.REFUSED:
            return Submission(reference=reference, seal_digest=digest, status=Status.REJECTED, code=judged.code)
        waits = waits_of(judged.conduct, reference)
        arrives_at = now + self.pace.wait(waits.arrival)
        return Submission(
            reference=reference,
            seal_digest=digest,
            status=Status.ACCEPTED,
            tracking=f"S{secrets.token_hex(8).upper()}",
            arrives_at=arrives_at,
            views_at=None if waits.viewing is None else arrives_at + self.pace.wait(waits.viewing),
        )


def _named(rows: Sequence[tuple[int, str, bytes]]) -> list[tuple[str, bytes]]:
    return [(id_, octets) for _, id_, octets in rows]
