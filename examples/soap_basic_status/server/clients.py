"""Clients that may call: user and password (HTTP Basic) and an API key, both of one client; and its sessions."""

import base64
import binascii
import hmac
import json
import os
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Client:
    name: str
    user: str
    password: str
    api_key: str
    # None: all.
    operations: frozenset[str] | None = None
    kinds: frozenset[int] | None = None


def make(path: Path) -> None:
    """Development credentials, where the caller gave none."""
    if path.exists():
        return
    client = {
        "name": "municipality",
        "user": "municipality",
        "password": secrets.token_urlsafe(15),
        "api_key": secrets.token_hex(16),
    }
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump([client], out, indent=1)


def _client(given: dict[str, object]) -> Client:
    operations, kinds = given.get("operations"), given.get("kinds")
    return Client(
        name=str(given.get("name", given["user"])),
        user=str(given["user"]),
        password=str(given["password"]),
        api_key=str(given["api_key"]),
        operations=frozenset(operations) if isinstance(operations, list) else None,
        kinds=frozenset(kinds) if isinstance(kinds, list) else None,
    )


def read(path: Path) -> list[Client]:
    """Read at each request, so that a password can change while the service runs."""
    return [_client(given) for given in json.loads(path.read_text(encoding="utf-8"))]


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _basic(header: str | None) -> tuple[str, str] | None:
    scheme, _, words = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(words.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def login(clients: list[Client], authorization: str | None, api_key: str | None) -> Client | None:
    given = _basic(authorization)
    if given is None or api_key is None:
        return None
    for client in clients:
        if _same(client.user, given[0]) and _same(client.password, given[1]) and _same(client.api_key, api_key):
            return client
    return None


class Sessions:
    """Held in memory alone: a restart forgets them, as the contract says."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle = idle_seconds
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str, float]] = {}

    def begin(self, client: Client) -> str:
        key = secrets.token_hex(12)
        with self._lock:
            self._held[key] = (client.name, time.monotonic())
            old = [other for other, (_, used) in self._held.items() if time.monotonic() - used > self._idle]
            for other in old:
                del self._held[other]
        return key

    def touch(self, key: str, client: Client) -> bool:
        with self._lock:
            name, used = self._held.get(key, ("", 0.0))
            alive = name == client.name and time.monotonic() - used <= self._idle
            if alive:
                self._held[key] = (name, time.monotonic())
            return alive

    def forget(self, key: str) -> None:
        with self._lock:
            self._held.pop(key, None)


class Quota:
    """So many calls of one client in 60 seconds; 0 is no limit."""

    def __init__(self, calls: int) -> None:
        self._calls = calls
        self._lock = threading.Lock()
        self._seen: dict[str, list[float]] = {}

    def allows(self, client: Client) -> bool:
        if not self._calls:
            return True
        with self._lock:
            instant = time.monotonic()
            recent = [at for at in self._seen.get(client.name, []) if instant - at < 60]
            allowed = len(recent) < self._calls
            self._seen[client.name] = [*recent, instant] if allowed else recent
            return allowed
