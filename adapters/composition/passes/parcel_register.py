"""The asset register of an installation, and the policy by which intake asks it."""

from __future__ import annotations

from functools import partial

from adapters.composition.installation import Installation
from adapters.municipal.asset_register.rest_register import RegisterSettings, RestRegister
from gateway.intake.parcel_check import ParcelPolicy


def asset_register(installation: Installation) -> RestRegister | None:
    """Return the configured register, or None; its connections close with the installation."""
    section = installation.settings.asset_register
    if section is None:
        return None
    secret = partial(installation.folder.secret, code="asset-register.credentials")
    paths = {
        name: None if file is None else installation.folder.path(file)
        for name, file in (("anchors", section.anchors), ("certificate", section.certificate), ("key", section.key))
    }
    settings = RegisterSettings(
        url=section.url,
        **paths,
        key_password=partial(secret, section.password_file),
        token=partial(secret, section.token_file),
        timeout=section.timeout_seconds,
        calls=section.calls,
        loopback_only=installation.loopback_only,
    )
    return installation.hold(RestRegister(settings, installation.clock))


def parcel_policy(installation: Installation) -> ParcelPolicy | None:
    """Return the policy of intake; None if no register is configured, so that nothing is asked."""
    section, register = installation.settings.asset_register, asset_register(installation)
    if section is None or register is None:
        return None
    return ParcelPolicy(register=register, waits=section.when_silent == "wait", own=frozenset(section.own))
