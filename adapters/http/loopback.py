"""Check that an endpoint is on this very machine, by the client's own reading of its URL."""

from __future__ import annotations

import socket
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of


def assert_private(url: str, name: str, *, loopback_only: bool) -> None:
    """Raise `GatewayError` ``config.endpoint`` if messages to ``url`` would leave this machine in clear.

    With ``loopback_only`` they may not leave it at all. ``name`` is the endpoint's in the configuration.
    """
    outside = beyond_loopback(url)
    if outside and (loopback_only or urlsplit(url).scheme != "https"):
        raise GatewayError("config.endpoint", where=name, detail=f"no https, and {outside}")


def beyond_loopback(endpoint: str) -> str | None:
    """Return the reason why messages to ``endpoint`` could leave this machine, or None if they cannot.

    An address must be a loopback one. Of names, only ``localhost`` is resolved, and must lead to nothing else:
    resolving any other would already reveal us to the network.
    """
    host = _host(endpoint)
    if host == "localhost":
        try:
            addresses = sorted({str(info[4][0]) for info in socket.getaddrinfo(host, None)})
        except OSError as error:
            return f"localhost leads nowhere: {words_of(error)}"
        outside = [address for address in addresses if not is_loopback(address)]
        return f"localhost leads to {outside[0]}" if outside else None
    return None if is_loopback(host) else f"{host or 'its host'} is no loopback address"


@lru_cache(maxsize=64)
def _host(endpoint: str) -> str:
    """Return the host that would be connected to.

    Two readers of one URL may disagree, so this is the one that connects.
    """
    # The settings need `is_loopback` alone, and most verbs need no HTTP.
    import requests
    import urllib3.exceptions
    import urllib3.util

    try:
        url = requests.Request("POST", endpoint).prepare().url
        return (urllib3.util.parse_url(url or "").host or "").strip("[]")
    except (requests.RequestException, urllib3.exceptions.LocationParseError):
        return ""


def is_loopback(text: str) -> bool:
    """Return True if a text is a loopback address; a name is none, whatever it leads to."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
