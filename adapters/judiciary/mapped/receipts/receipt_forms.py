"""Forms of receipts in the answers of a contract, and what is stored of each as its octets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from lxml import etree

from adapters.crypto.xml.strict_xml import canonical
from gateway.judiciary.courier import NamedNotice, RawReceipt
from gateway.mapping.kinds.exchange_schemas import NO_EVENT
from gateway.receipts.status_receipt import StatusReceipt, derived_id
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError


class ReceiptsOfAnswer(Protocol):
    """Form of receipts in an answer."""

    def receipts(self, answer: Any, found: Mapping[str, Any], asked: NamedNotice | None) -> list[RawReceipt]:
        """Return the receipts of a believed answer; ``found`` are the values that its mapping made, ``asked`` is
        the only notice that it was asked about.

        Raises `GatewayError` ``mapped.*`` if any cannot be read: none is skipped.
        """
        ...


@dataclass(frozen=True, slots=True)
class SignedReceipts:
    """Receipts that are signed themselves; the mapping of the answer makes their octets."""

    def receipts(self, answer: Any, found: Mapping[str, Any], asked: NamedNotice | None) -> list[RawReceipt]:  # noqa: ARG002 - a `ReceiptsOfAnswer`
        return [RawReceipt(octets=each.get("octets", b"")) for each in found.get("receipts", ())]


SIGNED: Final = SignedReceipts()


@dataclass(frozen=True, slots=True)
class ElementReceipts:
    """Receipts that are elements ``root`` (``{namespace}Name``) of the answer's content.

    Their octets are in exclusive C14N, so that a receipt has the same ones in every answer. An element inside another
    one is a part of that. ``unsigned``: they have no signature of their own.
    """

    root: str
    unsigned: bool = True

    def receipts(self, answer: Any, found: Mapping[str, Any], asked: NamedNotice | None) -> list[RawReceipt]:  # noqa: ARG002 - a `ReceiptsOfAnswer`
        assert isinstance(answer, etree._Element)
        outermost = [each for each in answer.iter(self.root) if not any(up.tag == self.root for up in _above(each))]
        return [RawReceipt(octets=canonical(each), unsigned=self.unsigned) for each in outermost]


@dataclass(frozen=True, slots=True)
class OpenReceipts:
    """Receipts that are the elements, of any name, at a ``place`` that the answer's schema leaves open.

    Elements inside a receipt are a part of it, whatever their names.
    """

    place: tuple[str, ...]

    def receipts(self, answer: Any, found: Mapping[str, Any], asked: NamedNotice | None) -> list[RawReceipt]:  # noqa: ARG002 - a `ReceiptsOfAnswer`
        assert isinstance(answer, etree._Element)
        path = "/".join(f"{{*}}{name}" for name in self.place)
        return [RawReceipt(octets=canonical(each)) for each in answer.iterfind(f"{path}/*")]


@dataclass(frozen=True, slots=True)
class StatusReceipts:
    """Receipts that are statuses with a date; the mapping of the answer makes their values."""

    def receipts(self, answer: Any, found: Mapping[str, Any], asked: NamedNotice | None) -> list[RawReceipt]:  # noqa: ARG002 - a `ReceiptsOfAnswer`
        stated = [each for each in found.get("receipts", ()) if each["event"] != NO_EVENT]
        return [RawReceipt(octets=_extract(each, asked).octets, unsigned=True) for each in stated]


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
