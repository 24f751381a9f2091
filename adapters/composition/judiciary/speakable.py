"""Check of a profile's bundle before it becomes a version: can this gateway speak by it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.composition.judiciary.bound_profile import assert_own_contract, bound, unpacked_aside
from adapters.composition.judiciary.receipt_judges import format_judge
from adapters.settings import profile_in

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_TRIED: Final = "tried"
"""Placeholder version while validating."""


def assert_speakable(installation: Installation, octets: bytes, label: str) -> str:
    """Bind a bundle's contract, every mapping of messages and the format of receipts; return a summary.

    Raises `GatewayError` ``courier.contract``, ``mapping.*`` and as `assert_readable` does.
    """
    settings, file = installation.settings, installation.file
    assert_own_contract(label, settings, file)
    with unpacked_aside(octets, label) as folder:
        judiciary = bound(profile_in(folder, label, _TRIED), settings, file)
        operations = judiciary.binding.operations  # its errors come first
        format_judge(installation, judiciary)
        return f"{len(operations)} operations bound"
