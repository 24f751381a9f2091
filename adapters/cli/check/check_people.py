"""Probes of `check` for people: somebody manages them, their key is there, their OpenID provider knows us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.composition.console.sign_in import console_key, openid_provider
from adapters.settings.config_folder import status_of
from gateway.people.permissions import Permission
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def people(installation: Installation) -> str:
    """Raise `GatewayError` ``people.key`` if the console's key is not the one of the stored second factors.

    A key that is not there yet is not made.
    """
    store, key = installation.store(), console_key(installation)
    needed = store.sign_in.key_ids()
    if needed and status_of(key.path) is None:
        raise GatewayError("people.key", where=str(key.path), detail="there is no such file")
    if needed and needed != {key.id}:
        raise GatewayError("people.key", where=str(key.path), detail="another key closed second factors in the store")
    found = [each.person for each in store.people.all() if each.person.active]
    managers = sum(each.may(Permission.MANAGE_PEOPLE) for each in found)
    if not managers:
        return "nobody manages people; `person first` invites a security officer"
    return f"{len(found)} active people, {managers} of them manage people; the key opens every second factor"


def provider(installation: Installation) -> str:
    """Raise `GatewayError` ``openid.unreachable`` or ``openid.mismatch`` unless people can sign in at the provider."""
    found = openid_provider(installation)
    if found is None:
        return "none is configured"
    return f"{found.check(installation.clock())}; people come back to {found.registration.redirect_uri}"
