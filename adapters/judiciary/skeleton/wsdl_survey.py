"""Survey of a WSDL 1.1 with its schemas (W3C Note 15 March 2001; policies: WS-SecurityPolicy 1.2, WS-Policy 1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.contracts.message import message_of
from adapters.crypto.keys.names import SOAP12
from adapters.judiciary.binding import Binding
from adapters.judiciary.skeleton.contract_files import parsed_xml
from adapters.judiciary.skeleton.survey import Demands, Survey, SurveyedOperation
from gateway.runtime.errors import GatewayError

_WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_SOAP: Final = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")
WRAPPER: Final = "messages.xsd"

_MTOM: Final = frozenset({"OptimizedMimeSerialization", "MTOM"})
_ENCRYPTS: Final = frozenset({"EncryptedParts", "EncryptedElements", "ContentEncryptedElements", "EncryptSignature"})
_SIGNS: Final = frozenset({"AsymmetricBinding", "SignedParts", "SignedElements", "EndorsingSupportingTokens"})
_ADDRESSES: Final = frozenset({"Addressing", "UsingAddressing"})
_UNSERVED_TOKENS: Final = frozenset({"SamlToken", "IssuedToken", "KerberosToken", "SecureConversationToken"})


def survey_wsdl(service: Path, files: Sequence[Path]) -> Survey:
    """Return the survey of a WSDL in the folder of a profile; ``files`` are it and all that it imports.

    Raises `GatewayError` ``profile.contract``, ``courier.contract`` or ``mapping.contract``. Schemas inside the WSDL
    are written to files beside it, since messages are checked by files.
    """
    roots = [parsed_xml(file) for file in files]
    bindings = [each for root in roots for each in root.iter(f"{_WSDL}binding")]
    bound, unserved = [], list[GatewayError]()
    for binding in bindings:
        for name, problem in _operations(binding):
            if problem:
                unserved.append(GatewayError("unserved.binding", where=name, detail=problem))
            elif name not in bound:
                bound.append(name)
    if not bound:
        raise GatewayError("profile.contract", where=service.name, detail="no operation that is document/literal")
    messages, extra = _messages(service, parsed_xml(service))
    for name, text in extra.items():
        (service.parent / name).write_text(text, encoding="utf-8")
    contract = Binding(service, None, bound)
    words = {etree.QName(each).localname for root in roots for each in root.iter("{*}*")}
    return Survey(
        protocol="soap-mapped",
        title=parsed_xml(service).get("name") or service.stem,
        service=service,
        messages=messages,
        fault="Code.Value" if contract.soap == SOAP12 else "faultcode",
        operations=[_surveyed(contract, messages, name) for name in bound],
        demands=_demands(words, roots),
        unserved=[*unserved, *_unserved(words, service.name)],
        extra=extra,
    )


def _operations(binding: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield the operations of a binding, each with the reason for which it is not served, or none."""
    how = next((found for namespace in _SOAP if (found := binding.find(f"{namespace}binding")) is not None), None)
    for operation in binding.iterfind(f"{_WSDL}operation"):
        name = operation.get("name") or ""
        if how is None:
            yield name, "no binding to SOAP 1.1 or 1.2"
            continue
        own = next((found for each in _SOAP if (found := operation.find(f"{each}operation")) is not None), None)
        style = (own.get("style") if own is not None else None) or how.get("style") or "document"
        bodies = [each for namespace in _SOAP for each in operation.iter(f"{namespace}body")]
        if style == "rpc":
            yield name, "rpc: the XSD must declare the wrapper of each operation, and `profile init` does not write it"
        elif any(each.get("use", "literal") != "literal" for each in bodies):
            yield name, "use = encoded"
        else:
            yield name, ""


def _messages(service: Path, root: etree._Element) -> tuple[Path, dict[str, str]]:
    """Return the XSD of all messages, and the files that must be written for it."""
    schemas = [each for types in root.iter(f"{_WSDL}types") for each in types.iter(f"{_XS}schema")]
    imports = [each for schema in schemas for each in schema if each.get("schemaLocation")]
    bare = all(len(schema) == len([each for each in schema if each in imports]) for schema in schemas)
    if bare and len(imports) == 1:
        return service.parent / (imports[0].get("schemaLocation") or ""), {}
    written: dict[str, str] = {}
    wrapper = etree.Element(f"{_XS}schema", nsmap={"xs": _XS[1:-1]})
    local = {schema.get("targetNamespace"): f"types-{number}.xsd" for number, schema in enumerate(schemas, start=1)}
    for schema in schemas:
        if all(each in imports for each in schema):
            for each in imports:
                if each.getparent() is schema:
                    wrapper.append(etree.fromstring(etree.tostring(each, with_tail=False)))
            continue
        for each in schema.iterfind(f"{_XS}import"):
            if not each.get("schemaLocation") and each.get("namespace") in local:
                each.set("schemaLocation", local[each.get("namespace")])
        name = local[schema.get("targetNamespace")]
        written[name] = etree.tostring(schema, encoding="unicode", with_tail=False)
        if schema.get("targetNamespace") is None:
            etree.SubElement(wrapper, f"{_XS}include", schemaLocation=name)
        else:
            etree.SubElement(
                wrapper, f"{_XS}import", namespace=schema.get("targetNamespace") or "", schemaLocation=name
            )
    if len(written) == 1 and len(wrapper) == 1:
        return service.parent / next(iter(written)), written
    written[WRAPPER] = etree.tostring(wrapper, encoding="unicode", pretty_print=True)
    return service.parent / WRAPPER, written


def _surveyed(contract: Binding, messages: Path, name: str) -> SurveyedOperation:
    header = contract.header_tag(name)
    request, answer = (etree.QName(tag).localname for tag in (contract.request_tag(name), contract.answer_tag(name)))
    return SurveyedOperation(
        name=name,
        request=message_of(messages, request),
        answer=message_of(messages, answer),
        header=None if header is None else message_of(messages, etree.QName(header).localname),
    )


def _demands(words: set[str], roots: Sequence[etree._Element]) -> Demands:
    signed = bool(words & _SIGNS)
    places = [each.get("location") or "" for root in roots for tag in _SOAP for each in root.iter(f"{tag}address")]
    return Demands(
        signed=signed,
        addressing=bool(words & _ADDRESSES),
        timestamp=signed and "IncludeTimestamp" in words,
        username_token=signed and "UsernameToken" in words,
        mutual_tls="RequireClientCertificate" in words,
        http_basic="HttpBasicAuthentication" in words,
        address=next(iter(sorted(places, reverse=True)), ""),
    )


def _unserved(words: set[str], where: str) -> Iterator[GatewayError]:
    for code, known in (
        ("unserved.mtom", _MTOM),
        ("unserved.encryption", _ENCRYPTS),
        ("unserved.security", _UNSERVED_TOKENS),
    ):
        if found := sorted(words & known):
            yield GatewayError(code, where=where, detail=", ".join(found))
