"""Ports that somebody supplies to an installation, in place of the edges that this package constructs.

The simulation of the whole system (`docs/design/simulation.md`) runs the product's passes and gates over them. Nothing
else supplies any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from adapters.composition.judiciary.bound_profile import BoundProfile
    from adapters.settings import WitnessSection
    from gateway.archive.timestamping import TimeAuthority
    from gateway.archive.witnessing import Witness
    from gateway.judiciary.call_pool import CallPool
    from gateway.judiciary.courier import Courier
    from gateway.notice.envelope import Sealer
    from gateway.receipts.receipt_batch import ReceiptJudge


class SuppliedPorts(Protocol):
    """A port for each edge that passes reach; each method stands in for the function of that name.

    Two of them return stand-ins for classes of adapters, which have methods beside their port: `source` and
    `archive_folder`.
    """

    def courier(self, judiciary: BoundProfile) -> Courier: ...

    def calls(self, make_courier: Callable[[], Courier], first: Courier) -> CallPool: ...

    def receipt_judge(self, judiciary: BoundProfile) -> ReceiptJudge: ...

    def sealer(self, judiciary: BoundProfile) -> Sealer: ...

    def source(self, name: str) -> Any: ...

    def archive_folder(self) -> Any: ...

    def time_authorities(self) -> list[TimeAuthority]: ...

    def witnesses(self) -> Sequence[tuple[WitnessSection, Witness]]: ...

    def keep_certificates(self) -> None: ...
