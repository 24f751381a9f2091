"""The SOAP service: spyne takes a verified element apart for the court and puts its answer together.

spyne gets neither octets nor HTTP: `SpyneBridge` hands it the element that the door verified, and takes one back.
"""

from __future__ import annotations

import logging
from typing import Any

from lxml import etree

from adapters.crypto.names import JUDICIARY
from adapters.crypto.xml import canonical
from adapters.sandbox import court, mischief, models
from adapters.sandbox.behaviour import text_of
from adapters.sandbox.ledger_transaction import Submission
from adapters.sandbox.request import Request
from adapters.sandbox.spyne_six import Application, Fault, MethodContext, ServerBase, ServiceBase, Soap11, rpc
from gateway.errors import GatewayError

# A refusal is an answer, not an incident: spyne would log each with a traceback.
logging.getLogger("spyne.application.client").setLevel(logging.CRITICAL)


class HandlerFailed(Exception):
    """An operation failed by a defect of the sandbox; spyne has logged it."""


class _Refused(Fault):  # type: ignore[misc]
    """Carries a typed error through spyne, which would make an anonymous fault of any other exception."""

    def __init__(self, error: GatewayError) -> None:
        super().__init__("Client", error.code)
        self.error = error


class EblaghService(ServiceBase):  # type: ignore[misc]
    """The five operations; ``ctx.udc`` is the (court, request) that they are about."""

    @classmethod
    def call_wrapper(cls, ctx: Any, args: Any = None) -> Any:
        try:
            return super().call_wrapper(ctx, args)
        except GatewayError as error:
            raise _Refused(error) from error

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
        return models.SubmitNoticesResponse(Result=mischief.results(request.fault, [_result(s) for s in submissions]))

    @rpc(models.InquireStatus, _returns=models.InquireStatusResponse, _body_style="bare")
    def InquireStatus(ctx: Any, asked: Any) -> Any:
        judiciary, request = ctx.udc
        inquiries = [court.Inquiry(reference=i.Reference, tracking=i.TrackingNumber) for i in asked.Inquiry]
        found = judiciary.find(request, inquiries)
        results = [_result(s) if s else _not_known(i) for i, s in zip(inquiries, found, strict=True)]
        return models.InquireStatusResponse(Result=mischief.results(request.fault, results))

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


def _sealed(reference: str, notice: etree._Element) -> court.Sealed:
    # By the schema nothing around a notice can declare its prefixes: its canonical form is its slice of the wire.
    return court.Sealed(reference=reference, octets=canonical(notice), element=notice)


def _result(submission: Submission) -> models.Result:
    code = submission.code
    return models.Result(
        Reference=submission.reference,
        TrackingNumber=submission.tracking,
        Status=submission.status.value,
        Code=code,
        Text=text_of(code),
    )


def _not_known(inquiry: court.Inquiry) -> models.Result:
    return models.Result(Reference=inquiry.reference, TrackingNumber=inquiry.tracking, Status="NOT_KNOWN")


class _VerifiedElement(Soap11):  # type: ignore[misc]
    """SOAP whose document is the verified payload element: nothing is parsed here, no href and no header resolved."""

    def create_in_document(self, ctx: Any, charset: str | None = None) -> None:
        """The bridge has put it there."""

    def decompose_incoming_envelope(self, ctx: Any, *_: Any) -> None:
        ctx.in_body_doc, ctx.method_request_string = ctx.in_document, ctx.in_document.tag


class SpyneBridge(ServerBase):  # type: ignore[misc]
    """A spyne transport that carries elements."""

    transport = "http://schemas.xmlsoap.org/soap/http"

    def __init__(self, judiciary: court.Court) -> None:
        super().__init__(
            Application(
                [EblaghService],
                JUDICIARY,
                name="EblaghService",
                in_protocol=_VerifiedElement(parse_xsi_type=False),
                out_protocol=Soap11(),
            )
        )
        self._judiciary = judiciary

    def call(self, payload: etree._Element, request: Request) -> etree._Element:
        """Return the answer's payload, in which each `Request.slot` stands for octets.

        Raises `GatewayError` as the court does, and `HandlerFailed`.
        """
        context = MethodContext(self, MethodContext.SERVER)
        context.udc, context.in_document = (self._judiciary, request), payload
        (context,) = self.generate_contexts(context)
        if context.in_error is None:
            self.get_in_object(context)
        if context.in_error is None:
            self.get_out_object(context)
        if isinstance(context.out_error, _Refused):
            raise context.out_error.error
        if context.out_error is not None:
            raise HandlerFailed(str(context.out_error))
        self.app.out_protocol.serialize(context, Soap11.RESPONSE)
        answer = context.out_body_doc[0]
        assert isinstance(answer, etree._Element)
        return answer
