"""A mapping file in a form and back: what nobody changed has the same octets, and what was changed is read as meant."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from adapters.console.versions import rule_text
from adapters.console.versions.editor_draft import Posted, draft_of
from adapters.console.versions.editor_form import Names, form_of
from adapters.console.versions.mapping_text import FIELD, Indivisible, MappingText
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.notice.text import fold
from gateway.overview.versions.transform_names import TRANSFORM_NAMES
from tests.console.rich_mapping import RICH

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
FOLDERS = ("config", "schemas", "examples", "tests")
COLUMNS = ["case_number", "نام پرونده", "mobile"]


def _files() -> list[Path]:
    """Return the files of the tree that the standard library reads as a mapping of a known kind."""
    found = []
    for path in sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.toml")):
        try:
            header = tomllib.loads(path.read_bytes().decode("utf-8")).get("mapping")
        except ValueError:
            continue
        if isinstance(header, dict) and header.get("kind") in KINDS:
            found.append(path)
    return found


FILES = _files()


def sent(base: MappingText, language: str = "fa") -> dict[str, str]:
    """Return every text of the form of a file, as a browser sends it when nobody touches it."""
    names = Names(tables=["person", "kinds"], language=language)
    form = form_of(base, Posted(), draft_of(base, Posted(), COLUMNS), None, [], names)
    texts = {f"h:{key}": text for key, text in form.header.items()}
    for rule in (rule for group in form.groups for each in group.fields for rule in each.rules):
        texts |= {f"{rule.id}:{key}": text for key, text in rule.texts.items()}
        for number, step in enumerate(rule.steps):
            texts |= {f"{rule.id}:do.{number}": step.words, f"{rule.id}:with.{number}": step.parameters}
    for table in form.tables:
        texts |= {f"{table.id}:{key}": text for key, text in table.texts.items()}
    for part in (*form.lists, *form.further_tables, form.more):
        texts[f"{part.id}:text"] = part.text
    return {name: text.replace("\n", "\r\n") for name, text in texts.items()}


def test_there_are_many_mappings_to_try() -> None:
    assert len(FILES) > 100
    assert {path.parent for path in FILES} >= {ROOT / "config/mappings", ROOT / "tests/vectors/mappings"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_that_nobody_changes_keeps_every_octet(path: Path) -> None:
    octets = path.read_bytes()
    base = MappingText.of(octets)
    assert base.octets == octets
    assert draft_of(base, Posted(sent(base)), COLUMNS).octets == octets


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize(
    "text",
    [RICH, RICH.replace("\n", "\r\n"), RICH.rstrip("\n"), RICH.removesuffix("# last words\n") + "\n\n\n"],
    ids=["plain", "crlf", "no-end", "blank-end"],
)
def test_every_kind_of_rule_keeps_its_octets(text: str, language: str) -> None:
    octets = text.encode()
    compile_mapping(octets, "rich.toml")
    base = MappingText.of(octets)
    made = draft_of(base, Posted(sent(base, language)), COLUMNS)
    assert made.octets == octets
    assert made.wrong == {}


def _rule(text: str, target: str, number: int = 0) -> str:
    parts = [part for part in MappingText.of(text.encode()).of_kind(FIELD) if part.entry["target"] == target]
    return parts[number].id


def _changed(text: str = RICH, **posted: str) -> str:
    """Return the file after these texts were typed; double underscores stand for the colon of a name."""
    base = MappingText.of(text.encode())
    typed = {name.replace("__", ":"): value for name, value in posted.items()}
    made = draft_of(base, Posted(sent(base) | typed), COLUMNS)
    assert made.wrong == {}
    return made.octets.decode()


def _lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went and those that came, in their order."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize(
    ("target", "key", "typed", "gone", "come"),
    [
        ("case_number", "from", "نام پرونده", ['from = "case_number"'], ["from = '\"نام پرونده\"'"]),
        (
            "body.code",
            "value",
            "article-99",
            ['value = "article-100"      # fixed'],
            ['value = "article-99"      # fixed'],
        ),
        (
            "subject",
            "expression",
            "subject",
            ["expression = \"join(' ', [kind, subject])\""],
            ['expression = "subject"'],
        ),
        ("body.district", "default", "منطقه ۶", ['default = "منطقه ۵"'], ['default = "منطقه ۶"']),
        ("case_number", "required", "yes", ['required = "notice.field-missing"'], []),
        ("case_number", "title", "پرونده", ['title = "شماره پرونده شهرداری"'], ['title = "پرونده"']),
        ("recipient.kind", "refuse", "notice.kind", ['refuse = "recipient.kind"'], ['refuse = "notice.kind"']),
        ("recipient.kind", "refuse", "", ['refuse = "recipient.kind"'], []),
    ],
)
def test_one_key_of_a_rule_is_changed(target: str, key: str, typed: str, gone: list[str], come: list[str]) -> None:
    """Comments, other keys and other rules stay."""
    after = _changed(**{f"{_rule(RICH, target)}__{key}": typed})
    assert _lines(RICH, after) == (gone, come)
    assert tomllib.loads(after).keys() == tomllib.loads(RICH).keys()


def test_conditions_are_texts() -> None:
    rule = _rule(RICH, "recipient.identifier")
    after = _changed(**{f"{rule}__when": '{ from = "recipient_kind", one-of = ["حقوقي", "LEGAL"] }'})
    entry = next(each for each in tomllib.loads(after)["field"] if each["target"] == "recipient.identifier")
    assert entry["when"] == {"from": "recipient_kind", "one-of": ["حقوقي", "LEGAL"]}
    assert "# A company has another column." in after


def test_a_condition_in_a_table_of_its_own_is_changed_too() -> None:
    after = _changed(**{f"{_rule(RICH, 'recipient.mobile')}__from": "case_number"})
    entry = next(each for each in tomllib.loads(after)["field"] if each["target"] == "recipient.mobile")
    assert entry == {
        "target": "recipient.mobile",
        "from": "case_number",
        "when": {"target": "recipient.kind", "is": "NATURAL"},
    }
    assert "# a condition below" in after


def test_transforms_are_words_of_either_language() -> None:
    rule = _rule(RICH, "paper_number")
    for words in ("بدون فاصله‌های دو سر", "without spaces at both ends", "trim", "بدون فاصله\u200cهاي دو سر"):
        after = _changed(**{f"{rule}__do.0": words})
        entry = next(each for each in tomllib.loads(after)["field"] if each["target"] == "paper_number")
        assert entry["do"] == ["trim", {"name": "prefix", "text": "B"}]


def test_parameters_and_tables_of_a_transform() -> None:
    rule = _rule(RICH, "issued_on")
    for typed in ('form = "yyyymmdd"', "form = yyyymmdd"):
        after = _changed(**{f"{rule}__with.0": typed})
        entry = next(each for each in tomllib.loads(after)["field"] if each["target"] == "issued_on")
        assert entry["do"] == [{"name": "jalali-date", "form": "yyyymmdd"}]
    after = _changed(**{f"{rule}__do.0": "جدول person"})
    entry = next(each for each in tomllib.loads(after)["field"] if each["target"] == "issued_on")
    assert entry["do"] == [{"name": "lookup", "table": "person"}]


def test_a_new_rule_stands_where_it_is_judged() -> None:
    """Behind the fields that are judged before it, and before the comment of the next one."""
    after = _changed(**{"n.revision__from": "revision", "n.revision__default": "۲"})
    made = tomllib.loads(after)["field"]
    targets = [each["target"] for each in made]
    assert targets.index("issued_on") < targets.index("revision") < targets.index("recipient.kind")
    assert made[targets.index("revision")] == {"target": "revision", "from": "revision", "default": 2}
    assert _lines(RICH, after)[0] == []
    assert re.search(r"\[\[field\]\]\ntarget = \"recipient.kind\"", after)


def test_a_rule_without_a_source_is_removed_and_its_comments_stay() -> None:
    after = _changed(**{f"{_rule(RICH, 'recipient.identifier')}__from": ""})
    assert [each["target"] for each in tomllib.loads(after)["field"]].count("recipient.identifier") == 1
    assert "# A company has another column." in after


def test_a_table_is_lines() -> None:
    after = _changed(t0__entries="حقیقی = NATURAL\r\nحقوقي = LEGAL\r\nبیگانه = FOREIGN", t0__unknown="refuse")
    table = tomllib.loads(after)["tables"]["person"]
    assert table["entries"] == {"حقیقی": "NATURAL", "حقوقي": "LEGAL", "بیگانه": "FOREIGN"}
    assert table["unknown"] == "refuse"
    assert "# a person" in after
    assert "# Kinds of persons." in after


def test_new_tables_texts_and_lists() -> None:
    inner = '[[repeat.field]]\ntarget = "name"\nfrom = "n"\nrequired = true\n'
    more = f'[[repeat]]\ntarget = "attachments"\nfrom = "others"\nappend = true\n{inner}'
    after = _changed(w__name="نوع برگه", w__entries="رأی = ruling", x__name="area", x__from="mobile", more__text=more)
    table = tomllib.loads(after)
    assert table["tables"]["نوع-برگه"] == {"fold": True, "unknown": "refuse", "entries": {"رأی": "ruling"}}
    assert table["field"][-1] == {"target": "extra.area", "from": "mobile"}
    assert table["repeat"][1]["from"] == "others"
    assert _lines(RICH, after)[0] == []


def test_texts_are_changed_as_texts() -> None:
    base = MappingText.of(RICH.encode())
    text = sent(base)["l0:text"]
    after = _changed(l0__text=text.replace('from = "name"', 'from = "file"'))
    assert _lines(RICH, after) == (['from = "name"'], ['from = "file"'])
    assert "repeat" not in tomllib.loads(_changed(l0__text=""))


@pytest.mark.parametrize(
    ("name", "typed", "key"),
    [
        ("r0:when", "from is x", "when"),
        ("r0:when", "{ a = 1 }\nb = 2", "when"),
        ("r0:with.0", "what", "with.0"),
        ("l0:text", "[[repeat]", "text"),
        ("l0:text", '[mapping]\nname = "other"', "text"),
        ("t0:entries", "a word alone", "entries"),
        ("more:text", "[[field", "text"),
    ],
)
def test_a_text_that_cannot_be_read_changes_nothing_and_is_told(name: str, typed: str, key: str) -> None:
    base = MappingText.of(RICH.encode())
    steps = {"r0:do.0": "trim"} if "with" in name else {}
    made = draft_of(base, Posted({name: typed, **steps}), COLUMNS)
    assert list(made.wrong) == [name.partition(":")[0]]
    assert list(made.wrong[name.partition(":")[0]]) == [key]


def test_a_file_in_another_form_is_not_divided() -> None:
    inline = 'field = [{ target = "a", from = "b" }]\n[mapping]\nlanguage = 1\nname = "x"\nkind = "row-to-notice"\n'
    with pytest.raises(Indivisible):
        MappingText.of(inline.encode())
    apart = RICH.replace("[tables.person.entries]", "[tables.other]\n[tables.person.entries]")
    with pytest.raises(Indivisible):
        MappingText.of(apart.encode())


def test_the_editing_of_texts_is_checked() -> None:
    """If the library makes something else of a part, the part is written anew from its values."""
    assert rule_text.rewritten("no toml", FIELD, {"target": "a"}, {"target": "b"}) == '[[field]]\ntarget = "b"\n'


def test_words_of_transforms_are_names() -> None:
    """Each is read as one transform alone, in the folded spelling of both languages."""
    for language in ("fa", "en"):
        told = [fold(words.fa if language == "fa" else words.en) for words in TRANSFORM_NAMES.values()]
        assert len(set(told)) == len(told)


def test_a_text_of_several_lines_is_changed_as_lines() -> None:
    text = RICH.replace('value = "article-100"', 'value = """article-100\nشهر"""')
    rule = _rule(text, "body.code")
    assert _changed(text, **{f"{rule}__from": ""}) == text
    after = _changed(text, **{f"{rule}__value": "article-100\r\nروستا"})
    assert tomllib.loads(after)["field"][0]["value"] == "article-100\nروستا"


def test_entries_of_a_table_that_nobody_changed_keep_their_values() -> None:
    """A text of digits stays a text beside numbers, and a number stays one beside texts."""
    text = RICH.replace('"ruling" = "ruling"', '"ruling" = 5\n"five" = "5"')
    text = text.replace('"پیش‌نویس" = { refuse = "notice.kind", reason = "پیش‌نویس ابلاغ نمی‌شود." }\n', "")
    lines = sent(MappingText.of(text.encode()))["t1:entries"]
    entries = tomllib.loads(_changed(text, t1__entries=f"{lines}\r\nرأی = ruling"))["tables"]["kinds"]["entries"]
    assert (entries["ruling"], entries["five"], entries["رأی"]) == (5, "5", "ruling")
