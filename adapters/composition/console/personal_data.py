"""Exports of one person's data: their stores and formats, and the arguments of the act that records one."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from adapters.composition.console.recipient_hashes import hashes_of, unindexed
from adapters.crypto.xml.sealed_fields import sealed_documents, sealed_fields
from adapters.evidence.personal_data_file import MOST_BYTES, WrittenZip, overview_pages, write_zip
from adapters.municipal.files.drop_reports import as_csv
from gateway.notice.identifiers import InvalidIdentifier, foreign_id, legal_entity_id, national_id
from gateway.notice.recipient_index import KeyedHash
from gateway.notice.text import plain
from gateway.overview.dates_in_words import civil_day
from gateway.personal_data.account_data import account_parts
from gateway.personal_data.part import MOST_NOTICES, Contents, Part, Ports, Wanted
from gateway.personal_data.recipient_data import recipient_parts
from gateway.runtime.errors import GatewayError
from gateway.store.ports.people_store import Standing

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

NAME: Final = "personal-data.export"
"""Name of the act (`adapters.acts.registry.ACTS`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of an export: notices or acts, and octets before they are compressed."""

    most: int = MOST_NOTICES
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Person whose data is exported: a recipient by the ``hashes`` of the identifier, or an account (``standing``)."""

    hashes: Sequence[KeyedHash] = field(default=(), repr=False)
    standing: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Export that was written, and the arguments of the act that records it."""

    written: WrittenZip
    arguments: dict[str, Any] = field(repr=False)
    unindexed: int


def recipient(installation: Installation, typed: str) -> Subject:
    """Return the recipient with a typed identifier, in any digits.

    Raises `GatewayError` ``recipient.*`` for a text that is none, ``search.no-key``, ``search.key-lost``.
    """
    digits = "".join(plain(typed).replace("-", " ").split())
    check = {11: legal_entity_id, 12: foreign_id}.get(len(digits), national_id)
    try:
        return Subject(hashes=hashes_of(installation, check(digits)))
    except InvalidIdentifier as error:
        raise GatewayError(error.code) from None


def account(installation: Installation, is_it: Callable[[Standing], bool]) -> Subject:
    """Return the account that a condition names. Raises `GatewayError` ``people.unknown``."""
    found = next(filter(is_it, installation.store().people.all()), None)
    if found is None:
        raise GatewayError("people.unknown")
    return Subject(standing=found)


def export(
    installation: Installation,
    file: BinaryIO,
    subject: Subject,
    *,
    papers: bool,
    limits: Limits,
    apart_from: str | None = None,
) -> Made:
    """Write an export of a subject into a file; nothing is recorded yet.

    ``apart_from`` is the id of its record, if it is made again. Raises `GatewayError` as the parts.
    """
    missing = unindexed(installation) if subject.standing is None else 0
    wanted = Wanted(
        day=civil_day(installation.clock()),
        origin=installation.settings.gateway.name,
        papers=papers,
        unindexed=missing,
        apart_from=apart_from,
        most=limits.most,
    )
    written = write_zip(file, _parts(_ports(installation), subject, wanted), limits.most_bytes)
    return Made(written=written, arguments=_arguments(subject, written, papers=papers), unindexed=missing)


def _parts(ports: Ports, subject: Subject, wanted: Wanted) -> Generator[Part, None, Contents]:
    if subject.standing is not None:
        return account_parts(ports, subject.standing, wanted)
    return recipient_parts(ports, subject.hashes, wanted)


def _arguments(subject: Subject, written: WrittenZip, *, papers: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "digest": written.digest,
        "size": written.size,
        "files": written.files,
        "papers": papers,
        "acts": written.contents.acts,
        "references": list(written.contents.references),
    }
    if subject.standing is not None:
        return told | {"person": subject.standing.person.id}
    present = subject.hashes[0]
    return told | {"key": present.key_id, "keyed_hash": present.keyed_hash}


def _ports(installation: Installation) -> Ports:
    store = installation.store()
    return Ports(
        store=store,
        inbox=store.inbox,
        records=store.records,
        sessions=store.sign_in,
        views=store.saved_views,
        holds=store.retention.holds(),
        rules=installation.settings.retention.rules,
        fields=sealed_fields,
        documents=lambda octets: [(each.media_type, each.octets) for each in sealed_documents(octets)],
        table=as_csv,
        pages=overview_pages,
    )
