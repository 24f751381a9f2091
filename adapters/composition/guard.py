"""The guard between development and the real service: neither side's values reach the other.

A development configuration reaches this machine alone. A production configuration has no development certificate, no
shortened time, no optional second factor, and no endpoint that a message would travel to in clear.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from adapters.crypto.keys.certificate import load_certificates
from adapters.http.loopback import beyond_loopback
from adapters.settings import Settings, SoapSection, place_of
from gateway.runtime.errors import GatewayError

FLOORS = {
    ("judiciary", "lifetime_seconds"): timedelta(seconds=60),
    ("judiciary", "skew_seconds"): timedelta(seconds=10),
    ("judiciary", "settle_seconds"): timedelta(minutes=5),
    ("dispatch", "queue_lifetime_days"): timedelta(days=1),
    ("time", "day_seconds"): timedelta(days=1),
}
"""Least values in production: two machines with clocks of their own need them, and a day is a day.

Less is for a local sandbox.
"""


def violations(settings: Settings, file: Path) -> list[GatewayError]:
    """Return everything in the configuration ``file`` that its environment forbids.

    Each is ``config.endpoint``, ``config.sandbox-value`` or ``key.development``, or names a certificate that cannot be
    read. Paths in the file are relative to it.
    """
    if settings.gateway.environment == "development":
        return list(_beyond_this_machine(settings, file))
    return [
        *_exposed(settings, file),
        *_shortened(settings, file),
        *_second_factor(settings, file),
        *_development_certificates(settings, file),
    ]


def _beyond_this_machine(settings: Settings, file: Path) -> Iterator[GatewayError]:
    if why := beyond_loopback(settings.judiciary.endpoint):
        yield _endpoint(file, f"development stays on this machine: {why}")
    listeners = [
        (settings.push.listen, ("push", "listen")),
        (settings.judiciary.callback.listen, ("judiciary", "callback", "listen")),
    ]
    if settings.console is not None:
        listeners.append((settings.console.listen, ("console", "listen")))
        openid = settings.console.openid
        if openid is not None and (why := beyond_loopback(openid.issuer)):
            place = place_of(file, "console", "openid", "issuer")
            yield GatewayError("config.endpoint", where=place, detail=f"development stays on this machine: {why}")
    if (register := settings.asset_register) is not None and (why := beyond_loopback(register.url)):
        place = place_of(file, "asset_register", "url")
        yield GatewayError("config.endpoint", where=place, detail=f"development stays on this machine: {why}")
    for listen, keys in listeners:
        if why := beyond_loopback(f"http://{listen}"):
            detail = f"development stays on this machine: {why}"
            yield GatewayError("config.endpoint", where=place_of(file, *keys), detail=detail)


def _exposed(settings: Settings, file: Path) -> Iterator[GatewayError]:
    endpoint = settings.judiciary.endpoint
    if urlsplit(endpoint).scheme != "https" and beyond_loopback(endpoint):
        yield _endpoint(file, "production needs https, unless a proxy on this machine speaks it")
    register = settings.asset_register
    if register is not None and urlsplit(register.url).scheme != "https" and beyond_loopback(register.url):
        place = place_of(file, "asset_register", "url")
        yield GatewayError("config.endpoint", where=place, detail="production needs https beyond this machine")


def _shortened(settings: Settings, file: Path) -> Iterator[GatewayError]:
    for (section, key), floor in FLOORS.items():
        if getattr(getattr(settings, section), key) < floor:
            unit = timedelta(days=1) if key.endswith("_days") else timedelta(seconds=1)
            detail = f"{section}.{key} is at least {floor / unit:g} in production"
            yield GatewayError("config.sandbox-value", where=place_of(file, section, key), detail=detail)


def _second_factor(settings: Settings, file: Path) -> Iterator[GatewayError]:
    if settings.console is not None and settings.console.second_factor != "required":
        place, detail = place_of(file, "console", "second_factor"), "console.second_factor is required in production"
        yield GatewayError("config.sandbox-value", where=place, detail=detail)


def _development_certificates(settings: Settings, file: Path) -> Iterator[GatewayError]:
    judiciary = settings.judiciary
    ours = [settings.transport.certificate, *(body.seal.certificate for body in settings.bodies.values())]
    if settings.archive and settings.archive.signing:
        ours.append(settings.archive.signing.certificate)
    if judiciary.client_certificate:
        ours.append(judiciary.client_certificate.certificate)
    theirs = [*judiciary.anchors, *judiciary.certificates, *judiciary.receipt_certificates]
    if judiciary.tls_anchors:
        theirs.append(judiciary.tls_anchors)
    for source in settings.sources.values():
        theirs += [*source.anchors, *source.certificates] if isinstance(source, SoapSection) else []
    for path in (file.parent / name for name in dict.fromkeys([*ours, *theirs])):
        try:
            marked = [each.subject for each in load_certificates(path) if each.development]
        except GatewayError as error:
            yield error
            continue
        if marked:
            yield GatewayError("key.development", where=str(path), detail=marked[0])


def _endpoint(file: Path, detail: str) -> GatewayError:
    return GatewayError("config.endpoint", where=place_of(file, "judiciary", "endpoint"), detail=detail)
