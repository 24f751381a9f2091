"""The mapping editor: a column is bound beside real rows, mistakes stand at their fields, and a draft is saved."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from adapters.composition.installation import Installation
from adapters.console.site.uploads import MAPPING_FORM, MAX_FIELDS, MAX_FORM_BYTES
from adapters.shipped.resources import CASE_MAPPING
from gateway.evidence.evidence_query import EvidenceQuery
from gateway.notice.notice import sha256
from gateway.operations.notice_access import Access, is_access
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import PERMISSIONS, Permission, Role
from gateway.record.evidence_record import EvidenceKind
from gateway.store.version_state import MappingState
from gateway.versions import version_actions
from tests.console.rich_mapping import RICH
from tests.console.sent_form import SentForm
from tests.console.signed_in import Visitor, pages_of, visitor

EDITOR = "/mappings/edit/cases"
MAY = sorted(role for role in Role if Permission.EDIT_MAPPINGS in PERMISSIONS[role])
SHIPPED = CASE_MAPPING.read_text(encoding="utf-8")


@pytest.fixture
def editor(installation: Installation) -> Visitor:
    return visitor(pages_of(installation), Role.MAPPING_ADMINISTRATOR, language="en")


def rule_of(page: str, target: str, number: int = 0) -> str:
    """Return the id of a field's rule on the page."""
    field = page.split(f'<fieldset id="f-{target}"')[1].split("</fieldset>")[0]
    return list(dict.fromkeys(re.findall(r'name="([^"]+):from"', field)))[number]


def typed(editor: Visitor, path: str = EDITOR, /, act: str = "preview", reason: str = "", **texts: str) -> TestResponse:
    """Open the form, type texts into the columns of fields (double underscores stand for a dot), and send it."""
    page = editor.page(path)
    columns = {f"{rule_of(page, name.replace('__', '.'))}:from": text for name, text in texts.items()}
    return editor.post(EDITOR, **(SentForm.of(page) | columns | {"act": act, "reason": reason}))


def field_of(page: str, target: str) -> str:
    return page.split(f'<fieldset id="f-{target}"')[1].split("</fieldset>")[0]


def imported(installation: Installation, text: str) -> str:
    """Import a mapping as a version; return its label."""
    made = OperatorAction(name="mapping.import", account="maker", reason="new", at=installation.clock())
    name = re.search(r'^name = "(.*)"', text, re.MULTILINE)
    assert name is not None
    done = version_actions.import_version(installation.store(), text.encode(), name[1], "", made, "gateway")
    return done.version.label


def activated(installation: Installation, label: str) -> None:
    """Put a version in force for the source."""
    store, at = installation.store(), installation.clock()

    def act(name: str, account: str) -> OperatorAction:
        return OperatorAction(name=f"mapping.{name}", account=account, reason="ok", at=at)

    found = version_actions.find(store.versions, label)
    sent = version_actions.submit(store, found, "x", act("submit", "a"), "gateway")
    approved = version_actions.approve(store, sent.version, act("approve", "b"), "gateway")
    version_actions.activate(store, approved.version, ["cases"], at, act("activate", "a"), "gateway")


def previews(installation: Installation) -> list[dict[str, str]]:
    """Return the payloads of the records of previews."""
    store = installation.store()
    page = store.records.find(EvidenceQuery(kinds=frozenset({EvidenceKind.PERSON_ACT})), None, 1000)
    found = [record.row for record in reversed(page.records) if is_access(record.row)]
    told = [json.loads(store.evidence.payload(row.payload_digest)) for row in found]
    return [each for each in told if each["act"] == Access.PREVIEW]


@pytest.mark.parametrize("role", sorted(Role))
def test_who_may_edit(installation: Installation, role: Role) -> None:
    asker = visitor(pages_of(installation), role, language="en")
    asker.page(EDITOR, 200 if role in MAY else 403)
    assert asker.post(EDITOR).status_code == (200 if role in MAY else 403)
    if Permission.SEE_MAPPINGS in PERMISSIONS[role]:
        assert (f'href="{EDITOR}"' in asker.page("/mappings")) == (role in MAY)


