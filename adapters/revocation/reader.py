"""Reader of revocation lists of the authorities in the configured chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509

from adapters.crypto.keys.revocation_list import ListRefused, as_der, assert_in_force, read_list
from gateway.trust.revocation_status import RevocationList


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityLists:
    """Implementation of `gateway.trust.revocation_refresh.ListReader`.

    ``skew`` is the tolerance for the authorities' clocks.
    """

    authorities: Sequence[x509.Certificate] = field(repr=False)
    skew: timedelta

    def read(self, octets: bytes, where: str) -> RevocationList:
        return read_list(octets, self.authorities, where)

    def read_new(self, octets: bytes, where: str, now: datetime) -> tuple[RevocationList, bytes]:
        try:
            der = as_der(octets)
        except ListRefused as refused:
            raise ListRefused(refused.code, where=where, detail=refused.detail) from refused
        found = self.read(der, where)
        assert_in_force(found, now, self.skew, where)
        return found, der
