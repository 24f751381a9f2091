"""Attempts to sign in, as subjects of the lock-out: account, known browser and peer, each as a keyed hash."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from adapters.crypto.keys.key_file import KeyFile
from gateway.people.lockout import ACCOUNT, PEER, LockRule
from gateway.people.sign_in_store import SignInStore
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError

_MAX_DEVICE: Final = 100
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

    def subject_of(self, login: str, person: str | None, device: str | None) -> str:
        """Return the subject of an account, or that of a known browser of the person."""
        if person is not None and device is not None and self.is_device_of(device, person):
            return self._subject("device", person, device)
        return self._subject("account", login)

    def peer_subject(self, peer: str) -> str:
        return self._subject("peer", _network(peer))

    def assert_free(self, rules: Mapping[str, LockRule], now: datetime) -> None:
        """Count an attempt that has not succeeded yet. Raises `SignInLocked` if a subject is locked."""
        if (until := self.store.take_attempt(rules, now)) is not None:
            raise SignInLocked(until)

    def new_device(self, person: str) -> str:
        """Return a token by which a browser of the person is known later. The store does not have it."""
        nonce = secrets.token_hex(16)
        return f"{nonce}.{self._device_proof(nonce, person)}"

    def is_device_of(self, device: str, person: str) -> bool:
        nonce, _, proof = device[:_MAX_DEVICE].partition(".")
        return proof.isascii() and hmac.compare_digest(proof, self._device_proof(nonce, person))

    def _device_proof(self, nonce: str, person: str) -> str:
        return self.key.keyed_hash("device", nonce, person).hex()

    def _subject(self, *parts: str) -> str:
        return f"{parts[0]}:{self.key.keyed_hash('attempt', *parts).hex()[:32]}"


def rules_of(account: str, peer: str) -> dict[str, LockRule]:
    return {account: ACCOUNT, peer: PEER}


def _network(peer: str) -> str:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, IPv6Address) and (mapped := address.ipv4_mapped) is not None:
        address = mapped
    return str(ip_network((address, _IPV6_SITE), strict=False) if isinstance(address, IPv6Address) else address)
