"""A contract's messages as XML: its WSDL, bound by zeep, and its XSD."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import zeep.exceptions
from lxml import etree

from adapters.contracts.xml_tree import tree_of
from adapters.crypto.message.soap_signing import SLOT
from adapters.crypto.xml.strict_xml import conforms
from adapters.judiciary.binding import Binding
from adapters.judiciary.mapped.error_container import MAX_WORDS
from adapters.judiciary.mapped.form import Path, text_at
from adapters.judiciary.mapped.header_block import HeaderBlock
from adapters.judiciary.mapped.text_slots import places_of, put
from adapters.judiciary.soap_wire import Actions
from gateway.runtime.plain_words import words_of
from gateway.trust.trust_policy import Rejection

_SLOTS: Final = "urn:eblagh:slots"

MAX_TEXT: Final = 10_000_000
"""Most characters of one text that libxml2, and programs built on it, read without the option of huge trees."""

_LONG_NUMBER: Final = re.compile(r"\d{8,}")
_HALF_SPACE: Final = "\u200c"
_NAME: Final = re.compile(r"[^\W\d][\w.-]*:(?P<local>[^\W\d][\w.-]*)")
_NAMES_IN: Final = (("faultcode", "faultcode"), ("Code", "Value"))
"""First and last steps to a code that is a qualified name; SOAP 1.2 has more of them in ``Subcode``."""

_WORDS_OF_FAULT: Final = ("faultstring", "Reason", "detail", "Detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlOperation:
    """Operation's ``name`` in the WSDL, and the WS-Addressing Actions of its answer and its faults."""

    name: str
    answer_action: str
    fault_actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlForm:
    """Form (`adapters.judiciary.mapped.form.Form`) in XML.

    ``bound`` are operations by our own names. ``schema`` judges every request before it is signed and every verified
    answer. ``fault_code`` is the path from a fault to its code, by local names; ``codes`` are those that the profile
    lists. ``header`` makes the header block of requests, if the contract demands one.

    A contract that we publish names the element of its faults' details, ``detail``: the schema judges it, and a fault
    with another detail has no code.
    """

    binding: Binding
    schema: etree.XMLSchema
    bound: Mapping[str, XmlOperation]
    fault_code: Path
    header: HeaderBlock | None = None
    detail: str | None = None
    codes: frozenset[str] = frozenset()

    @property
    def is_xml(self) -> bool:
        return True

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(operation.name for operation in self.bound.values()))

    @property
    def soap(self) -> str:
        """Namespace of the version of SOAP."""
        return self.binding.soap

    def actions(self, operation: str) -> Actions:
        bound = self.bound[operation]
        return Actions(
            request=self.binding.soap_action(bound.name), answer=bound.answer_action, faults=bound.fault_actions
        )

    def headers(self, operation: str, message_id: str, now: datetime, token: str | None) -> list[etree._Element]:
        """Return the header blocks of a request. Raises `GatewayError` ``mapped.*``."""
        return [] if self.header is None else self.header.make(operation, message_id, now, token)

    def header_places(self, operation: str) -> Sequence[str]:
        return () if self.header is None or not self.header.stands_in(operation) else self.header.places

    def request(self, operation: str, values: Mapping[str, Any], *, judged: bool = True) -> etree._Element:
        """Return the request's element; its parts stand in the order of the contract.

        Each `gateway.mapping.model.values.TextSlot` among the values is a slot in it.
        """
        name = self.bound[operation].name
        try:
            element = self.binding.request(name, values)
        except zeep.exceptions.ValidationError as misfit:
            where = ".".join(map(str, misfit.path or ())) or name
            raise Rejection("verify.schema", where=where, detail="missing") from misfit
        except (zeep.exceptions.Error, TypeError, ValueError) as misfit:
            raise Rejection("verify.schema", where=name, detail=words_of(misfit)) from misfit
        if judged:
            with _apart(list(element.iter(SLOT))):
                conforms(self.schema, element)
        _assert_readable(element)
        for slot, place in places_of(element, values).items():
            _assert_short(slot.length, place)
            put(slot, place)
        return element

    def slots(self, request: etree._Element) -> list[int]:
        return [int(slot.get("n", "")) for slot in request.iter(SLOT)]

    def assert_answers(self, operation: str, answer: etree._Element) -> None:
        """Check the answer by its schema. A fault's detail is not checked, unless it has an agreed name."""
        if self._is_fault(answer):
            if (detail := self._detail(answer)) is not None:
                conforms(self.schema, detail)
            return
        if answer.tag != self.binding.answer_tag(self.bound[operation].name):
            raise Rejection("verify.addressing", where=operation, detail="the answer to another operation")
        conforms(self.schema, answer)

    def fault(self, answer: etree._Element) -> str | None:
        """Return the code of a fault, or ``soap.fault`` if it has none; None if the answer is no fault.

        A code of SOAP itself is a qualified name (SOAP 1.1, 4.4; SOAP 1.2, 5.4.1), whose prefix the service chooses. It
        is returned as the profile lists it.
        """
        if not self._is_fault(answer):
            return None
        if self.detail is None:
            return self._as_listed(text_at(tree_of(answer), self.fault_code) or "soap.fault")
        detail = self._detail(answer)
        return (None if detail is None else text_at(self.tree(detail), self.fault_code[2:])) or "soap.fault"

    def fault_words(self, answer: etree._Element) -> str:
        """Return the words of a fault: its string or reasons, and the texts of its detail but for its code.

        They are one line of `MAX_WORDS` characters at most. A number of eight digits or more is not shown: it may be a
        person's.
        """
        code, found = self.fault(answer), dict[str, None]()
        for part in answer:
            if etree.QName(part).localname in _WORDS_OF_FAULT:
                found |= {" ".join(text[: 2 * MAX_WORDS].split()): None for text in map(str, part.itertext())}
        words = "; ".join(each for each in found if each and each != code)
        shown = "".join(each for each in words if each.isprintable() or each == _HALF_SPACE)
        return _LONG_NUMBER.sub("########", shown)[:MAX_WORDS]

    def status(self, answer: etree._Element) -> None:  # noqa: ARG002 - it means nothing
        return None

    def tree(self, answer: etree._Element, names: Collection[str] | None = None) -> Any:
        return tree_of(answer, names) or {}

    def _as_listed(self, code: str) -> str:
        """Return the only listed code that differs from this one by its prefix alone, if there is one."""
        by_soap = (self.fault_code[0], self.fault_code[-1]) in _NAMES_IN
        if not by_soap or code in self.codes or (name := _NAME.fullmatch(code)) is None:
            return code
        same = [each for each in self.codes if (found := _NAME.fullmatch(each)) and found["local"] == name["local"]]
        return same[0] if len(same) == 1 else code

    def _detail(self, fault: etree._Element) -> etree._Element | None:
        return None if self.detail is None else next(fault.iterfind(f"detail/{self.detail}"), None)

    def _is_fault(self, answer: etree._Element) -> bool:
        return bool(answer.tag == f"{{{self.soap}}}Fault")


@contextmanager
def _apart(slots: Sequence[etree._Element]) -> Iterator[None]:
    """Put slots into a namespace of their own while the block runs: a seal has one, and wildcards may ask for it."""
    for slot in slots:
        slot.tag = f"{{{_SLOTS}}}{SLOT}"
    try:
        yield
    finally:
        for slot in slots:
            slot.tag = SLOT


def _assert_readable(element: etree._Element) -> None:
    for part in element.iter():
        _assert_short(len(part.text or ""), part)


def _assert_short(length: int, part: etree._Element) -> None:
    if length > MAX_TEXT:
        raise Rejection("verify.too-large", where=etree.QName(part).localname, detail=f"over {MAX_TEXT} characters")
