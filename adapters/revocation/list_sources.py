"""Sources of revocation lists: addresses and files. Octets are bounded here, and verified by the caller.

LDAP is not supported. An address in a certificate is never fetched unless the configuration names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from adapters.crypto.keys.revocation_list import MAX_LIST_BYTES, ListRefused
from adapters.http.loopback import beyond_loopback
from gateway.runtime.errors import GatewayError


class HttpLists:
    """Implementation of `gateway.trust.revocation_refresh.ListSource` by GET from one address.

    ``loopback_only`` restricts it to this machine. Plain HTTP is sufficient: lists are signed, and TLS would need
    revocation lists in turn.
    """

    def __init__(self, url: str, timeout: timedelta, *, loopback_only: bool) -> None:
        self._url, self._timeout, self._loopback_only = url, timeout, loopback_only

    @property
    def name(self) -> str:
        return self._url

    def fetch(self) -> Sequence[bytes]:
        """Raise `GatewayError` ``config.endpoint``, ``revocation.fetch``, `ListRefused` ``revocation.too-large``."""
        if self._loopback_only and (outside := beyond_loopback(self._url)):
            raise GatewayError("config.endpoint", where=self._url, detail=f"development stays here: {outside}")
        # Whoever reads receipts knows the sources of lists, and fetches none.
        from adapters.http.client import HttpClient, NoAnswer

        try:
            with closing(HttpClient(self._timeout)) as client:
                answer = client.get(self._url, {}, MAX_LIST_BYTES)
        except NoAnswer as error:
            raise GatewayError("revocation.fetch", where=self._url, detail=error.reason) from error
        if answer.status != 200:
            raise GatewayError("revocation.fetch", where=self._url, detail=f"HTTP {answer.status}")
        if len(answer.body) > MAX_LIST_BYTES:
            raise ListRefused("revocation.too-large", where=self._url, detail=f"more than {MAX_LIST_BYTES} octets")
        return [answer.body]


class FileList:
    """Implementation of `gateway.trust.revocation_refresh.ListSource` by a file, DER or PEM.

    A person puts the file there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return str(self._path)

    def fetch(self) -> Sequence[bytes]:
        """Raise `GatewayError` ``revocation.folder``, `ListRefused` ``revocation.too-large``."""
        limit = MAX_LIST_BYTES * 3 // 2  # as PEM
        try:
            with self._path.open("rb") as file:
                octets = file.read(limit + 1)
        except OSError as error:
            raise GatewayError("revocation.folder", where=self.name, detail=str(error.strerror)) from error
        if len(octets) > limit:
            raise ListRefused("revocation.too-large", where=self.name, detail=f"more than {limit} octets")
        return [octets]


def in_folder(folder: Path) -> list[FileList]:
    """Return a source for each file ``*.crl`` in a folder. Raises `GatewayError` ``revocation.folder``."""
    try:
        return [FileList(path) for path in sorted(folder.iterdir()) if path.suffix == ".crl"]
    except OSError as error:
        raise GatewayError("revocation.folder", where=str(folder), detail=str(error.strerror)) from error
