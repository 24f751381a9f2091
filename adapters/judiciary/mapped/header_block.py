"""The header block of a foreign contract's requests, which a mapping makes of each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import zeep.exceptions
from lxml import etree

from adapters.judiciary.binding import Binding
from gateway.mapping.kinds.call_context import request_tree
from gateway.mapping.program.program import Program, nested
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.trust.trust_policy import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderBlock:
    """Header block ``tag``, ``{namespace}Name``; ``names`` are the contract's names of our operations.

    ``values`` are those of the configuration. ``places`` have the session's token; ``without`` are our operations that
    have no header.
    """

    binding: Binding
    tag: str
    program: Program
    names: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    places: Sequence[str] = ()
    without: frozenset[str] = frozenset()

    def stands_in(self, operation: str) -> bool:
        return operation not in self.without

    def make(self, operation: str, message_id: str, now: datetime, token: str | None) -> list[etree._Element]:
        """Return the block for one call. Raises `GatewayError` ``mapped.*`` if the contract allows no such block."""
        if not self.stands_in(operation):
            return []
        context = request_tree(message_id.removeprefix("urn:uuid:"), now, self.values, token)
        made = self.program.run({"operation": self.names.get(operation, operation), **context})
        if made.problems:
            first = made.problems[0]
            raise GatewayError(first.code, where=first.field, detail=self.program.label)
        try:
            return [self.binding.block(self.tag, nested(made.values))]
        except Rejection as misfit:
            detail = f"{misfit.detail}; {self.program.label}"
            raise GatewayError("mapped.message", where=misfit.where, detail=detail) from misfit
        except (zeep.exceptions.Error, TypeError, ValueError) as misfit:
            detail = f"{words_of(misfit)}; {self.program.label}"
            raise GatewayError("mapped.message", where=self.tag, detail=detail) from misfit
