"""Cookies of a client: one jar for each server, and one ``Cookie`` header for the two sides' cookies (RFC 6265)."""

from __future__ import annotations

from collections import defaultdict

from requests.cookies import RequestsCookieJar
from urllib3.util import parse_url


class Cookies:
    """Cookies that servers have set. A server is a scheme, a host and a port.

    A jar by itself would give a cookie to other ports of its host, to subdomains, and to whom its Domain names.
    """

    def __init__(self) -> None:
        self._jars = defaultdict[tuple[str | None, str | None], RequestsCookieJar](RequestsCookieJar)

    def of_server(self, url: str) -> RequestsCookieJar:
        """Return the jar of an address's server. Raises `urllib3.exceptions.LocationParseError`."""
        parts = parse_url(url)
        return self._jars[parts.scheme, parts.netloc]


def both(ours: str, theirs: str) -> str:
    """Return a ``Cookie`` with our cookies, and behind them those of the server that have other names."""
    names = {_name_of(pair) for pair in ours.split(";")}
    return "; ".join([ours, *(pair for pair in theirs.split("; ") if _name_of(pair) not in names)])


def _name_of(pair: str) -> str:
    return pair.partition("=")[0].strip()
