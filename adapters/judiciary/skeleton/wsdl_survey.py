"""Survey of a WSDL 1.1 with its schemas (W3C Note 15 March 2001; policies: WS-SecurityPolicy 1.2, WS-Policy 1.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from lxml import etree

from adapters.contracts.message import message_of
from adapters.crypto.keys.names import SOAP12
from adapters.judiciary.binding import Binding
from adapters.judiciary.skeleton.contract_files import parsed_xml
from adapters.judiciary.skeleton.rpc_wrappers import OF_ELEMENT, RpcMessages, Wrapper, schema_of
from adapters.judiciary.skeleton.rpc_wrappers import SOAP as _SOAP
from adapters.judiciary.skeleton.rpc_wrappers import WSDL as _WSDL
from adapters.judiciary.skeleton.rpc_wrappers import XS as _XS
from adapters.judiciary.skeleton.survey import Demands, Survey, SurveyedOperation
from gateway.runtime.errors import GatewayError

_IMPORT: Final = f"{_XS}import"
_INCLUDE: Final = f"{_XS}include"
_LEADS: Final = (_IMPORT, _INCLUDE)
WRAPPER: Final = "messages.xsd"
_ELSEWHERE: Final = "it is of another port than the first; one by which the judiciary brings receipts: callback.md"

_NO_SOAP: Final = "no binding to SOAP 1.1 or 1.2"

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
    bound, problems, wrappers = list[str](), dict[tuple[str, str], None](), list[Wrapper]()
    rpc = RpcMessages(roots)
    for binding in bindings:
        for name, problem, wrapped in _operations(binding, rpc):
            wrappers += [each for each in wrapped if each not in wrappers]
            if problem:
                problems[name, problem] = None
            elif name not in bound:
                bound.append(name)
    # One that is bound to SOAP may be bound to HTTP as well, as in each .asmx.
    told = [(name, why) for name, why in problems if why != _NO_SOAP or name not in bound]
    lacking = _lacking(service, bound) if bound else {}
    told += lacking.items()
    unserved = [GatewayError("unserved.binding", where=name, detail=why) for name, why in told]
    bound = [name for name in bound if name not in lacking]
    if not bound:
        reasons = "; ".join(f"{each.where}: {each.detail}" for each in unserved) or "it binds no operation"
        detail = f"no operation that is document/literal or rpc/literal ({reasons})"
        raise GatewayError("profile.contract", where=service.name, detail=detail)
    messages, extra = _messages(service, files, wrappers)
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


def _lacking(service: Path, names: Sequence[str]) -> dict[str, str]:
    """Return the operations that cannot be called, each with the reason."""
    contract = Binding(service, None, [])
    return {
        name: "no request or no answer" if contract.offers(name) else _ELSEWHERE
        for name in names
        if contract.lacks_message(name) or not contract.offers(name)
    }


def _operations(binding: etree._Element, rpc: RpcMessages) -> Iterator[tuple[str, str, list[Wrapper]]]:
    """Yield the operations of a binding, each with the reason for which it is not served, or none.

    With them come the wrappers of rpc that no schema declares.
    """
    how = next((found for namespace in _SOAP if (found := binding.find(f"{namespace}binding")) is not None), None)
    for operation in binding.iterfind(f"{_WSDL}operation"):
        name = operation.get("name") or ""
        if how is None:
            yield name, _NO_SOAP, []
            continue
        own = next((found for each in _SOAP if (found := operation.find(f"{each}operation")) is not None), None)
        style = (own.get("style") if own is not None else None) or how.get("style") or "document"
        bodies = [each for namespace in _SOAP for each in operation.iter(f"{namespace}body")]
        if any(each.get("use", "literal") != "literal" for each in bodies):
            yield name, "use = encoded", []
        elif style != "rpc":
            yield name, "", []
        elif rpc.has_elements(operation):
            yield name, OF_ELEMENT, []
        else:
            yield name, "", list(rpc.wrappers(operation))


def _messages(service: Path, files: Sequence[Path], wrappers: Sequence[Wrapper] = ()) -> tuple[Path, dict[str, str]]:
    """Return the XSD of all messages, and the files that must be written for it, those of ``wrappers`` among them.

    Each schema that stands inside a WSDL gets a file, except one that only leads to other files. Several files of one
    namespace are included in one: an XSD imports each namespace once.
    """
    folder, written, inner = service.parent, dict[str, str](), dict[str, etree._Element]()
    places: dict[str | None, list[str]] = {}
    for number, schema in enumerate(_schemas(folder, files), start=1):
        own = schema.get("targetNamespace")
        elsewhere = [each for each in schema if each.tag in _LEADS and each.get("schemaLocation")]
        if len(elsewhere) == len(schema):
            found = [
                (each.get("namespace") if each.tag == _IMPORT else own, each.get("schemaLocation") or "")
                for each in elsewhere
            ]
        else:
            name = _unused(folder, f"types-{number}.xsd")
            inner[name] = schema
            found = [(own, name)]
        for namespace, location in found:
            if location not in places.setdefault(namespace, []):
                places[namespace].append(location)
    file_of: dict[str | None, str] = {}
    for number, (namespace, locations) in enumerate(places.items(), start=1):
        file_of[namespace] = locations[0]
        if len(locations) > 1:
            file_of[namespace] = _unused(folder, f"namespace-{number}.xsd")
            written[file_of[namespace]] = _leading_to(dict.fromkeys(locations, namespace), own=namespace)
    for name, schema in inner.items():
        for each in schema.iterfind(_IMPORT):
            if not each.get("schemaLocation") and each.get("namespace") in file_of:
                each.set("schemaLocation", file_of[each.get("namespace")])
        written[name] = etree.tostring(schema, encoding="unicode", with_tail=False)
    of_types = dict(file_of)
    for number, namespace in enumerate(dict.fromkeys(each.namespace for each in wrappers), start=1):
        name = _unused(folder, f"rpc-{number}.xsd")
        of_this = [each for each in wrappers if each.namespace == namespace]
        file_of[namespace], written[name] = name, schema_of(namespace, of_this, of_types)
    if len(file_of) == 1:
        [name] = file_of.values()
        return folder / unquote(name), written
    name = _unused(folder, WRAPPER)
    written[name] = _leading_to({location: namespace for namespace, location in file_of.items()}, own=None)
    return folder / name, written


def _schemas(folder: Path, files: Sequence[Path]) -> Iterator[etree._Element]:
    """Yield the schemas inside WSDLs; their locations are changed to those from the folder."""
    for file in files:
        beside = quote(file.parent.relative_to(folder).as_posix())
        for types in parsed_xml(file).iter(f"{_WSDL}types"):
            for schema in types.iter(f"{_XS}schema"):
                etree.strip_tags(schema, etree.Comment)
                for each in schema:
                    if (location := each.get("schemaLocation")) and beside != ".":
                        each.set("schemaLocation", f"{beside}/{location}")
                yield schema


def _leading_to(locations: Mapping[str, str | None], *, own: str | None) -> str:
    """Return an XSD that leads to files, each of a namespace; those of its ``own`` namespace are included."""
    schema = etree.Element(f"{_XS}schema", nsmap={"xs": _XS[1:-1]})
    if own is not None:
        schema.set("targetNamespace", own)
    for location, namespace in locations.items():
        if namespace == own:
            etree.SubElement(schema, _INCLUDE, schemaLocation=location)
        else:
            etree.SubElement(schema, _IMPORT, namespace=namespace or "", schemaLocation=location)
    return etree.tostring(schema, encoding="unicode", pretty_print=True)


def _unused(folder: Path, name: str) -> str:
    """Return a name that no file of the contract has."""
    while (folder / name).exists():
        name = f"made-{name}"
    return name


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
