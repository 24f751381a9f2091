"""Parts of revocation: the lists, their sources, and the certificates that are checked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from adapters.crypto.keys.certificate import load_certificates, read_pem
from adapters.crypto.keys.partner import Partner, partner_of
from adapters.revocation.reader import AuthorityLists
from adapters.revocation.sources import HttpLists, in_folder
from adapters.schedule.revocation_gate import RevocationGate
from adapters.settings import Settings
from adapters.settings.config_folder import ConfigFolder
from gateway.runtime.clock import Clock
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.runtime.timekeeping import Steady
from gateway.trust.revocation_pruning import Pruning
from gateway.trust.revocation_refresh import KnownLists, ListSource, ListStore, Watched, lists_for, refresh
from gateway.trust.revocation_status import Link, Requirement, Revocations


@dataclass(frozen=True, kw_only=True)
class RevocationParts:
    """Factory of revocation checks.

    ``own_files`` returns the files of our own certificates. ``assert_allowed`` raises the first violation of the
    environment's rules. Functions are called when their part is first needed.
    """

    settings: Settings
    folder: ConfigFolder
    judiciary: Callable[[], Partner]
    own_files: Callable[[], Sequence[str]]
    store: Callable[[], ListStore]
    assert_allowed: Callable[[], None]
    clock: Clock
    steady: Steady

    @property
    def requirement(self) -> Requirement:
        return self.settings.revocation_requirement

    @property
    def asked(self) -> Revocations:
        """Check of the judiciary's certificates."""
        return Revocations(
            chains=self.judiciary(),
            lists=lambda: self.known(),
            lists_at=lambda chain, at: self.known.at(chain, at),
            requirement=self.requirement,
            skew=self.settings.judiciary.skew_seconds,
        )

    @cached_property
    def known(self) -> KnownLists:
        """Revocation lists of every authority whose certificates are in use."""
        authorities = [*self.judiciary().authorities, *self.ourselves.authorities]
        reader = AuthorityLists(authorities=authorities, skew=self.settings.judiciary.skew_seconds)
        return KnownLists(self.store(), reader, self.steady)

    @cached_property
    def ourselves(self) -> Partner:
        """Our own certificates as others see them, by the roots that are configured, or else by what issued them."""
        pool = [each for file in dict.fromkeys(self.own_files()) for each in read_pem(self.folder.path(file))]
        anchors = [each for file in self.settings.revocation.anchors for each in read_pem(self.folder.path(file))]
        return partner_of("gateway", pool, anchors or pool[1:])

    @cached_property
    def watched(self) -> list[Watched]:
        """Each certificate in use whose revocation is asked for, once."""
        requirement, section = self.requirement, self.settings.revocation
        if requirement is Requirement.OFF:
            return []
        theirs = requirement is Requirement.REQUIRE or section.has_source
        sides = [(self.judiciary(), theirs), (self.ourselves, bool(section.anchors))]
        return [
            Watched(use=member.certificate.subject, chain=member.links, required=required)
            for partner, required in sides
            for member in partner.members.values()
        ]

    def sources(self) -> list[ListSource]:
        """Return the sources of revocation lists. Raises `GatewayError` ``revocation.folder``, and the guard's."""
        self.assert_allowed()
        if self.requirement is Requirement.OFF:
            return []
        section, loopback_only = self.settings.revocation, self.settings.gateway.environment == "development"
        by_hand = in_folder(self.folder.path(section.folder)) if section.folder is not None else []
        fetched = [HttpLists(url, section.timeout_seconds, loopback_only=loopback_only) for url in section.urls]
        return [*fetched, *by_hand]

    def refresh(self, may_continue: MayContinue = always, *, at_once: bool = False) -> PassReport:
        """Fetch the lists that are due, or all of them ``at_once``."""
        every = timedelta() if at_once else self.settings.revocation.refresh_seconds
        return refresh(self.sources(), self.known, self.watched, self.clock, every, may_continue)

    @cached_property
    def pruning(self) -> Pruning:
        """Pruning of lists that no judgement needs any more."""
        return Pruning(lambda: self.known, self._links, self.settings.revocation.keep_days, self.clock)

    def _links(self) -> list[Link]:
        sides = (self.judiciary(), self.ourselves)
        return [link for partner in sides for member in partner.members.values() for link in member.links]

    def ends(self) -> dict[str, datetime]:
        """Return the end of each authority's newest list, by its name. Only lists in memory count; nothing is read."""
        if (known := self.__dict__.get("known")) is None:
            return {}
        found = sorted(known.last(), key=lambda each: each.this_update)
        return {each.name: each.next_update for each in found}

    def lists_for(self, chain: Sequence[Link], at: datetime) -> list[bytes]:
        """Return the lists (DER) that cover a chain at a time, as proof for others.

        A chain is a member's ``links``, of `judiciary` or of `ourselves`.
        """
        return lists_for(self.known, chain, at)

    def lists_of(self, certificates: Collection[bytes] | None, at: datetime) -> list[bytes]:
        """Return the lists (DER) that cover these certificates (DER) and their issuers at a time, or all in use; each
        once.
        """
        members = [*self.judiciary().members.values(), *self.ourselves.members.values()]
        wanted = [each for each in members if certificates is None or each.certificate.der in certificates]
        return list(dict.fromkeys(der for each in wanted for der in self.lists_for(each.links, at)))

    @cached_property
    def gate(self) -> RevocationGate:
        """Gate of passes that trust the judiciary's signatures. No list of our own certificates closes it."""
        files = self.settings.judiciary.certificates
        of_messages = {load_certificates(self.folder.path(file))[0].thumbprint for file in files}
        theirs = {
            each.certificate.thumbprint: Watched(use=each.certificate.subject, chain=each.links)
            for each in self.judiciary().members.values()
        }
        return RevocationGate(
            lambda: self.known(),
            list(theirs.values()) if self.requirement is Requirement.REQUIRE else [],
            [watched for thumbprint, watched in theirs.items() if thumbprint in of_messages],
            self.steady,
            self.clock,
            self.refresh,
        )
