"""The operation by which a judiciary pushes receipts, with the mappings of its request and answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import zeep.exceptions
from lxml import etree

from adapters.contracts.xml_tree import tree_of
from adapters.crypto.xml.strict_xml import conforms
from adapters.judiciary.served_operation import ServedOperation
from gateway.mapping.kinds.call_context import config_tree
from gateway.mapping.kinds.outcomes import trimmed
from gateway.mapping.program.program import Program, nested
from gateway.receipts.receipt_callback import BroughtReceipt, TakenReceipt
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.trust.trust_policy import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedPush:
    """Push operation.

    ``schema`` judges every answer before it is signed; the endpoint judges requests by it. ``values`` are those of the
    configuration, for the answer's mapping.
    """

    operation: ServedOperation
    schema: etree.XMLSchema
    request: Program
    answer: Program
    answer_action: str
    values: Mapping[str, str] = field(default_factory=dict)

    def receipts(self, body: etree._Element) -> list[BroughtReceipt]:
        """Return the receipts of a message.

        Raises `Rejection` ``verify.schema`` if any cannot be read: none is skipped.
        """
        made = self.request.run(tree_of(body) or {})
        if made.problems:
            first = made.problems[0]
            raise Rejection("verify.schema", where=first.field, detail=f"{first.code}; {self.request.label}")
        found = map(trimmed, made.values.get("receipts", ()))
        return [BroughtReceipt(octets=each["octets"], named=each.get("receipt_id")) for each in found]

    def answer_to(self, taken: Sequence[TakenReceipt]) -> etree._Element:
        """Return the answer's element.

        Raises `GatewayError` ``mapped.message`` if the contract allows no such answer.
        """
        made = self.answer.run({"receipts": [_told(each) for each in taken]}, context=config_tree(self.values))
        if made.problems:
            first = made.problems[0]
            raise self._misfit(first.field, first.code)
        try:
            element = self.operation.answer(nested(made.values))
            conforms(self.schema, element)
        except Rejection as misfit:
            raise self._misfit(misfit.where, misfit.detail) from misfit
        except (zeep.exceptions.Error, TypeError, ValueError) as misfit:
            raise self._misfit(self.operation.name, words_of(misfit)) from misfit
        return element

    def _misfit(self, where: str, detail: str) -> GatewayError:
        return GatewayError("mapped.message", where=where, detail=f"{detail}; {self.answer.label}")


def _told(taken: TakenReceipt) -> dict[str, object]:
    return {
        "number": taken.number,
        "receipt_id": taken.receipt_id,
        "digest": taken.digest,
        "taken": taken.taken,
        "code": taken.code,
    }
