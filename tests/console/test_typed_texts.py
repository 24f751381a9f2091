"""Texts that a person types into the mapping editor are taken over, or refused with a message; nothing is dropped."""

from __future__ import annotations

import pytest

from adapters.console.versions.editor_draft import Draft, Posted, draft_of
from adapters.console.versions.mapping_text import FIELD, MappingText
from tests.console.rich_mapping import RICH
from tests.console.test_mapping_text import COLUMNS, sent

NEW = "n.recipient.city"
BASE = MappingText.of(RICH.encode())
RULES = {part.entry["target"]: part.id for part in reversed(BASE.of_kind(FIELD))}
DISTRICT, PAPER, KIND = RULES["body.district"], RULES["paper_number"], RULES["recipient.kind"]


def _draft(**typed: str) -> Draft:
    posted = sent(BASE) | {name.replace("__", ":"): text for name, text in typed.items()}
    return draft_of(BASE, Posted(posted), COLUMNS)


@pytest.mark.parametrize(
    ("typed", "id", "key", "word"),
    [
        ({f"{NEW}:from": "district", f"{NEW}:with.0": "width = 5"}, NEW, "with.0", "transform"),
        (
            {f"{NEW}:from": "district", f"{NEW}:do.0": "", f"{NEW}:with.0": "width = 5", f"{NEW}:do.1": "trim"},
            NEW,
            "with.0",
            "transform",
        ),
        ({f"{PAPER}:do.1": ""}, PAPER, "with.1", "transform"),
        ({f"{NEW}:default": "تهران"}, NEW, "from", "تهران"),
        ({f"{NEW}:do.0": "trim"}, NEW, "from", "without spaces"),
        ({f"{NEW}:when": '{ from = "kind", is = "a" }'}, NEW, "from", "kind"),
        ({f"{NEW}:title": "شهر"}, NEW, "from", "شهر"),
        ({f"{NEW}:refuse": "notice.kind"}, NEW, "from", "notice.kind"),
        ({f"{NEW}:required": "yes"}, NEW, "from", "required"),
        ({"x:name": "area"}, "x", "from", "area"),
        ({"x:title": "ناحیه"}, "x", "from", "ناحیه"),
        ({"x:from": "district"}, "x", "name", "Latin letters"),
        ({f"{DISTRICT}:from": ""}, DISTRICT, "from", "منطقه ۵"),
        ({f"{KIND}:from": "", f"{KIND}:title": "نوع"}, KIND, "from", "نوع"),
        ({f"{KIND}:from": "", f"{KIND}:do.2": "trim"}, KIND, "from", "without spaces"),
        (
            {f"{NEW}:from": "district", f"{NEW}:do.0": "trim", f"{NEW}:with.0": 'name = "upper"'},
            NEW,
            "with.0",
            "name is no parameter",
        ),
        ({f"{PAPER}:with.1": 'text = "a'}, PAPER, "with.1", 'text = "a'),
        ({f"{PAPER}:with.1": 'text = "a"; width = 3'}, PAPER, "with.1", "width = 3"),
        ({f"{PAPER}:with.1": "text = a; width = 3"}, PAPER, "with.1", "width = 3"),
        ({f"{PAPER}:with.1": "text = a = b"}, PAPER, "with.1", "a = b"),
        ({f"{PAPER}:with.1": "text ="}, PAPER, "with.1", "text ="),
    ],
)
def test_a_text_that_cannot_be_taken_over_is_told(typed: dict[str, str], id: str, key: str, word: str) -> None:
    made = _draft(**typed)
    assert {each: list(texts) for each, texts in made.wrong.items()} == {id: [key]}
    words = made.wrong[id][key]
    assert word in words.en
    assert words.fa != words.en
    assert made.octets == BASE.octets or id in (NEW, PAPER)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("text = شهر", '{name = "prefix", text = "شهر"}'),
        ("text = شهر ری", '{name = "prefix", text = "شهر ری"}'),
        ('text = "a; b"', '{name = "prefix", text = "a; b"}'),
        ("text = «شهر»", '{name = "prefix", text = "«شهر»"}'),
    ],
)
def test_texts_of_parameters_may_lack_quotes(given: str, written: str) -> None:
    made = _draft(**{f"{PAPER}:with.1": given})
    assert made.wrong == {}
    assert written in made.octets.decode()


def test_a_rule_goes_with_its_column() -> None:
    """Its condition, transforms, title and code belonged to the column; nothing of them was typed now."""
    made = _draft(**{f"{KIND}:from": ""})
    assert made.wrong == {}
    assert b'target = "recipient.kind"\nfrom' not in made.octets


def test_a_rule_whose_texts_are_all_emptied_goes() -> None:
    made = _draft(**{f"{DISTRICT}:from": "", f"{DISTRICT}:default": ""})
    assert made.wrong == {}
    assert b"body.district" not in made.octets
