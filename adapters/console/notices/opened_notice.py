"""A notice as its page shows it, after the opening was recorded; whatever a person may not see does not exist."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flask import abort

from adapters.composition.ledgers import receipt_reader
from adapters.console.site import context
from adapters.crypto.xml.sealed_fields import sealed_fields
from gateway.evidence.particulars import Particulars
from gateway.evidence.readable_records import divided
from gateway.evidence.timeline import timeline
from gateway.operations.effective_configuration import within
from gateway.operations.notice_access import Access, is_access, record_access
from gateway.operations.notice_work import is_work, of_course
from gateway.overview.notices.timeline_line import TimelineLine, timeline_lines, with_damage
from gateway.people.permissions import Permission
from gateway.record.derived import unproven
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission, EvidenceRow

GONE: Final = frozenset({"retention.deleted", "store.payload-missing"})
"""Codes of stored octets that are not there any more; the page of the notice says so, and shows the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedNotice:
    """Notice with its evidence.

    ``rows`` are the records about it, ``beside`` those of configurations in its life. ``accesses`` are those of who
    opened it, ``work`` those of who claimed it and commented on it. The headers of all these can be read; ``damaged``
    are the other records about it, and of any configuration.
    """

    admission: Admission
    rows: Sequence[EvidenceRow] = field(repr=False)
    accesses: Sequence[EvidenceRow] = field(repr=False)
    work: Sequence[EvidenceRow] = field(repr=False)
    beside: Sequence[EvidenceRow] = field(repr=False)
    damaged: Sequence[EvidenceRow] = field(repr=False)

    @property
    def reference(self) -> str:
        return self.admission.entry.reference

    def lines(self) -> list[TimelineLine]:
        """Return the timeline in words. A step fails whose record is here and cannot be read."""
        evidence, history = context.store().evidence, context.store().notices.history(self.reference)
        headers = [Header.of(row.header) for row in (*self.rows, *self.beside)]
        deleted = evidence.deleted(sorted({header.payload_digest for header in headers})).values()
        lines = timeline_lines(timeline(self.admission, history, headers, deleted), headers)
        return with_damage(lines, history, {row.id for row in self.damaged})

    def sealed(self) -> bytes | GatewayError:
        """Return the sealed notice, or the error that says why it is gone."""
        try:
            return context.store().evidence.payload(self.admission.entry.seal_digest)
        except GatewayError as error:
            if error.code not in GONE:
                raise
            return error

    def wrong(self) -> list[str]:
        """Return the stored values that do not follow from the notice's receipts."""
        reader = receipt_reader(context.installation())
        found: list[str] = unproven(context.store().evidence, [self.admission.entry], reader).get(self.reference, [])
        return found

    def acts(self) -> list[Mapping[str, str]]:
        """Return persons' acts on the notice, in their own words."""
        return [*self._told(row for row in self.rows if row.kind == EvidenceKind.PERSON_ACT)]

    def worked(self) -> list[Mapping[str, str]]:
        """Return claims and comments, in persons' own words, the oldest first."""
        return [*self._told(self.work)]

    def readers(self) -> list[Mapping[str, str]]:
        """Return the accesses of persons to the notice."""
        return [*self._told(self.accesses)]

    def _told(self, rows: Iterable[EvidenceRow]) -> Iterator[Mapping[str, str]]:
        """Yield what the payloads of acts tell. All are read at once, unless one of them is gone."""
        evidence, wanted = context.store().evidence, [row.payload_digest for row in rows]
        try:
            found = evidence.payloads(wanted)
        except GatewayError as error:
            if error.code not in GONE:
                raise
            found = dict(self._kept(wanted))
        yield from (json.loads(found[digest]) for digest in wanted if digest in found)

    def _kept(self, digests: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        for digest in digests:
            try:
                yield digest, context.store().evidence.payload(digest)
            except GatewayError as error:
                if error.code not in GONE:
                    raise

    def record(self, key: str) -> EvidenceRow | None:
        """Return the record with this key in an address, if it is one about this notice."""
        return next((row for row in (*self.rows, *self.beside, *self.damaged) if key_of(row.id) == key), None)

    def earlier(self) -> list[Admission]:
        """Return the notices that this one takes the place of: the earlier revision, and what its row stood for."""
        named = dict.fromkeys((self.admission.predecessor, self.admission.entry.replaces))
        return [found for name in named if name and (found := find_visible(name)) is not None]

    def later(self) -> list[Admission]:
        """Return the notices that take the place of this one: later revisions of the paper, and of its row."""
        named = context.store().worklist.later([self.reference]).get(self.reference, ())
        return [found for name in named if (found := find_visible(name)) is not None]


def key_of(record: str) -> str:
    """Return the key of a record in an address."""
    return hashlib.sha256(record.encode()).hexdigest()[:20]


def find_visible(reference: str, permission: Permission = Permission.SEE_NOTICES) -> Admission | None:
    """Return a notice for whose body the person has a permission; None for another, and for one that is not here."""
    if not reference.isprintable():
        return None
    found, person = context.store().notices.admission(reference), context.person()
    return found if found is not None and person.sees(found.body) and person.may(permission, found.body) else None


def visible(reference: str, permission: Permission = Permission.SEE_NOTICES) -> Admission:
    """Return a notice as `find_visible` does; answer 404 for any other."""
    return find_visible(reference, permission) or abort(404)


def open_notice(
    reference: str, access: Access, subject: str = "", permission: Permission = Permission.SEE_NOTICES
) -> OpenedNotice:
    """Record that the person opens something of a notice, and return the notice. Answer 404 as `visible` does.

    Raises `GatewayError` ``store.*`` if it cannot be recorded; then nothing is shown.
    """
    admission = visible(reference, permission)
    record(access, reference, subject)
    return read(admission)


def record(access: Access, reference: str, subject: str = "") -> None:
    """Record an access of the person, once in a session."""
    origin = context.installation().settings.gateway.name
    record_access(context.store(), access, reference, context.session(), context.now(), origin, subject)


def read(admission: Admission) -> OpenedNotice:
    """Gather a notice's records."""
    evidence, entry = context.store().evidence, admission.entry
    found, own_damage = divided(evidence.of_notice(entry.reference))
    configurations, other_damage = divided(evidence.configurations())
    rows = of_course(found)
    beside = within(configurations, [Header.of(row.header) for row in rows], entry.state)
    return OpenedNotice(
        admission=admission,
        rows=rows,
        accesses=[row for row in found if is_access(row)],
        work=[row for row in found if is_work(row)],
        beside=beside,
        damaged=own_damage + other_damage,
    )


def particulars(sealed: bytes) -> tuple[list[tuple[Words, Words]], Mapping[str, str]]:
    """Return label and value of what the sealed notice says, its identifier masked; and its fields by their paths.

    Documents are left out: they are listed by themselves.
    """
    fields = dict(sealed_fields(sealed))
    identifier = fields.pop("Recipient/Identifier", "")
    shown = {path: text for path, text in fields.items() if not path.startswith("Attachment")}
    masked = {"Recipient/Identifier": "•" * len(identifier)}
    return Particulars(fields=shown | masked).rows(), fields
