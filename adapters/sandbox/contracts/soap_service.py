"""The SOAP service: requests that spyne parsed go to the judiciary, and its answers become the contract's elements.

A sealed receipt stands in an answer as a `Request.slot`, which its octets replace afterwards.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from adapters.crypto.xml.strict_xml import canonical
from adapters.sandbox.contracts import models
from adapters.sandbox.judiciary import fault_injection, judiciary_service
from adapters.sandbox.judiciary.behaviour import text_of
from adapters.sandbox.judiciary.ledger_transaction import Submission
from adapters.soap.bridge import TypedService
from adapters.soap.spyne_six import rpc


class EblaghService(TypedService):
    """The five operations; ``ctx.udc`` is the pair (judiciary, request)."""

    @rpc(models.InquireAccounts, _returns=models.InquireAccountsResponse, _body_style="bare")
    def InquireAccounts(ctx: Any, asked: Any) -> Any:
        judiciary, request = ctx.udc
        identifiers = [person.Identifier for person in asked.Person]
        active = judiciary.accounts(request, identifiers)
        pairs = zip(identifiers, active, strict=True)
        return models.InquireAccountsResponse(Account=[models.Account(Identifier=i, Active=a) for i, a in pairs])

    @rpc(models.SubmitNotices, _returns=models.SubmitNoticesResponse, _body_style="bare")
    def SubmitNotices(ctx: Any, sent: Any) -> Any:
        judiciary, request = ctx.udc
        submissions = judiciary.submit(request, [_sealed(s.Reference, s.SealedNotice) for s in sent.Submission])
        return models.SubmitNoticesResponse(
            Result=fault_injection.results(request.fault, [_result(s) for s in submissions])
        )

    @rpc(models.InquireStatus, _returns=models.InquireStatusResponse, _body_style="bare")
    def InquireStatus(ctx: Any, asked: Any) -> Any:
        judiciary, request = ctx.udc
        inquiries = [judiciary_service.Inquiry(reference=i.Reference, tracking=i.TrackingNumber) for i in asked.Inquiry]
        found = judiciary.find(request, inquiries)
        results = [_result(s) if s else _not_known(i) for i, s in zip(inquiries, found, strict=True)]
        return models.InquireStatusResponse(Result=fault_injection.results(request.fault, results))

    @rpc(models.FetchReceipts, _returns=models.FetchReceiptsResponse, _body_style="bare")
    def FetchReceipts(ctx: Any, asked: Any) -> Any:
        judiciary, request = ctx.udc
        page = judiciary.fetch(request, asked.Cursor or "", asked.Limit)
        items = [models.Item(ReceiptId=id_, SignedReceipt=request.slot(id_, octets)) for id_, octets in page.receipts]
        return models.FetchReceiptsResponse(Item=items, NextCursor=page.cursor, More=page.more)

    @rpc(models.ConfirmReceipts, _returns=models.ConfirmReceiptsResponse, _body_style="bare")
    def ConfirmReceipts(ctx: Any, stored: Any) -> Any:
        judiciary, request = ctx.udc
        return models.ConfirmReceiptsResponse(Confirmed=judiciary.confirm(request, stored.ReceiptId))


def _sealed(reference: str, notice: etree._Element) -> judiciary_service.Sealed:
    # By the schema nothing around a notice can declare its prefixes: its canonical form is its slice of the wire.
    return judiciary_service.Sealed(reference=reference, octets=canonical(notice), element=notice)


def _result(submission: Submission) -> models.Result:
    code = submission.code
    return models.Result(
        Reference=submission.reference,
        TrackingNumber=submission.tracking,
        Status=submission.status.value,
        Code=code,
        Text=text_of(code),
    )


def _not_known(inquiry: judiciary_service.Inquiry) -> models.Result:
    return models.Result(Reference=inquiry.reference, TrackingNumber=inquiry.tracking, Status="NOT_KNOWN")
