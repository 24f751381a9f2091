"""Recognition of a text that a person types in the search box: the properties that it may be, in the order of trial.

The text comes by POST: it may be an identifier, which must stand in no address, history or log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from adapters.composition.console.recipient_hashes import hashes_of, unindexed
from adapters.composition.installation import Installation
from adapters.console.notices.notice_filters import NoticeFilters, Sought
from gateway.notice.identifiers import InvalidIdentifier, foreign_id, legal_entity_id, national_id
from gateway.notice.recipient_index import KeyedHash
from gateway.notice.text import plain
from gateway.runtime.errors import GatewayError
from gateway.search.searched_text import SoughtText

MOST_SIGNS: Final = 200
"""Most characters of a typed text; the others are not looked for."""

_LIKE_AN_IDENTIFIER: Final = re.compile("[0-9]{8,12}")
_LEAST_DIGITS: Final = 7
_CASE_NUMBER: Final = re.compile(r"1[34][0-9]{2}/[0-9]{1,6}")
_REFERENCE: Final = re.compile("eb-", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Text as it was understood. ``found`` is True if a visible notice has it.

    ``private`` is True for a text that must not be repeated in an address: it may be an identifier. ``trouble`` is the
    reason for which a recipient's notice may be missing then.
    """

    filters: NoticeFilters = field(repr=False)
    taken_for: Sought
    found: bool
    private: bool = False
    trouble: GatewayError | None = None


def recognised(text: str, installation: Installation, visible_bodies: frozenset[str] | None) -> Recognised | None:
    """Return the first property in which the text is found, else the one that it looks like; None for no text.

    A text is looked for as a whole first, then as a beginning.
    """
    typed = plain(text[:MOST_SIGNS])
    if SoughtText.typed(typed) is None:
        return None
    search, identifier = installation.store().search, identifier_in(typed)
    private = _LIKE_AN_IDENTIFIER.fullmatch(_digits(typed)) is not None
    trouble: GatewayError | None = None
    hashes: Sequence[KeyedHash] | None = None
    try:
        hashes = hashes_of(installation, identifier) if identifier else None
    except GatewayError as error:
        if error.code not in ("search.no-key", "search.key-lost"):
            raise
        trouble = error
    trials = [*_trials(typed, properties_of(typed), hashes, private=private)]
    for taken_for, filters in trials:
        if search.find(filters.query(visible_bodies), after=None, limit=1).notices:
            return Recognised(filters=filters, taken_for=taken_for, found=True)
    if hashes is not None and unindexed(installation):
        # An incomplete index proves of nobody that there is no notice.
        trouble = GatewayError("search.incomplete")
    taken_for, filters = trials[0]
    return Recognised(
        filters=filters,
        taken_for=taken_for,
        found=False,
        private=private or _may_hold_an_identifier(typed),
        trouble=trouble,
    )


def properties_of(typed: str) -> Sequence[Sought]:
    """Return the properties that a plain text may be, the likeliest first."""
    if _REFERENCE.match(typed):
        return (Sought.REFERENCE,)
    if identifier_in(typed) is not None:
        return (Sought.RECIPIENT, Sought.CASE, Sought.PAPER, Sought.TRACKING)
    if any(sign.isdigit() for sign in typed):
        return (Sought.CASE, Sought.PAPER, Sought.TRACKING, Sought.NAME)
    return (Sought.NAME, Sought.CASE, Sought.PAPER, Sought.TRACKING)


def identifier_in(typed: str) -> str | None:
    """Return the checked identifier that a text is, spaces and hyphens aside; or None."""
    digits = _digits(typed)
    check = {11: legal_entity_id, 12: foreign_id}.get(len(digits), national_id)
    try:
        return check(digits)
    except InvalidIdentifier:
        return None


def _may_hold_an_identifier(typed: str) -> bool:
    """Return True for a text with as many digits as an identifier that lost its zeros, unless it is a case number."""
    return len(re.sub(r"\D", "", typed)) >= _LEAST_DIGITS and _CASE_NUMBER.fullmatch(typed) is None


def _digits(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed)


def _trials(
    typed: str, properties: Sequence[Sought], hashes: Sequence[KeyedHash] | None, *, private: bool
) -> Iterator[tuple[Sought, NoticeFilters]]:
    whole = [(each, NoticeFilters(texts={each: typed})) for each in properties if each is not Sought.RECIPIENT]
    if Sought.RECIPIENT in properties and hashes is not None:
        yield Sought.RECIPIENT, NoticeFilters(recipient=hashes)
    yield from whole
    for each, _ in whole if not private else ():
        yield each, NoticeFilters(texts={each: f"{typed.rstrip('*')}*"})
