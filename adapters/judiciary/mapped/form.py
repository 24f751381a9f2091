"""The form of a contract's messages, XML or JSON: all of a mapped contract that depends on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol

from adapters.judiciary.wire import Content
from gateway.mapping.model.paths import TEXT
from gateway.mapping.model.schema import in_xml

Path = tuple[str, ...]
"""Names that lead from a message to a value."""


class Form(Protocol[Content]):
    """Form of a contract's messages by its schema, and as mappings see it. Operations are given by our own names."""

    @property
    def operations(self) -> Sequence[str]:
        """The contract's names of the bound operations."""
        ...

    @property
    def is_xml(self) -> bool: ...

    def request(self, operation: str, values: Mapping[str, Any], *, judged: bool = True) -> Content:
        """Return the request that has these values, in the form of the contract's schema.

        One that is not ``judged`` is a record, with marks that the schema need not allow.

        Raises `Rejection` with the place that does not fit, and the rule. No value is quoted: it may be a person's.
        """
        ...

    def slots(self, request: Content) -> Sequence[int]:
        """Return the numbers of the sealed notices and large texts that have a slot in a request."""
        ...

    def header_places(self, operation: str) -> Sequence[str]:
        """Return the places of the session's token in the header block of a request."""
        ...

    def assert_answers(self, operation: str, answer: Content) -> None:
        """Raise `Rejection` ``verify.addressing`` for the answer to another operation, ``verify.schema`` for one that
        the contract does not allow.
        """
        ...

    def fault(self, answer: Content) -> str | None:
        """Return the code of a fault, or None if the answer is none."""
        ...

    def fault_words(self, answer: Content) -> str:
        """Return the words of a fault for a person; empty without any."""
        ...

    def status(self, answer: Content) -> int | None:
        """Return the HTTP status of an answer; None if it means nothing in this form."""
        ...

    def tree(self, answer: Content, names: Collection[str] | None = None) -> Any:
        """Return an answer as mappings read it: tables, lists and values.

        Of its outermost level, only parts with these ``names`` (None: any) need be there.
        """
        ...


def text_at(tree: Any, path: Path) -> str | None:
    """Return the first of `texts_at`; None if there is none."""
    return next(texts_at(tree, path), None)


def texts_at(tree: Any, path: Path) -> Iterator[str]:
    """Yield the texts at the end of a path that are not empty; a number or a truth value is written as in XML.

    A list stands for each of its elements, an element with attributes for its ``#text``. They may be stored, so a
    character that no database holds is U+FFFD. A step ``*`` leads to the only member, whatever its name.
    """
    if isinstance(tree, list):
        for each in tree:
            yield from texts_at(each, path)
    elif path and path != (TEXT,):
        name, *rest = path
        members = tree if isinstance(tree, dict) else {}
        if name == "*":
            name = next(iter(members)) if len(members) == 1 else name
        if name in members:
            yield from texts_at(members[name], tuple(rest))
    elif (text := _text(tree.get(TEXT) if isinstance(tree, dict) else tree)) is not None:
        yield text


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal):
        return str(value)
    return in_xml(value.strip()) or None if isinstance(value, str) else None
