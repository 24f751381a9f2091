"""Draft of the editor that is a version already: nothing of it is recorded, and the person is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gateway.store.ports.version_store import VersionStore
from gateway.store.version import MappingVersion
from gateway.store.version_state import MappingState

_NEW: Final = (MappingState.DRAFT, MappingState.CHECKED)


def stored_before(store: VersionStore, facts: Mapping[str, Any], login: str, reason: str) -> MappingVersion | None:
    """Return the version that had the octets of an import before, by the import's ``facts``; None for a new one.

    A second press of the button has the version, the person and the reason of the first one: None, too.
    """
    name, _, number = str(facts["version"]).rpartition("@")
    found = None if facts["changed"] else store.get(name, int(number))
    if found is None:
        return None
    first = store.history(name, int(number))[0]
    is_pressed_again = found.state in _NEW and (first.account, first.reason) == (login, reason)
    return None if is_pressed_again else found
