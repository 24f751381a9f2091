"""An operation of a contract that the other side calls, and we serve: zeep supplies names, and builds the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree
from zeep.wsdl.bindings import Soap12Binding
from zeep.wsdl.messages.soap import RpcMessage

from adapters.contracts.xml_writing import assert_written, parts_of
from adapters.crypto.keys.names import SOAP, SOAP12


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedOperation:
    """Served operation. ``soap`` is the namespace of the version, ``action`` the SOAPAction; tags are
    ``{namespace}Name``.
    """

    name: str
    soap: str
    action: str
    request_tag: str
    answer_tag: str
    _operation: Any

    def answer(self, values: Mapping[str, Any]) -> etree._Element:
        """Return the payload element of an answer with a mapping's values. Raises as `payload_of` does."""
        payload = payload_of(self._operation.output, values)
        payload.tag = self.answer_tag
        return payload


def payload_of(message: Any, values: Mapping[str, Any]) -> etree._Element:
    """Return the payload element of one of zeep's messages with a mapping's values, built by the contract's types.

    Raises zeep's errors for values that do not fit, `Rejection` ``verify.schema`` for one that has no place.
    """
    # zeep's own call has parameters of its own, so an element named `operation` or `service` could not be passed.
    envelope = message.serialize(**parts_of(values, message.body.type)).content
    payload = envelope[-1][0]
    assert isinstance(payload, etree._Element)
    assert_written(payload, values)
    return payload


def served(wsdl: Any, name: str) -> ServedOperation:
    """Return the operation ``name`` of any port of ``wsdl``, as zeep has read it.

    Raises `ValueError` if there is none.
    """
    for binding in _bindings(wsdl):
        operation = binding.all().get(name)
        if operation is None:
            continue
        if operation.input.body is None or operation.output.body is None or not operation.soapaction:
            raise ValueError(f"{name} has no SOAPAction, or an empty message")
        return ServedOperation(
            name=name,
            soap=SOAP12 if isinstance(binding, Soap12Binding) else SOAP,
            action=str(operation.soapaction),
            request_tag=str(operation.input.body.qname),
            answer_tag=answer_tag(operation),
            _operation=operation,
        )
    raise ValueError(f"no port has the operation {name}")


def answer_tag(operation: Any) -> str:
    """Return the ``{namespace}Name`` of an answer's element."""
    named = operation.output.body.qname
    if isinstance(operation.output, RpcMessage):
        # zeep takes the message's name; WS-I Basic Profile 1.1, R2729: the operation's, with Response behind it.
        return str(etree.QName(named.namespace, f"{operation.name}Response"))
    return str(named)


def _bindings(wsdl: Any) -> Iterator[Any]:
    for service in wsdl.services.values():
        for port in service.ports.values():
            yield port.binding
