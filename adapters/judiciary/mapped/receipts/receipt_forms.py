"""Forms of receipts in the answers of a contract, and what is stored of each as its octets."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from lxml import etree

from adapters.crypto.xml.strict_xml import canonical
from gateway.judiciary.courier import NamedNotice, RawReceipt
from gateway.mapping.kinds.exchange_schemas import NO_EVENT
from gateway.mapping.model.list_part import ListPart
from gateway.receipts.status_receipt import StatusReceipt, derived_id
from gateway.receipts.unread_receipt import UnreadReceipt
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError

Place = Callable[[], str]
"""Function that names the mapping, and the service's own words beside it, for a person."""


class ReceiptsOfAnswer(Protocol):
    """Form of receipts in an answer."""

    def receipts(
        self, answer: Any, parts: Sequence[ListPart], asked: NamedNotice | None, place: Place
    ) -> list[RawReceipt]:
        """Return the receipts of a believed answer, also those that cannot be read: none is skipped.

        ``parts`` are the elements that its mapping found, ``asked`` is the only notice that it was asked about.
        """
        ...

    def receipt(self, made: Mapping[str, Any], asked: NamedNotice | None) -> RawReceipt | None:
        """Return the receipt that a mapping made of one element; None if it states no event yet.

        Raises `GatewayError` ``mapped.*``.
        """
        ...


def read_part(form: ReceiptsOfAnswer, part: ListPart, asked: NamedNotice | None, place: Place) -> RawReceipt | None:
    """Return the receipt in one element of an answer; None if it states no event yet.

    One that cannot be read has the element as its octets (`gateway.receipts.unread_receipt`), with the error.
    """
    if part.problems:
        first = part.problems[0]
        unread = GatewayError(first.code, where=first.field, detail="; ".join(filter(None, (first.reason, place()))))
    else:
        try:
            return form.receipt(part.values, asked)
        except GatewayError as misfit:
            unread = GatewayError(misfit.code, where=misfit.where, detail=place())
    return RawReceipt(octets=octets_of(part, asked), unsigned=True, unread=unread)


def octets_of(part: ListPart, asked: NamedNotice | None = None) -> bytes:
    """Return the octets that identify one element of an answer, whether or not it can be read."""
    kept = UnreadReceipt(
        element=part.source,
        beside=part.beside,
        repeat=part.number,
        asked_reference=asked.reference if asked else None,
        asked_number=asked.tracking_number if asked else None,
    )
    return kept.octets


def part_of(kept: UnreadReceipt) -> ListPart:
    """Return the element of a receipt that could not be read, to be made again."""
    return ListPart(source=kept.element, beside=kept.beside, number=kept.repeat, values={}, problems=())


class _MadeByMapping(ABC):
    """Form of receipts that the mapping of an answer makes, element by element."""

    __slots__ = ()

    @abstractmethod
    def receipt(self, made: Mapping[str, Any], asked: NamedNotice | None) -> RawReceipt | None: ...

    def receipts(
        self,
        answer: Any,  # noqa: ARG002 - a `ReceiptsOfAnswer`
        parts: Sequence[ListPart],
        asked: NamedNotice | None,
        place: Place,
    ) -> list[RawReceipt]:
        found = (read_part(self, part, asked, place) for part in parts)
        return [receipt for receipt in found if receipt is not None]


class _InTheAnswer:
    """Form of receipts that are elements of an answer: no mapping makes them."""

    __slots__ = ()

    def receipt(self, made: Mapping[str, Any], asked: NamedNotice | None) -> RawReceipt:  # noqa: ARG002
        """Refuse a part that a mapping made: the profile had another form of receipts when it was kept."""
        raise GatewayError("mapped.field-invalid", where="receipts")


@dataclass(frozen=True, slots=True)
class SignedReceipts(_MadeByMapping):
    """Receipts that are signed themselves; the mapping of the answer makes their octets."""

    def receipt(self, made: Mapping[str, Any], asked: NamedNotice | None) -> RawReceipt:  # noqa: ARG002
        return RawReceipt(octets=made.get("octets", b""))


SIGNED: Final = SignedReceipts()


@dataclass(frozen=True, slots=True)
class ElementReceipts(_InTheAnswer):
    """Receipts that are elements ``root`` (``{namespace}Name``) of the answer's content.

    Their octets are in exclusive C14N, so that a receipt has the same ones in every answer. An element inside another
    one is a part of that. ``unsigned``: they have no signature of their own.
    """

    root: str
    unsigned: bool = True

    def receipts(
        self,
        answer: Any,
        parts: Sequence[ListPart],  # noqa: ARG002 - a `ReceiptsOfAnswer`
        asked: NamedNotice | None,  # noqa: ARG002
        place: Place,  # noqa: ARG002
    ) -> list[RawReceipt]:
        assert isinstance(answer, etree._Element)
        outermost = [each for each in answer.iter(self.root) if not any(up.tag == self.root for up in _above(each))]
        return [RawReceipt(octets=canonical(each), unsigned=self.unsigned) for each in outermost]


@dataclass(frozen=True, slots=True)
class OpenReceipts(_InTheAnswer):
    """Receipts that are the elements, of any name, at a ``place`` that the answer's schema leaves open.

    Elements inside a receipt are a part of it, whatever their names.
    """

    place: tuple[str, ...]

    def receipts(
        self,
        answer: Any,
        parts: Sequence[ListPart],  # noqa: ARG002 - a `ReceiptsOfAnswer`
        asked: NamedNotice | None,  # noqa: ARG002
        place: Place,  # noqa: ARG002
    ) -> list[RawReceipt]:
        assert isinstance(answer, etree._Element)
        path = "/".join(f"{{*}}{name}" for name in self.place)
        return [RawReceipt(octets=canonical(each)) for each in answer.iterfind(f"{path}/*")]


@dataclass(frozen=True, slots=True)
class StatusReceipts(_MadeByMapping):
    """Receipts that are statuses with a date; the mapping of the answer makes their values."""

    def receipt(self, made: Mapping[str, Any], asked: NamedNotice | None) -> RawReceipt | None:
        return None if made["event"] == NO_EVENT else RawReceipt(octets=_extract(made, asked).octets, unsigned=True)


def _extract(stated: Mapping[str, Any], asked: NamedNotice | None) -> StatusReceipt:
    only = asked or NamedNotice(reference="")
    reference, number = stated.get("reference") or only.reference, stated.get("tracking_number") or only.tracking_number
    event, at = stated["event"], stated.get("event_time")
    wanted = {"reference": reference, "tracking_number": number, "event_time": at}
    if missing := [name for name, value in wanted.items() if not value]:
        raise GatewayError("mapped.field-missing", where=f"receipts.{missing[0]}")
    assert isinstance(at, datetime)
    return StatusReceipt(
        receipt_id=stated.get("receipt_id") or derived_id(reference, event, at),
        reference=reference,
        tracking_number=str(number),
        event=event,
        event_time=timestamp(at),
    )


def _above(element: etree._Element) -> list[etree._Element]:
    return list(element.iterancestors())
