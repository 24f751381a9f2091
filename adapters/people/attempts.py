"""Attempts to sign in, as subjects of the lock-out: account, known browser, own account and peer, as keyed hashes."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from adapters.crypto.keys.key_file import KeyFile
from gateway.people.lockout import ACCOUNT, PEER, Subjects
from gateway.people.sign_in_store import Credential, SignInStore
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError

DEVICE_LIFE: Final = timedelta(days=180)
"""Time for which a browser is known after a sign-in."""
_MAX_DEVICE: Final = 150
_IPV6_SITE: Final = 64
"""A peer with IPv6 has all addresses of such a prefix (RFC 6177)."""


class SignInLocked(GatewayError):
    """`GatewayError` ``people.locked`` with the end of the wait."""

    literal_name = "SignInLocked"

    def __init__(self, until: datetime) -> None:
        super().__init__("people.locked", detail=f"until {timestamp(until)}")
        self.until = until


@dataclass(frozen=True)
class Attempts:
    """Count attempts in the store. The key separates them from guesses: a stored subject shows no login."""

    store: SignInStore
    key: KeyFile

    def of_sign_in(
        self, login: str, found: Credential | None, device: str | None, peer: str, now: datetime
    ) -> Subjects:
        """Return the subjects of a sign-in: of a known browser itself alone, otherwise the account and the peer.

        A known browser is not bound by failures of others at its address: many people may share one.
        """
        if found is not None and device is not None and self.is_device_of(device, found, now):
            return {self._subject("device", found.person.id, device): ACCOUNT}
        return {self._subject("account", login): ACCOUNT, **self.of_peer(peer)}

    def of_peer(self, peer: str) -> Subjects:
        return {self._subject("peer", _network(peer)): PEER}

    def of_own_account(self, person: str) -> Subjects:
        """Return the subject of changes to the own account, which strangers at the sign-in page do not reach."""
        return {self._subject("own", person): ACCOUNT}

    def assert_free(self, subjects: Subjects, now: datetime) -> None:
        """Count an attempt that has not succeeded yet. Raises `SignInLocked` if a subject is locked."""
        if (until := self.store.take_attempt(subjects, now)) is not None:
            raise SignInLocked(until)

    def succeed(self, subjects: Subjects) -> None:
        """Forget the failures of accounts and browsers; of a peer, this attempt alone."""
        peers = {subject for subject, rule in subjects.items() if rule is PEER}
        self.store.forgive(subjects.keys() - peers, peers)

    def new_device(self, of: Credential, now: datetime) -> str:
        """Return a token by which a browser of the person is known for `DEVICE_LIFE`. The store does not have it."""
        nonce, end = secrets.token_hex(16), str(int((now + DEVICE_LIFE).timestamp()))
        return f"{nonce}.{end}.{self._device_proof(nonce, end, of)}"

    def is_device_of(self, device: str, of: Credential, now: datetime) -> bool:
        """Return True for a token that has not ended, by its time or by a change of the person's credential."""
        nonce, _, rest = device[:_MAX_DEVICE].partition(".")
        end, _, proof = rest.partition(".")
        if not proof.isascii() or not hmac.compare_digest(proof, self._device_proof(nonce, end, of)):
            return False
        return now < datetime.fromtimestamp(int(end), UTC)

    def _device_proof(self, nonce: str, end: str, of: Credential) -> str:
        return self.key.keyed_hash("device", nonce, end, of.person.id, of.generation).hex()

    def _subject(self, *parts: str) -> str:
        return f"{parts[0]}:{self.key.keyed_hash('attempt', *parts).hex()[:32]}"


def _network(peer: str) -> str:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, IPv6Address) and (mapped := address.ipv4_mapped) is not None:
        address = mapped
    return str(ip_network((address, _IPV6_SITE), strict=False) if isinstance(address, IPv6Address) else address)
