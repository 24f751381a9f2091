"""Check that a partner's certificates name the addresses of their revocation lists."""

from __future__ import annotations

from collections.abc import Collection

from adapters.crypto.keys.partner import Partner
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import Link


def assert_points(partner: Partner) -> None:
    """Raise `GatewayError` ``revocation.no-distribution-point`` if a certificate names no point of whole lists.

    The error names the first such certificate, of the partner or of one of its authorities.
    """
    if silent := without_points(partner):
        detail = f"serial {silent[0].serial:x}"
        raise GatewayError("revocation.no-distribution-point", where=silent[0].subject, detail=detail)


def without_points(partner: Partner) -> list[Link]:
    """Return the certificates that name no address of their lists."""
    return [link for link in _links(partner) if not link.points]


def not_asked(partner: Partner, urls: Collection[str]) -> list[str]:
    """Return the addresses in certificates that the configuration lacks."""
    return sorted({min(link.points) for link in _links(partner) if link.points and link.points.isdisjoint(urls)})


def _links(partner: Partner) -> list[Link]:
    return list(dict.fromkeys(link for member in partner.members.values() for link in member.links))