def test_the_form_begins_from_what_is_in_force(editor: Visitor, installation: Installation) -> None:
    """The file of the configuration, then the version that was put in force, and any version on demand."""
    page = editor.page(EDITOR)
    assert SentForm.of(page)["from"] == "file"
    assert SentForm.of(page)["digest"] == sha256(CASE_MAPPING.read_bytes())
    first = imported(installation, SHIPPED.replace('name = "case-view-1"', 'name = "mine"'))
    second = imported(installation, SHIPPED.replace('name = "case-view-1"', 'name = "mine"') + "# more\n")
    activated(installation, first)
    assert SentForm.of(editor.page(EDITOR))["from"] == first
    assert SentForm.of(editor.page(f"{EDITOR}?from={second}"))["from"] == second
    assert SentForm.of(editor.page(f"{EDITOR}?from=file"))["from"] == "file"
    for path in (f"{EDITOR}?from=mine@9", f"{EDITOR}?from=mine", f"{EDITOR}?from=@", "/mappings/edit/nowhere"):
        editor.page(path, 404)


@pytest.mark.parametrize("text", [SHIPPED, RICH.partition("# The end.")[0]], ids=["shipped", "rich"])
@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_form_that_nobody_touches_saves_nothing(installation: Installation, text: str, language: str) -> None:
    """The page has the same octets as the file, for each kind of rule."""
    asker = visitor(pages_of(installation), Role.MAPPING_ADMINISTRATOR, language=language)
    path = f"{EDITOR}?from={imported(installation, text)}"
    before = len(installation.store().versions.find())
    answer = typed(asker, path, "save", "why")
    assert answer.status_code == 200
    words = {"en": "Nothing was changed", "fa": "چیزی تغییر نکرده است"}
    assert words[language] in answer.text
    assert len(installation.store().versions.find()) == before


def test_a_column_is_bound_and_saved_as_a_draft(editor: Visitor, installation: Installation) -> None:
    """The version's page shows the difference; the draft says from which version it began."""
    first = imported(installation, SHIPPED)
    shown = typed(editor, f"{EDITOR}?from={first}", archive_number="renovation_code").text
    assert 'class="says"' in shown
    answer = typed(editor, f"{EDITOR}?from={first}", "save", "ستون تازه", archive_number="renovation_code")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/mappings/versions/case-view-1/2?against=1"
    store = installation.store()
    made = store.versions.get("case-view-1", 2)
    assert made is not None
    assert made.state is MappingState.CHECKED
    assert made.octets.decode() == SHIPPED.replace('from = "archive_number"', 'from = "renovation_code"')
    step = store.versions.history("case-view-1", 2)[0]
    assert (step.account, step.reason) == ("mapping-administrator-1", "ستون تازه")
    assert step.detail == f"begun from {first}"
    compared = editor.page(answer.headers["Location"])
    assert "changed" in compared.split('id="differences"')[1].split("</table>")[0]


def test_a_draft_needs_a_reason(editor: Visitor, installation: Installation) -> None:
    answer = typed(editor, EDITOR, "save", "", archive_number="renovation_code")
    assert answer.status_code == 422
    assert 'value="renovation_code"' in field_of(answer.text, "archive_number")
    assert installation.store().versions.find("case-view-1") == []


def test_a_column_that_does_not_exist_is_told_at_its_field(editor: Visitor, installation: Installation) -> None:
    answer = typed(editor, EDITOR, "save", "why", recipient__name="recipient_namee")
    assert answer.status_code == 422
    field = field_of(answer.text, "recipient.name")
    assert "no such column" in field
    assert "Did you mean “recipient_name”?" in field
    assert 'aria-invalid="true"' in field
    assert 'href="#f-recipient.name"' in answer.text
    assert "No row can be mapped yet." in answer.text
    assert installation.store().versions.find("case-view-1") == []
    persian = visitor(pages_of(installation), Role.MAPPING_ADMINISTRATOR)
    assert "آیا منظور «recipient_name» است؟" in typed(persian, recipient__name="recipient_namee").text


def test_a_required_field_that_is_emptied_is_told_at_its_field(editor: Visitor) -> None:
    answer = typed(editor, EDITOR, "save", "why", case_number="")
    assert answer.status_code == 422
    assert "nothing makes what the target must have" in field_of(answer.text, "case_number")


def test_mistakes_of_transforms_conditions_and_tables_stand_at_their_parts(editor: Visitor) -> None:
    page = editor.page(EDITOR)
    rule, table = rule_of(page, "issued_on"), "t0"
    wrong = {f"{rule}:do.0": "read as a Jalali dai", f"{rule}:when": "status is final", f"{table}:entries": "one word"}
    shown = editor.post(EDITOR, **(SentForm.of(page) | wrong)).text
    field = field_of(shown, "issued_on")
    assert "Did you mean “read as a Jalali day”?" in field
    assert "“status is final” cannot be read. Write a condition" in field
    assert "… = …" in shown.split('id="f-t0"')[1].split("</fieldset>")[0]
    assert "one word" in shown.split('id="f-t0"')[1].split("</fieldset>")[0]


