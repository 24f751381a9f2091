"""A contract with its mappings: what makes its requests and reads its answers. Names of elements are in files alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import zeep.exceptions
from lxml import etree

from adapters.contracts.xml_tree import parts_of, tree_of
from adapters.crypto.xml import conforms
from adapters.judiciary.binding import Binding
from adapters.judiciary.mapped.push import MappedPush
from adapters.judiciary.mapped.sealed_notice import sealed_tree
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS
from adapters.judiciary.soap_wire import Actions
from adapters.judiciary.wire import Submission
from gateway.courier import Operation, Outcome, RawReceipt, ReceiptPage, SealSlice, Standing
from gateway.errors import GatewayError
from gateway.mapping.kinds.outcomes import outcomes_of, standings_of
from gateway.mapping.program import Made, Program, nested
from gateway.trust import Rejection

PROBE_REFERENCE: Final = "EB-" + "A" * 32
"""Names no notice: asking about it proves the whole path, and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedOperation:
    """One operation of the contract, by its ``name`` there; ``answer`` is None where nothing of its answer is read."""

    name: str
    request: Program
    answer: Program | None
    answer_action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedContract:
    """`adapters.judiciary.wire.Contract`. ``bound`` are operations by our own names (`adapters.judiciary.operations`).
    ``fault_code`` leads from a fault to its code, by local names; ``schema`` judges every request before it is signed
    and every verified answer. ``receipt`` reads one receipt. ``push`` is how the judiciary brings receipts, where it
    does.

    The seal travels inside the message as the octets that it is, in base64; so a message is stored whole.
    """

    binding: Binding
    schema: etree.XMLSchema
    bound: Mapping[str, MappedOperation]
    fault_code: tuple[str, ...]
    receipt: Program
    push: MappedPush | None = None

    @property
    def operations(self) -> tuple[str, ...]:
        """The contract's names of what is bound."""
        served = [] if self.push is None else [self.push.operation.name]
        return tuple(dict.fromkeys([*(operation.name for operation in self.bound.values()), *served]))

    @property
    def soap(self) -> str:
        """The namespace of the version of SOAP."""
        return self.binding.soap

    def actions(self, operation: str) -> Actions:
        bound = self.bound[operation]
        return Actions(request=self.binding.soap_action(bound.name), answer=bound.answer_action)

    def submission(self, seals: Sequence[SealSlice]) -> Submission[etree._Element]:
        told = {"notices": [sealed_tree(seal) for seal in seals]}
        return Submission(content=self.request(Operation.SUBMIT.value, told))

    def inquiry(self, references: Sequence[str]) -> etree._Element:
        asked = {"notices": [{"reference": reference} for reference in references]}
        return self.request(Operation.INQUIRE_STATUS.value, asked)

    def page(self, cursor: str, limit: int) -> etree._Element:
        return self.request(FETCH_RECEIPTS, {"cursor": cursor or None, "limit": limit})

    def confirmation(self, receipt_ids: Sequence[str]) -> etree._Element | None:
        if CONFIRM_RECEIPTS not in self.bound:
            return None
        return self.request(CONFIRM_RECEIPTS, {"receipts": [{"receipt_id": each} for each in receipt_ids]})

    def account(self, kind: str, identifier: str) -> etree._Element:  # noqa: ARG002 - nobody is named
        # Such a contract is not asked about persons: an inquiry takes that place, and proves the same path.
        return self.inquiry([PROBE_REFERENCE])

    def has_account(self, answer: etree._Element) -> bool:  # noqa: ARG002 - it came, and that is all
        return False

    def outcomes(self, answer: etree._Element, references: Sequence[str]) -> Mapping[str, Outcome]:
        return outcomes_of(self._read(Operation.SUBMIT.value, answer), references)

    def standings(self, answer: etree._Element, references: Sequence[str]) -> Mapping[str, Standing]:
        return standings_of(self._read(Operation.INQUIRE_STATUS.value, answer), references)

    def receipts(self, answer: etree._Element) -> ReceiptPage:
        made = self._read(FETCH_RECEIPTS, answer)
        if made.problems:
            first = made.problems[0]
            raise GatewayError(first.code, where=first.field)
        found = made.values
        return ReceiptPage(
            receipts=[RawReceipt(octets=each["octets"]) for each in found.get("receipts", ())],
            cursor=found.get("cursor") or "",
            more=found.get("more") or False,
        )

    def request(self, operation: str, source: Mapping[str, Any]) -> etree._Element:
        """Return a request's element, in the order that the contract wants.

        Raises `GatewayError` ``mapped.*`` with the target's path, and ``mapped.message`` with the element that the
        contract's schema refuses. No value is quoted: it may be a person's.
        """
        bound = self.bound[operation]
        made = bound.request.run(source)
        _assert_whole(made, bound.request)
        try:
            element = self.binding.request(bound.name, **parts_of(nested(made.values)))
            conforms(self.schema, element)
        except Rejection as misfit:
            raise _misfit(bound, misfit.where, misfit.detail) from misfit
        except zeep.exceptions.ValidationError as misfit:
            raise _misfit(bound, ".".join(map(str, misfit.path or ())), "missing") from misfit
        except (zeep.exceptions.Error, TypeError, ValueError) as misfit:
            raise _misfit(bound, bound.name, type(misfit).__name__) from misfit
        return element

    def assert_answers(self, operation: str, answer: etree._Element) -> None:
        """A fault's detail is not judged: of it, a code is read."""
        if self._is_fault(answer):
            return
        if answer.tag != self.binding.answer_tag(self.bound[operation].name):
            raise Rejection("verify.addressing", where=operation, detail="the answer to another operation")
        conforms(self.schema, answer)

    def fault(self, answer: etree._Element) -> str | None:
        """A fault without a code is ``soap.fault``."""
        if not self._is_fault(answer):
            return None
        here: Any = tree_of(answer)
        for name in self.fault_code:
            here = here.get(name) if isinstance(here, dict) else None
        return here if isinstance(here, str) and here else "soap.fault"

    def _read(self, operation: str, answer: etree._Element) -> Made:
        program = self.bound[operation].answer
        assert program is not None
        return program.run(tree_of(answer) or {})

    def _is_fault(self, answer: etree._Element) -> bool:
        return bool(answer.tag == f"{{{self.soap}}}Fault")


def _assert_whole(made: Made, program: Program) -> None:
    if made.problems:
        first = made.problems[0]
        raise GatewayError(first.code, where=first.title or first.field, detail=f"mapping {program.name}")


def _misfit(bound: MappedOperation, where: str, detail: str) -> GatewayError:
    return GatewayError("mapped.message", where=where or bound.name, detail=f"{detail}; mapping {bound.request.name}")
