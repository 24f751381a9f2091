"""The port to the quarantine: rejected input, kept as it came. `Store.commit` writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.notice.outbox import OutboxEntry
from gateway.store.stored import Quarantined, QuarantineKind


class QuarantineStore(Protocol):
    """Read items of the quarantine. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def items(self, digest: str) -> list[Quarantined]:
        """Return every item of these octets by code, ended ones too."""
        ...

    def about(self, references: Sequence[str]) -> list[Quarantined]:
        """Return every item that names one of these notices, verified or not, ended ones too, by digest and code."""
        ...

    def page(self, *, code: str | None, limit: int, after: tuple[str, str] | None) -> list[Quarantined]:
        """Return a page of open items by digest and code, behind the pair ``after``."""
        ...

    def size(self, kind: QuarantineKind) -> int:
        """Count the open items of this kind."""
        ...

    def known_by_now(self, limit: int) -> list[Quarantined]:
        """Return open items of receipts that wait (`gateway.store.waiting_receipt.WAITING`) and can be judged now.

        The notice or its tracking number is known, or no number is awaited, since a person has decided, or is to decide
        on a notice that nobody can ask about. One that waits for the archive can be judged at any time.
        """
        ...

    def named_in_queue(self, limit: int) -> list[OutboxEntry]:
        """Return notices in `QUEUED` that an open item of a believed receipt names
        (`gateway.store.waiting_receipt.SIGNED`)."""
        ...
