"""Certificates, revocation lists, and tokens of sessions, as they are kept for all processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.judiciary.session_token import StoredToken
from gateway.notice.envelope import SigningCertificate
from gateway.trust.revocation_refresh import KeptList

from ..session import Session, reading, writing


class SimulatedCertificates:
    """As `adapters.storage.records.certificates.SqlCertificates`."""

    port = "certificates"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    def keep(self, certificates: Sequence[SigningCertificate]) -> None:
        known = {each.thumbprint for each in self.all()}
        if new := [each for each in certificates if each.thumbprint not in known]:
            self._keep(new)

    @reading
    def all(self) -> list[SigningCertificate]:
        return sorted(self._database.certificate.values(), key=lambda each: (each.use, each.thumbprint))

    @writing
    def _keep(self, new: Sequence[SigningCertificate]) -> None:
        for each in new:
            self._database.certificate.insert(each.thumbprint, each)


class SimulatedTokens:
    """Implement `gateway.judiciary.session_token.TokenStore`."""

    port = "session_tokens"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def read(self, subject: str) -> StoredToken | None:
        return self._database.token.get(subject)

    @writing
    def keep(self, token: StoredToken, now: datetime) -> None:
        for other in list(self._database.token.values()):
            if other.usable_until < now:
                self._database.token.drop(other.subject)
        self._database.token.put(token.subject, token)

    @writing
    def forget(self, subject: str, id: str) -> None:
        token = self._database.token.get(subject)
        if token is not None and token.id == id:
            self._database.token.drop(subject)


class SimulatedLists:
    """Implement `gateway.trust.revocation_refresh.ListStore`."""

    port = "lists"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @writing
    def keep(self, new: KeptList) -> None:
        known = self._database.revocation_list.get(new.digest)
        if known is None:
            self._database.revocation_list.put(new.digest, new)
        elif known.seen_at < new.seen_at:
            self._database.revocation_list.put(new.digest, replace(known, seen_at=new.seen_at, source=new.source))

    @reading
    def seen(self) -> Mapping[str, tuple[str, datetime]]:
        in_order = sorted(self._lists(), key=lambda each: each.seen_at)
        return {each.source: (each.digest, each.seen_at) for each in in_order}

    @reading
    def newest(self, each: int) -> Sequence[str]:
        by_scope: dict[str, list[KeptList]] = {}
        for one in sorted(self._lists(), key=lambda one: one.digest):
            by_scope.setdefault(one.scope, []).append(one)
        newest = [sorted(some, key=lambda one: one.this_update, reverse=True)[:each] for some in by_scope.values()]
        return sorted(one.digest for some in newest for one in some)

    @reading
    def since(self, moment: datetime) -> Sequence[str]:
        return sorted(each.digest for each in self._lists() if each.next_update >= moment)

    @reading
    def around(self, scope: str, at: datetime, each: int) -> Sequence[str]:
        mine = sorted((one for one in self._lists() if one.scope == scope), key=lambda one: one.this_update)
        before = [one.digest for one in mine if one.this_update < at]
        later = [one.digest for one in mine if one.this_update >= at]
        return [*before[max(len(before) - each, 0) :], *later[:each]]

    @reading
    def ended(self, before: datetime) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for one in sorted(self._lists(), key=lambda one: (one.issuer, one.this_update, one.digest)):
            if one.next_update < before:
                found.setdefault(one.issuer, []).append(one.digest)
        return found

    def forget(self, digests: Sequence[str]) -> None:
        if digests:
            self._forget(digests)

    @reading
    def octets(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        rows = self._database.revocation_list.rows
        return {digest: rows[digest].octets for digest in dict.fromkeys(digests) if digest in rows}

    @writing
    def _forget(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self._database.revocation_list.drop(digest)

    def _lists(self) -> list[KeptList]:
        return list(self._database.revocation_list.values())
