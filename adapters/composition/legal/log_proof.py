"""Proof of a fresh record in the log, signed at once; and the fingerprint by which people know the log's key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from adapters.composition.archive import archive_folder, assert_same_origin
from adapters.crypto.keys.note import NoteVerifier
from gateway.archive.archiving import ArchivePolicy, Rhythm, archive
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

AT_ONCE: Final = ArchivePolicy(
    checkpoints=Rhythm(every=timedelta(), records=1), segments=Rhythm(every=timedelta.max, records=1 << 62)
)
"""Sign a checkpoint now, and write no segment."""

T = TypeVar("T")


def once_covered(installation: Installation, find: Callable[[], T]) -> T:
    """Return what ``find`` returns of a record; sign a checkpoint first if none covers the record yet.

    ``find`` raises ``evidence.not-archived`` then. Raises `GatewayError` ``archive.*``, ``key.*``, ``store.*``.
    """
    try:
        return find()
    except GatewayError as error:
        if error.code != "evidence.not-archived":
            raise
    assert_same_origin(installation)
    folder = archive_folder(installation)
    report = archive(installation.store().log, installation.checkpoints, folder, installation.clock, AT_ONCE)
    if report.errors:
        raise report.errors[0]
    return find()


def fingerprint(key: NoteVerifier) -> str:
    """Return the fingerprint of a log's key: SHA-256 of its 32 octets, hexadecimal."""
    return hashlib.sha256(key.public).hexdigest()
