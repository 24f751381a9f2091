"""One message of a contract, in any of the contract languages."""

from __future__ import annotations

from pathlib import Path

from adapters.contracts.json_schema import schema_of
from gateway.mapping.model.schema import Group


def message_of(contract: Path, name: str) -> Group:
    """Return the tree of the message ``name``: a schema's name in a ``.json`` file, an element's in any other.

    Raises `gateway.runtime.errors.GatewayError` ``mapping.contract``.
    """
    if contract.suffix == ".json":
        return schema_of(contract, name)
    from adapters.contracts.xsd import element_of  # xmlschema is slow to import

    return element_of(contract, name)
