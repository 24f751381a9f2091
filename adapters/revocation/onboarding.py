"""Whether a partner's certificates say where lists of them are; asked when they are taken in."""

from __future__ import annotations

from collections.abc import Collection

from adapters.crypto.keys.partner import Partner
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import Link


def assert_points(partner: Partner) -> None:
    """Raise `GatewayError` ``revocation.no-distribution-point`` naming the first certificate, of the partner or of
    one of its authorities, that names no distribution point of whole lists."""
    if silent := without_points(partner):
        detail = f"serial {silent[0].serial:x}"
        raise GatewayError("revocation.no-distribution-point", where=silent[0].subject, detail=detail)


def without_points(partner: Partner) -> list[Link]:
    """The certificates that do not say where lists of them are."""
    return [link for link in _links(partner) if not link.points]


def not_asked(partner: Partner, urls: Collection[str]) -> list[str]:
    """The addresses that certificates name for themselves, none of which is among those that are asked."""
    return sorted({min(link.points) for link in _links(partner) if link.points and link.points.isdisjoint(urls)})


def _links(partner: Partner) -> list[Link]:
    return list(dict.fromkeys(link for member in partner.members.values() for link in member.links))
