"""An uploaded spreadsheet with its files as a draft, and its rejected rows as a file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from werkzeug.datastructures import FileStorage

from adapters.composition.mappings import bodies as body_configs
from adapters.console.intake.own_drafts import judged_draft, new_draft_id, own_bodies, shown
from adapters.console.intake.typed_notice import octets_of
from adapters.console.language.languages import say
from adapters.console.site import context
from adapters.municipal.files.drop_reports import as_csv
from adapters.municipal.sheets.notice_sheet import COLUMNS, SheetNotice, read_notices
from adapters.municipal.sheets.workbook import MAX_SHEET_BYTES
from gateway.intake.entered_notice import ATTACHMENTS_FIELD, BODY, DOCUMENT, KIND, MAX_TEXT, NAMES, file_name
from gateway.intake.notice_draft import Draft, DraftFile, DraftKind, DraftRow, FieldProblem
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError

_LINE = Words(en="Line", fa="سطر")
_REASON = Words(en="What is wrong, and what to do", fa="اشکال و راه رفع آن")

Kept = Mapping[str, DraftFile | str]
"""Files by their names in one form; a text is the code of the reason for which a file was not kept."""


def kept_sheet(sheet: FileStorage | None, files: Sequence[FileStorage]) -> Draft:
    """Read a spreadsheet, keep the files that it names, judge each row, and return the draft.

    Raises `GatewayError` ``intake.sheet``, ``intake.header``, ``intake.too-many``, ``intake.full``.
    """
    if sheet is None or not sheet.filename:
        raise GatewayError("intake.sheet", detail="no file was chosen")
    octets = sheet.stream.read(MAX_SHEET_BYTES + 1)
    configured = body_configs(context.installation().settings)
    rows = read_notices(octets, {code: configured[code] for code in own_bodies()})
    draft = new_draft_id()
    named = {_form(name) for row in rows for name in (row.paper, *row.attachments)}
    kept = _kept(draft, files, named)
    return judged_draft(draft, DraftKind.SHEET, [_row(row, kept) for row in rows])


def rejected_csv(draft: Draft) -> bytes:
    """Return the rows with problems as CSV, in the language of the page."""
    columns = [say(_LINE), *(say(each.label) for each in COLUMNS), say(_REASON)]
    return as_csv(columns, [_rejected(row) for row in draft.rows if row.problems and not row.entered])


def cell_of(row: DraftRow, column: str) -> str:
    """Return the text of a row's cell: that of a column of files are the names of the files that were kept."""
    if column == DOCUMENT:
        return row.paper.name if row.paper else ""
    if column == ATTACHMENTS_FIELD:
        return "; ".join(each.name for each in row.attachments)
    return row.fields.get(column, "")


def shown_cell(row: DraftRow, column: str) -> str:
    """Return the text of a cell as a page shows it: a body and a kind by their titles, which an upload takes, too."""
    body = context.installation().settings.bodies.get(row.fields.get(BODY.name, ""))
    if column == BODY.name and body is not None:
        return body.title
    text = cell_of(row, column)
    return body.kinds.get(text, text) if column == KIND.name and body is not None else text


def _rejected(row: DraftRow) -> Mapping[str, object]:
    texts = {say(each.label): shown_cell(row, each.name) for each in COLUMNS}
    return {say(_LINE): row.line, **texts, say(_REASON): "\n".join(_reasons(row))}


def _reasons(row: DraftRow) -> Iterator[str]:
    labels = {each.name: say(each.label) for each in COLUMNS}
    for problem in row.problems:
        told = shown(problem)
        words = [labels.get(problem.field, ""), told.finding, told.remedy, told.about]
        yield " – ".join(word for word in words if word)


def _kept(draft: str, files: Sequence[FileStorage], named: set[str]) -> Kept:
    """Keep the files that rows name, one after another; any other one is not read."""
    kept: dict[str, DraftFile | str] = {}
    for sent in files:
        if not sent.filename or (name := _form(file_name(sent.filename))) not in named:
            continue
        if (octets := octets_of(sent)) is None:
            kept[name] = "document.too-large"
            continue
        digest = context.store().drafts.keep_file(draft, context.person().id, octets, context.now())
        new = DraftFile(name=file_name(sent.filename), digest=digest, size=len(octets))
        before = kept.get(name)
        same = before is None or (isinstance(before, DraftFile) and before.digest == digest)
        kept[name] = new if same else "intake.file-twice"
    return kept


def _row(row: SheetNotice, kept: Kept) -> DraftRow:
    problems = list(row.problems)
    papers = list(_files([row.paper] if row.paper else [], DOCUMENT, kept, problems))
    attachments = tuple(_files(row.attachments, ATTACHMENTS_FIELD, kept, problems))
    return DraftRow(
        line=row.line,
        fields={name: row.fields.get(name, "")[: MAX_TEXT + 1] for name in NAMES},
        paper=papers[0] if papers else None,
        attachments=attachments,
        problems=tuple(problems),
    )


def _files(names: Sequence[str], field: str, kept: Kept, problems: list[FieldProblem]) -> Iterator[DraftFile]:
    for name in names:
        found = kept.get(_form(name), "intake.file-missing")
        if isinstance(found, DraftFile):
            yield found
        else:
            problems.append(FieldProblem(field=field, code=found))


def _form(name: str) -> str:
    """Return a file's name in one form: systems write the same letters in two ways, and some ignore case."""
    return unicodedata.normalize("NFC", name).casefold()
