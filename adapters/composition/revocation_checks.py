"""Revocation: the sources of lists, the certificates that are checked, and the gate that lists close."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from adapters.composition.key_files import thumbprints
from adapters.revocation.list_sources import HttpLists, in_folder
from adapters.schedule.revocation_gate import RevocationGate
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.trust.revocation_pruning import Pruning
from gateway.trust.revocation_refresh import ListSource, Watched, lists_for, refresh
from gateway.trust.revocation_status import Link, Requirement, Revocations

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def judiciary_revocations(installation: Installation) -> Revocations:
    """Return the check of the judiciary's certificates. Lists are read at its first use."""
    return Revocations(
        chains=installation.partner,
        lists=lambda: installation.revocation_lists(),
        lists_at=lambda chain, at: installation.revocation_lists.at(chain, at),
        requirement=installation.settings.revocation_requirement,
        skew=installation.settings.judiciary.skew_seconds,
    )


def watched_certificates(installation: Installation) -> list[Watched]:
    """Return each certificate in use whose revocation is asked for, once."""
    requirement, section = installation.settings.revocation_requirement, installation.settings.revocation
    if requirement is Requirement.OFF:
        return []
    theirs = requirement is Requirement.REQUIRE or section.has_source
    sides = [(installation.partner, theirs), (installation.ourselves, bool(section.anchors))]
    return [
        Watched(use=member.certificate.subject, chain=member.links, required=required)
        for partner, required in sides
        for member in partner.members.values()
    ]


def list_sources(installation: Installation) -> list[ListSource]:
    """Return the sources of revocation lists. Raises `GatewayError` ``revocation.folder``, and the guard's."""
    installation.assert_allowed()
    if installation.settings.revocation_requirement is Requirement.OFF:
        return []
    section, loopback_only = installation.settings.revocation, installation.loopback_only
    by_hand = in_folder(installation.folder.path(section.folder)) if section.folder is not None else []
    fetched = [HttpLists(url, section.timeout_seconds, loopback_only=loopback_only) for url in section.urls]
    return [*fetched, *by_hand]


def refresh_lists(
    installation: Installation, may_continue: MayContinue = always, *, at_once: bool = False
) -> PassReport:
    """Fetch the lists that are due, or all of them ``at_once``."""
    every = timedelta() if at_once else installation.settings.revocation.refresh_seconds
    sources, watched = list_sources(installation), watched_certificates(installation)
    return refresh(sources, installation.revocation_lists, watched, installation.clock, every, may_continue)


def list_pruning(installation: Installation) -> Pruning:
    """Return the pruning of lists that no judgement needs any more."""

    def links() -> list[Link]:
        sides = (installation.partner, installation.ourselves)
        return [link for partner in sides for member in partner.members.values() for link in member.links]

    keep = installation.settings.revocation.keep_days
    return Pruning(lambda: installation.revocation_lists, links, keep, installation.clock)


def list_ends(installation: Installation) -> dict[str, datetime]:
    """Return the end of each authority's newest list, by its name. Only lists in memory count; nothing is read."""
    if "revocation_lists" not in vars(installation):
        return {}
    found = sorted(installation.revocation_lists.last(), key=lambda each: each.this_update)
    return {each.name: each.next_update for each in found}


def lists_covering(installation: Installation, certificates: Collection[bytes] | None, at: datetime) -> list[bytes]:
    """Return the lists (DER) that cover these certificates (DER) and their issuers at a time, or all in use; each
    once. They are proof for others.
    """
    members = [*installation.partner.members.values(), *installation.ourselves.members.values()]
    wanted = [each for each in members if certificates is None or each.certificate.der in certificates]
    known = installation.revocation_lists
    return list(dict.fromkeys(der for each in wanted for der in lists_for(known, each.links, at)))


def revocation_gate(installation: Installation) -> RevocationGate:
    """Return the gate of passes that trust the judiciary's signatures. No list of our own certificates closes it."""
    of_messages = thumbprints(installation.settings.judiciary.certificates, installation.folder)
    theirs = {
        each.certificate.thumbprint: Watched(use=each.certificate.subject, chain=each.links)
        for each in installation.partner.members.values()
    }
    required = installation.settings.revocation_requirement is Requirement.REQUIRE
    return RevocationGate(
        lambda: installation.revocation_lists(),
        list(theirs.values()) if required else [],
        [watched for thumbprint, watched in theirs.items() if thumbprint in of_messages],
        installation.steady,
        installation.clock,
        partial(refresh_lists, installation),
    )
