"""One message of a contract, in any of the contract languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from adapters.contracts.json_schema import schema_of
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.model.schema import OPEN, Group, Leaf
from gateway.mapping.model.values import Type


def message_of(contract: Path, name: str) -> Group:
    """Return the tree of the message ``name``: a schema's name in a ``.json`` file, an element's in any other.

    Raises `gateway.runtime.errors.GatewayError` ``mapping.contract``.
    """
    if contract.suffix == ".json":
        return schema_of(contract, name)
    from adapters.contracts.xsd import element_of  # xmlschema is slow to import

    return element_of(contract, name)


def message_for(kind: str | None, contract: Path, name: str) -> Group:
    """Return the tree of the message ``name`` as a mapping of ``kind`` has it.

    A mapping that reads XML finds texts, whatever type the schema gives them; one that makes XML must give that type.
    Raises as `message_of` does.
    """
    found, used = message_of(contract, name), KINDS.get(kind or "")
    return _texts(found) if used is not None and used.source is OPEN and contract.suffix != ".json" else found


def _texts(group: Group) -> Group:
    """Return a group all of whose leaves are texts. An element of another contract is none."""
    members = {
        name: _texts(member) if isinstance(member, Group) else _text(member)
        for name, member in group.members.items()
        if isinstance(member, Group) or member.type is not Type.ELEMENT
    }
    return replace(group, members=members)


def _text(leaf: Leaf) -> Leaf:
    if leaf.type is Type.TEXT or (leaf.type is Type.ANY and not leaf.never):
        return leaf
    choices = None if leaf.choices is None else frozenset(map(str, leaf.choices))
    return replace(leaf, type=Type.TEXT, choices=choices, never=frozenset())
