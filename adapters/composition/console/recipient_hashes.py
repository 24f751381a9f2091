"""Search by the recipient's identifier: its keyed hashes by every key of the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.notice.recipient_index import KeyedHash, RecipientKey
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def hashes_of(installation: Installation, identifier: str) -> list[KeyedHash]:
    """Return the hashes of a checked identifier by every key.

    Raises `GatewayError` ``search.no-key``, or ``search.key-lost`` if notices are indexed by a key that is not here.
    """
    return [key.hash_of(identifier) for key in recipient_keys(installation)]


def recipient_keys(installation: Installation) -> list[RecipientKey]:
    """Return the keys, the present one first. Raises as `hashes_of`."""
    file = installation.recipient_keys
    found = file.known()
    if not found:
        code = "search.key-lost" if installation.store().recipients.sizes() else "search.no-key"
        raise GatewayError(code, where=str(file.path))
    return found


def unindexed(installation: Installation) -> int:
    """Return the number of notices that no key of ours finds yet by their recipients."""
    return installation.store().recipients.count_unindexed(*(key.id for key in installation.recipient_keys.known()))
