"""Sources into which people enter notices by hand, and the judgement of what they typed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.composition.mappings import current_mapper
from adapters.composition.preview.previewed_row import message_judge
from adapters.settings import ByHandSection, Settings
from gateway.intake.entered_notice import ATTACHMENTS_FIELD, BODY, DOCUMENT, EnteredFile, row_of
from gateway.intake.hand_entry import Entering, JudgedEntry
from gateway.intake.notice_draft import Draft, DraftFile, DraftRow, FieldProblem
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def entered_bodies(settings: Settings, allowed: Collection[str] | None = None) -> dict[str, str]:
    """Return the source of each body whose notices are entered by hand, in the order of the configuration.

    ``allowed`` are a person's bodies; None allows all.
    """
    named = {
        body: name for name, each in settings.sources.items() if isinstance(each, ByHandSection) for body in each.bodies
    }
    return {body: named[body] for body in settings.bodies if body in named and (allowed is None or body in allowed)}


class DraftJudge:
    """Judge of drafts of a person who enters notices of ``bodies`` alone."""

    def __init__(self, installation: Installation, bodies: Collection[str]) -> None:
        self._installation, self._store = installation, installation.store()
        self._sources = entered_bodies(installation.settings, bodies)
        self._entering: dict[str, Entering] = {}

    def source_of(self, row: DraftRow) -> str:
        """Return the source of a row's body. Raises `GatewayError` ``intake.body``."""
        source = self._sources.get(row.fields.get(BODY.name, ""))
        if source is None:
            raise GatewayError("intake.body")
        return source

    def entering(self, source: str) -> Entering:
        """Return the entering of notices into a source, by the mapping and profile in force."""
        if source not in self._entering:
            self._entering[source] = Entering(
                source=source,
                mapper=current_mapper(self._installation, source),
                notices=self._store.notices,
                quarantine=self._store.quarantine,
                inbox=self._store.inbox,
                conforms=message_judge(self._installation),
            )
        return self._entering[source]

    def judge(self, draft: Draft, row: DraftRow) -> JudgedEntry:
        """Judge a row with its files. Raises `GatewayError` for trouble that is not the row's."""
        try:
            entering = self.entering(self.source_of(row))
            paper = None if row.paper is None else self._file(draft, row.paper, DOCUMENT)
            attachments = [self._file(draft, each, ATTACHMENTS_FIELD) for each in row.attachments]
        except _Found as found:
            return JudgedEntry(notice=None, problems=(found.problem,))
        except GatewayError as error:
            if error.code != "intake.body":
                raise
            code = error.code if row.fields.get(BODY.name) else "notice.field-missing"
            return JudgedEntry(notice=None, problems=(FieldProblem(field=BODY.name, code=code),))
        return entering.judge(row_of(row.fields, paper, attachments))

    def judged(self, draft: Draft) -> Draft:
        """Return a draft whose rows have the problems that are found now, beside those of their reading."""
        return replace(draft, rows=tuple(self._judged_rows(draft, draft.rows)))

    def sheet_digest(self, draft: Draft) -> str:
        """Return the digest of all from which the good rows of a spreadsheet become notices: ``sha256:…``.

        It covers line, fields, names and octets of files of each row that waits to be entered, and the mapping in force
        for its body. Raises `GatewayError` ``mapping.*``.
        """
        rows = [row for row in draft.rows if not row.entered and not row.problems]
        bodies = sorted({row.fields.get(BODY.name, "") for row in rows} & self._sources.keys())
        mappings = {body: self.entering(self._sources[body]).mapper.digest for body in bodies}
        seen = [
            [row.line, dict(row.fields), [[each.name, each.digest] for each in row.files], len(row.attachments)]
            for row in rows
        ]
        return sha256(json.dumps([seen, mappings], sort_keys=True).encode())

    def _judged_rows(self, draft: Draft, rows: Sequence[DraftRow]) -> Iterator[DraftRow]:
        seen: set[str] = set()
        for row in rows:
            judged = self.judge(draft, row)
            read = {each.field for each in row.problems}
            problems = [*row.problems, *(each for each in judged.problems if each.field not in read)]
            reference = judged.notice.reference if judged.notice else None
            if reference in seen:
                problems.append(FieldProblem(field="paper_number", code="intake.in-sheet-twice"))
            if reference is not None:
                seen.add(reference)
            yield replace(row, problems=tuple(problems), reference=reference)

    def _file(self, draft: Draft, file: DraftFile, field: str) -> EnteredFile:
        octets = self._store.drafts.file(draft.id, draft.person, file.digest)
        if octets is None:
            raise _Found(FieldProblem(field=field, code="intake.file-missing"))
        return EnteredFile(name=file.name, octets=octets)


class _Found(Exception):
    """A problem that ends the judgement of a row."""

    literal_name = "_Found"

    def __init__(self, problem: FieldProblem) -> None:
        super().__init__(problem.code)
        self.problem = problem
