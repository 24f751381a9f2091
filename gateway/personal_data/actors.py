"""Acts of persons as an export tells them: of who did an act, the opaque id alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from gateway.operations.operator_action import is_login
from gateway.operations.shared_read import BY_OTHER_BODY
from gateway.overview.evidence.record_kinds import ACT_NAMES
from gateway.personal_data.part import GONE
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.ports.people_store import PeopleStore
from gateway.store.stored import EvidenceRow

OUTSIDE: Final = "an account of the operating system"
"""Word for an account that is no known person's."""


ANOTHER_BODY: Final = "the body"
"""Word before the name of another body that read by an agreement."""


class Actors:
    """Opaque ids of the persons behind accounts. An id tells nothing to others; the municipality can look it up."""

    def __init__(self, people: PeopleStore) -> None:
        self._people = people
        self._known: dict[tuple[str, bool], str] = {}

    def id_of(self, told: Mapping[str, Any]) -> str:
        """Return the id of the person of an act's payload, or `OUTSIDE`; of another body its name."""
        if told.get("authentication") == BY_OTHER_BODY:
            return f"{ANOTHER_BODY} {told.get('account')}"
        account, by_login = str(told.get("account", "")), is_login(told.get("authentication"))
        if (account, by_login) not in self._known:
            self._known[account, by_login] = self._found(account, by_login=by_login) or OUTSIDE
        return self._known[account, by_login]

    def _found(self, account: str, *, by_login: bool) -> str | None:
        if by_login:
            person = self._people.by_login(account)
            return None if person is None else person.id
        link = self._people.link(account)
        return None if link is None else link.person


def payloads_of(store: EvidenceStore, rows: Iterable[EvidenceRow]) -> Iterator[tuple[EvidenceRow, dict[str, Any]]]:
    """Yield the payloads of acts with their records. One that is gone is left out."""
    for row in rows:
        try:
            yield row, json.loads(store.payload(row.payload_digest))
        except GatewayError as error:
            if error.code not in GONE:
                raise


def act_words(name: str) -> Words:
    return ACT_NAMES.get(name, Words(en=name, fa=name))
