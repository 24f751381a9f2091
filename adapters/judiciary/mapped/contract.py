"""A contract with its mappings: what makes its requests and reads its answers. Names of elements are in files alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import zeep.exceptions
from lxml import etree

from adapters.contracts.xml_tree import parts_of, tree_of
from adapters.crypto.xml import conforms
from adapters.judiciary.binding import Binding
from gateway.errors import GatewayError
from gateway.mapping.program import Made, Program, nested
from gateway.trust import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedOperation:
    """One operation of the contract, by its ``name`` there; ``answer`` is None where nothing of its answer is read."""

    name: str
    request: Program
    answer: Program | None
    answer_action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedContract:
    """``bound`` are operations by our own names (`adapters.judiciary.operations`). ``fault_code`` leads from a fault to
    its code, by local names; ``schema`` judges every request before it is signed and every verified answer.
    ``receipt`` reads one receipt.
    """

    binding: Binding
    schema: etree.XMLSchema
    bound: Mapping[str, MappedOperation]
    fault_code: tuple[str, ...]
    receipt: Program

    @property
    def operations(self) -> tuple[str, ...]:
        """The contract's names of what is bound."""
        return tuple(dict.fromkeys(operation.name for operation in self.bound.values()))

    @property
    def soap(self) -> str:
        """The namespace of the version of SOAP."""
        return self.binding.soap

    def action(self, operation: str) -> str:
        return self.binding.soap_action(self.bound[operation].name)

    def answer_action(self, operation: str) -> str:
        return self.bound[operation].answer_action

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

    def read(self, operation: str, answer: etree._Element) -> Made:
        """Return what the mapping makes of an answer."""
        program = self.bound[operation].answer
        assert program is not None
        return program.run(tree_of(answer) or {})

    def assert_answers(self, operation: str, answer: etree._Element) -> None:
        """Raise `Rejection` ``verify.addressing`` for the answer to another operation, ``verify.schema`` for one that
        the contract does not allow. A fault's detail is not judged: of it, a code is read."""
        if self._is_fault(answer):
            return
        if answer.tag != self.binding.answer_tag(self.bound[operation].name):
            raise Rejection("verify.addressing", where=operation, detail="the answer to another operation")
        conforms(self.schema, answer)

    def fault(self, answer: etree._Element) -> str | None:
        """Return a fault's code (``soap.fault`` where it has none), or None where the answer is none."""
        if not self._is_fault(answer):
            return None
        here: Any = tree_of(answer)
        for name in self.fault_code:
            here = here.get(name) if isinstance(here, dict) else None
        return here if isinstance(here, str) and here else "soap.fault"

    def _is_fault(self, answer: etree._Element) -> bool:
        return bool(answer.tag == f"{{{self.soap}}}Fault")


def _assert_whole(made: Made, program: Program) -> None:
    if made.problems:
        first = made.problems[0]
        raise GatewayError(first.code, where=first.title or first.field, detail=f"mapping {program.name}")


def _misfit(bound: MappedOperation, where: str, detail: str) -> GatewayError:
    return GatewayError("mapped.message", where=where or bound.name, detail=f"{detail}; mapping {bound.request.name}")