def test_a_refused_row_is_told_at_the_field_that_causes_it(editor: Visitor) -> None:
    shown = typed(editor, revision="mobile").text
    field = field_of(shown, "revision")
    assert field.count('<p class="mistake">Row ') == 3
    assert "whole number" in field
    rows = shown.split('id="preview"')[1]
    assert rows.count('href="#f-revision"') == 3
    assert "Row " not in field_of(shown, "case_number")


def test_completion_has_columns_with_samples_transforms_and_tables(editor: Visitor, installation: Installation) -> None:
    page = editor.page(EDITOR)
    lists = dict(re.findall(r'<datalist id="([^"]+)">(.*?)</datalist>', page, re.DOTALL))
    assert '<option value="subject">' in lists["columns"]
    assert re.search(r'<option value="recipient_id">•+\d\d<', lists["columns"])
    assert '<option value="table recipient-kind">' in lists["transforms"]
    assert '<option value="read as a Jalali day">' in lists["transforms"]
    assert "recipient.national-id" in lists["codes"]
    assert set(installation.settings.bodies) == set(re.findall(r'value="([^"]+)"', lists["values-body.code"]))


def _identifiers(installation: Installation) -> set[str]:
    with closing(sqlite3.connect(installation.folder.path(Path("cases.db")))) as cases:
        rows = cases.execute("SELECT recipient_id, mobile, postal_code FROM eblagh_notices").fetchall()
    return {str(value) for row in rows for value in row if value}


@pytest.mark.long
@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"subject": "recipient_id"},
        {"subject": "mobile", "recipient__mobile": ""},
        {"recipient__identifier": "subject", "subject": "recipient_id"},
        {"recipient__name": "postal_code", "recipient__postal_code": ""},
    ],
)
def test_no_form_shows_an_identifier(editor: Visitor, installation: Installation, columns: dict[str, str]) -> None:
    """Neither in a preview, nor as a sample, nor if the form no longer says which column holds one."""
    page = editor.page(EDITOR)
    sent = SentForm.of(page) | {f"{rule_of(page, n.replace('__', '.'))}:from": c for n, c in columns.items()}
    shown = editor.post(EDITOR, **(sent | {"rows": "20"})).text
    assert shown.split('id="preview"')[1].count("<h3>Row ") == 20
    found = _identifiers(installation)
    assert len(found) > 20
    for each in found:
        assert each not in shown
        assert each.lstrip("+0") not in shown


def test_a_preview_is_on_record_before_it_is_shown(editor: Visitor, installation: Installation) -> None:
    """Once for a session and set of rows; with the number of rows and a digest of each key, and without a key."""
    editor.page(EDITOR)
    [first] = previews(installation)
    assert first["act"] == Access.PREVIEW
    assert first["account"] == "mapping-administrator-1"
    assert first["rows"] == "3"
    assert first["keys"].split() == [sha256(f"cases {key}".encode()) for key in ("1", "2", "3")]
    assert first["subject"].startswith("cases:sha256:")
    typed(editor, revision="mobile")
    assert len(previews(installation)) == 1
    editor.post(EDITOR, rows="10")
    assert [each["rows"] for each in previews(installation)] == ["3", "10"]
    another = visitor(pages_of(installation), Role.AUDITOR)
    another.page("/mappings/files/sources/cases?rows=3")
    assert [each["account"] for each in previews(installation)][-1] == "auditor-1"


def test_the_audit_room_names_previews(editor: Visitor, installation: Installation) -> None:
    editor.page(EDITOR)
    auditor = visitor(pages_of(installation), Role.AUDITOR, language="en")
    assert "previewed rows of a source" in auditor.page("/audit/acts")


