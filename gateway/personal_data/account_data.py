"""Everything that is held about an account of the console: the account itself, and the acts of its person."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from gateway.evidence.evidence_query import EvidenceQuery
from gateway.operations.notice_access import is_access
from gateway.operations.operator_action import is_login
from gateway.operations.shared_read import BY_OTHER_BODY
from gateway.overview.dates_in_words import civil_day, day, number
from gateway.people.permissions import ROLE_NAMES
from gateway.personal_data import explained
from gateway.personal_data.actors import Actors, act_words, payloads_of
from gateway.personal_data.explained import closing_parts
from gateway.personal_data.part import Contents, Page, Part, Ports, Wanted, json_part
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.ports.people_store import Standing
from gateway.store.stored import EvidenceRow

_LOOKED_AT: Final = 500
_OF_A_FILE: Final = 1_000
_COLUMNS: Final = ("at", "what", "act", "act_fa", "act_en", "notice", "outcome", "reason", "person")


def account_parts(ports: Ports, standing: Standing, wanted: Wanted) -> Generator[Part, None, Contents]:
    """Yield the files of an export about an account, a file for each thousand acts; return what they hold.

    Every act on record is looked at, the newest first: an act names its person in its payload alone.

    Raises `GatewayError` ``personal-data.too-large`` for too many acts; ``store.*``, ``archive.*``.
    """
    yield json_part("account.json", _account(ports, standing))
    found = 0
    rows: list[list[Words]] = []
    acts = _Acts(ports=ports, standing=standing, wanted=wanted).all()
    while some := list(islice(acts, _OF_A_FILE)):
        found += len(some)
        if found > wanted.most:
            raise GatewayError("personal-data.too-large", detail=f"more than {wanted.most} acts")
        name = f"acts/{len(rows) + 1:05d}"
        yield json_part(f"{name}.json", {"v": 1, "acts": some})
        yield Part(name=f"{name}.csv", octets=ports.table(_COLUMNS, some))
        until, since = (day(parse_timestamp(some[place]["at"])) for place in (0, -1))
        rows.append([Words(en=f"{name}.csv", fa=f"{name}.csv"), number(len(some)), since, until])
    page = Page(
        title=explained.ACCOUNT_TITLE,
        intro=explained.ACCOUNT_INTRO,
        facts=[(explained.ACTS, number(found))],
        columns=explained.ACCOUNT_COLUMNS,
        rows=rows,
        missing=explained.ACCOUNT_MISSING,
    )
    yield from closing_parts(page, ports.pages, wanted)
    return Contents(acts=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Acts:
    """Acts of a person, and those of others on the account."""

    ports: Ports = field(repr=False)
    standing: Standing
    wanted: Wanted

    def all(self) -> Iterator[dict[str, Any]]:
        """Yield the acts, the newest first."""
        person, actors = self.standing.person, Actors(self.ports.store.people)
        linked = self._linked()
        for row, told in payloads_of(self.ports.store.evidence, self._rows()):
            own = self._is_own(told, linked)
            if own or told.get("subject") == f"person {person.id}":
                what = "on the account" if not own else "access" if is_access(row) else "act"
                yield _told(row, told, what, person.id if own else actors.id_of(told))

    def _rows(self) -> Iterator[EvidenceRow]:
        query, before = EvidenceQuery(kinds=frozenset({EvidenceKind.PERSON_ACT})), None
        while True:
            page = self.ports.records.find(query, before, _LOOKED_AT)
            yield from (each.row for each in page.records if each.row.id != self.wanted.apart_from)
            if (before := page.next) is None:
                return

    def _linked(self) -> Mapping[str, datetime]:
        """Return the time since which each account of the operating system is this person's."""
        people = self.ports.store.people
        links = (people.link(account) for account in self.standing.accounts)
        return {link.account: link.linked_at for link in links if link is not None}

    def _is_own(self, told: Mapping[str, Any], linked: Mapping[str, datetime]) -> bool:
        account = told.get("account", "")
        if told.get("authentication") == BY_OTHER_BODY:
            return False
        if is_login(told.get("authentication")):
            return bool(account == self.standing.person.login)
        return account in linked and parse_timestamp(told["at"]) >= linked[account]


def _told(row: EvidenceRow, told: Mapping[str, Any], what: str, person: str) -> dict[str, Any]:
    words = act_words(told["act"])
    return {
        "at": told["at"],
        "what": what,
        "act": told["act"],
        "act_fa": words.fa,
        "act_en": words.en,
        "notice": row.notice,
        "outcome": told.get("outcome"),
        "reason": told.get("reason", ""),
        "person": person,
    }


def _account(ports: Ports, standing: Standing) -> dict[str, Any]:
    """Return the account. Of the last requests the days alone are told: an export and its repetition are the same."""
    person, provider = standing.person, standing.provider
    return {
        "v": 1,
        "id": person.id,
        "login": person.login,
        "name": person.name,
        "roles": [
            {"role": role.value, "fa": ROLE_NAMES[role].fa, "en": ROLE_NAMES[role].en} for role in sorted(person.roles)
        ],
        "bodies": sorted(person.bodies),
        "active": person.active,
        "mailbox": person.address,
        "morning_mail": person.digest,
        "created_at": timestamp(person.created_at),
        "changed_at": timestamp(person.changed_at),
        "enrolled": standing.enrolled,
        "invited_until": None if standing.invited_until is None else timestamp(standing.invited_until),
        "accounts_of_the_operating_system": list(standing.accounts),
        "account_at_provider": None
        if provider is None
        else {"issuer": provider.issuer, "subject": provider.subject, "linked_at": timestamp(provider.linked_at)},
        "open_sessions": [
            {
                "id": each.id,
                "began_at": timestamp(each.began_at),
                "last_request_on": civil_day(each.seen_at).isoformat(),
                "ends_at": timestamp(each.ends_at),
                "signed_in_at": each.issuer,
            }
            for each in sorted(ports.sessions.sessions_of(person.id), key=lambda each: (each.began_at, each.id))
        ],
        "saved_searches": [
            {"name": each.name, "saved_at": timestamp(each.saved_at)} for each in ports.views.of(person.id)
        ],
    }
