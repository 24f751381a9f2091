"""The WSDL, bound by zeep: it supplies each request's element and SOAPAction. zeep neither sends nor signs nor reads.

A profile is a folder; nothing outside it is ever loaded, whatever a WSDL or XSD imports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import zeep
import zeep.exceptions
from lxml import etree
from zeep.transports import Transport
from zeep.wsdl.bindings import Soap11Binding, Soap12Binding

from adapters.contracts.xml_writing import assert_written, parts_of
from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.judiciary.served_operation import ServedOperation, answer_tag, payload_of, served
from gateway.notice.profile_version import is_left_out
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of


class Binding:
    """Operations of one profile's service."""

    def __init__(self, wsdl: Path, namespace: str | None, operations: Sequence[str]) -> None:
        """Load ``wsdl``, which must offer ``operations``. A ``namespace`` restricts it to that namespace and SOAP 1.1.

        Raises `GatewayError` ``courier.contract``, naming the file and the defect.
        """
        settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
        try:
            self._client = zeep.Client(str(wsdl), transport=_ClosedTransport(wsdl.parent), settings=settings)
            offered = self._client.service._binding
            bound = {name: offered.get(name) for name in operations}
        except (zeep.exceptions.Error, etree.LxmlError, OSError, ValueError, IndexError) as error:
            raise GatewayError("courier.contract", where=str(wsdl), detail=str(error)) from error
        except (AttributeError, KeyError, TypeError, RecursionError) as error:
            # zeep resolves names without a look at what they lead to; its own text would say nothing to a person.
            detail = f"a message, a part or a port that it names leads nowhere: {words_of(error)}"
            raise GatewayError("courier.contract", where=str(wsdl), detail=detail) from error
        if not isinstance(offered, Soap11Binding if namespace is not None else Soap11Binding | Soap12Binding):
            raise GatewayError("courier.contract", where=str(wsdl), detail="no binding to this version of SOAP")
        self.soap = SOAP12 if isinstance(offered, Soap12Binding) else SOAP
        """The namespace of the version of SOAP."""
        if namespace is not None:
            self._client.set_ns_prefix("j", namespace)
        for name, operation in bound.items():
            if not _is_whole(operation):
                raise GatewayError("courier.contract", where=str(wsdl), detail=f"{name} has no request or no answer")
            if namespace is not None and operation.input.body.qname != etree.QName(namespace, name):
                raise GatewayError("courier.contract", where=str(wsdl), detail=f"{name} is of another namespace")
        self.operations = tuple(operations)
        self._wsdl = wsdl
        self._actions = {name: str(operation.soapaction) for name, operation in bound.items()}
        self._requests = {name: str(operation.input.body.qname) for name, operation in bound.items()}
        self._answers = {name: answer_tag(operation) for name, operation in bound.items()}
        self._headers = {name: self._only_header(name, operation) for name, operation in bound.items()}

    def _only_header(self, name: str, operation: Any) -> str | None:
        """Return the tag of the header block that the binding demands of requests (WSDL 1.1, 3.7)."""
        declared = operation.input.header
        parts = [] if declared is None else [element for _, element in declared.type.elements]
        if len(parts) > 1:
            detail = f"{name} has {len(parts)} soap:header elements; one is supported"
            raise GatewayError("courier.contract", where=str(self._wsdl), detail=detail)
        return str(parts[0].qname) if parts else None

    def offers(self, operation: str) -> bool:
        """Return True for an operation of the port that is called: the first one of the first service."""
        return operation in self._client.service._binding.all()

    def lacks_message(self, operation: str) -> bool:
        """Return True for an operation of the WSDL without a request or without an answer."""
        found = self._client.service._binding.all().get(operation)
        return found is not None and not _is_whole(found)

    def served(self, operation: str) -> ServedOperation:
        """Return an operation that the other side calls. Raises `GatewayError` ``courier.contract``."""
        try:
            return served(self._client.wsdl, operation)
        except ValueError as error:
            raise GatewayError("courier.contract", where=str(self._wsdl), detail=str(error)) from error

    def soap_action(self, operation: str) -> str:
        return self._actions[operation]

    def request_tag(self, operation: str) -> str:
        """Return the ``{namespace}Name`` of a request's element."""
        return self._requests[operation]

    def answer_tag(self, operation: str) -> str:
        """Return the ``{namespace}Name`` of an answer's element."""
        return self._answers[operation]

    def header_tag(self, operation: str) -> str | None:
        """Return the ``{namespace}Name`` of the header block that a request must have; None if it needs none."""
        return self._headers[operation]

    def block(self, tag: str, values: Mapping[str, Any]) -> etree._Element:
        """Return a header block with a mapping's values, built by the contract's types.

        Raises zeep's errors for values that do not fit, `Rejection` ``verify.schema`` for one that has no place.
        """
        element = self._client.get_element(tag)
        holder = etree.Element("holder")
        element.render(holder, element(**parts_of(values, element.type)))
        made = holder[0]
        etree.cleanup_namespaces(made)
        assert_written(made, values)
        return made

    def request(self, operation: str, values: Mapping[str, Any]) -> etree._Element:
        """Return the payload element of a request with a mapping's values. Raises as `block` does."""
        return payload_of(self._client.service._binding.get(operation).input, values)


def _is_whole(operation: Any) -> bool:
    """Return True if neither message is left out (a one-way operation) or has no part."""
    return all(each is not None and each.body is not None for each in (operation.input, operation.output))


class _ClosedTransport(Transport):
    """Transport that reads files of one folder; all else, the network included, is refused."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder.resolve()

    def load(self, url: str) -> bytes:
        parts = urlsplit(url)
        path = Path(unquote(parts.path) if parts.scheme == "file" else url).resolve()
        if parts.scheme not in ("", "file") or not path.is_relative_to(self._folder):
            raise ValueError(f"{url} lies outside the profile's folder")
        if is_left_out(path.relative_to(self._folder)):
            raise ValueError(f"{url} has a dot in front: the profile's digest leaves such files out")
        return path.read_bytes()

    def post(self, *_: object, **__: object) -> None:
        raise AssertionError("zeep never sends")

    get = post