def test_another_version_in_force_is_told_before_a_draft_is_saved(editor: Visitor, installation: Installation) -> None:
    first, second = imported(installation, SHIPPED), imported(installation, f"{SHIPPED}# second\n")
    activated(installation, first)
    page = editor.page(EDITOR)
    sent = SentForm.of(page) | {f"{rule_of(page, 'serve_by')}:from": "issued_on", "act": "save", "reason": "why"}
    activated(installation, second)
    told = editor.post(EDITOR, **sent)
    assert told.status_code == 200
    assert "Another version came into force since you began." in told.text
    assert installation.store().versions.get("case-view-1", 3) is None
    again = SentForm.of(told.text)
    assert again["from"] == first
    assert editor.post(EDITOR, **(again | {"act": "save"})).status_code == 302
    step = installation.store().versions.history("case-view-1", 3)[0]
    assert step.detail == f"begun from {first}"


def test_a_form_that_did_not_begin_from_any_content_of_the_file_is_told(
    editor: Visitor, installation: Installation
) -> None:
    wanted = {"digest": "sha256:another", "act": "save", "reason": "why", "r3:from": "x"}
    sent = SentForm.of(editor.page(EDITOR)) | wanted
    told = editor.post(EDITOR, **sent)
    assert "does not say from which content of the file it began" in told.text
    assert 'value="x"' not in field_of(told.text, "archive_number")
    assert installation.store().versions.find("case-view-1") == []


def test_a_source_that_does_not_answer_leaves_the_form(fresh_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(fresh_folder, tmp_path / "apart")
    (folder / "cases.db").unlink()
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        asker = visitor(pages_of(installation), Role.MAPPING_ADMINISTRATOR, language="en")
        before = previews(installation)
        page = asker.page(EDITOR)
        assert "the case database" in page.split('id="preview"')[1]
        assert 'value="case_number"' in field_of(page, "case_number")
        assert previews(installation) == before


def test_a_file_that_cannot_be_divided_says_so(editor: Visitor, installation: Installation) -> None:
    first, rest = SHIPPED.split("[[field]]", 1)
    fields = [line for line in f"[[field]]{rest}".splitlines() if line and not line.startswith("#")]
    inline = "field = [\n" + re.sub(
        r"\[\[field\]\]\n((?:.+\n?)+?)(?=\[\[field|\Z)",
        lambda found: "{ " + ", ".join(re.sub(r"\s+#.*", "", line) for line in found[1].splitlines()) + " },\n",
        "\n".join(fields),
    )
    header, tables = first.split("[tables.", 1)
    label = imported(installation, f"{inline}]\n{header}[tables.{tables}")
    told = editor.page(f"{EDITOR}?from={label}", 422)
    assert "cannot divide into fields" in told
    assert "Begin from another version" in told


def test_a_mapping_that_this_program_refuses_says_so(editor: Visitor, installation: Installation) -> None:
    label = imported(installation, SHIPPED.replace('do = ["jalali-date"]', 'do = ["of-another-program"]'))
    assert "there is no such transform" in editor.page(f"{EDITOR}?from={label}", 422)


def test_the_form_is_bounded(editor: Visitor) -> None:
    """This form may be larger than others, and both have a bound of octets; fields are counted, too."""
    assert MAX_FORM_BYTES < MAPPING_FORM.octets < 1024 * 1024
    assert editor.post(EDITOR, **{"more:text": " " * (MAPPING_FORM.octets - 1000)}).status_code == 200
    assert editor.post(EDITOR, **{"more:text": "#" * MAPPING_FORM.octets}).status_code == 413
    assert editor.post("/sign-out", x="#" * MAX_FORM_BYTES).status_code == 413
    few = {f"r{number}:from": "" for number in range(19, MAX_FIELDS - 10)}
    assert editor.post(EDITOR, **few).status_code == 200
    many = {f"r{number}:from": "a" for number in range(MAX_FIELDS)}
    assert editor.post(EDITOR, **many).status_code == 413


def test_a_mapping_of_the_largest_size_is_shown(editor: Visitor, installation: Installation) -> None:
    """Four hundred further texts: every one has its field."""
    further = "".join(f'[[field]]\ntarget = "extra.t{n}"\nfrom = "subject"\n' for n in range(400))
    label = imported(installation, f"{SHIPPED}\n{further}")
    page = editor.page(f"{EDITOR}?from={label}")
    assert page.count('<fieldset id="f-extra.t') == 400
    answer = editor.post(EDITOR, **(SentForm.of(page) | {"r418:from": "kind", "act": "save", "reason": "why"}))
    assert answer.status_code == 302


def test_pages_have_no_style_or_script_of_their_own(editor: Visitor) -> None:
    page = editor.page(EDITOR)
    assert not re.search(r"<style|<[a-z][^>]*\s(style|on\w+)=", page)
    assert page.count("<script") == 1
