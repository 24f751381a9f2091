"""spyne behind the endpoint: it parses a verified element for its handlers and builds their answer.

spyne gets neither octets nor HTTP: `SpyneBridge` passes it the element that the endpoint verified, and takes one back.
"""

from __future__ import annotations

import logging
from typing import Any

from lxml import etree

from adapters.soap.endpoint import HandlerFailed
from adapters.soap.spyne_six import Application, Fault, MethodContext, ServerBase, ServiceBase, Soap11
from gateway.runtime.errors import GatewayError

# A refusal is an answer, not an incident: spyne would log each with a traceback.
logging.getLogger("spyne.application.client").setLevel(logging.CRITICAL)


class _Refused(Fault):  # type: ignore[misc]
    """Carrier of a typed error through spyne, which would make an anonymous fault of any other exception."""

    literal_name = "_Refused"

    def __init__(self, error: GatewayError) -> None:
        super().__init__("Client", error.code)
        self.error = error


class TypedService(ServiceBase):  # type: ignore[misc]
    """Service whose operations may raise `GatewayError`; ``ctx.udc`` is the context passed to `SpyneBridge.call`."""

    @classmethod
    def call_wrapper(cls, ctx: Any, args: Any = None) -> Any:
        try:
            return super().call_wrapper(ctx, args)
        except GatewayError as error:
            raise _Refused(error) from error


class _VerifiedElement(Soap11):  # type: ignore[misc]
    """SOAP whose document is the verified payload element: nothing is parsed here, no href and no header resolved."""

    def create_in_document(self, ctx: Any, charset: str | None = None) -> None:
        """Do nothing: the bridge has set the document."""

    def decompose_incoming_envelope(self, ctx: Any, *_: Any) -> None:
        ctx.in_body_doc, ctx.method_request_string = ctx.in_document, ctx.in_document.tag


class SpyneBridge(ServerBase):  # type: ignore[misc]
    """spyne transport that carries elements of one namespace to one service."""

    transport = "http://schemas.xmlsoap.org/soap/http"

    def __init__(self, service: type[TypedService], namespace: str) -> None:
        super().__init__(
            Application(
                [service],
                namespace,
                name=service.__name__,
                in_protocol=_VerifiedElement(parse_xsi_type=False),
                out_protocol=Soap11(),
            )
        )

    def call(self, payload: etree._Element, context_of_handlers: object) -> etree._Element:
        """Return the answer's payload. Raises `GatewayError` as the handlers do, and `HandlerFailed`."""
        context = MethodContext(self, MethodContext.SERVER)
        context.udc, context.in_document = context_of_handlers, payload
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
