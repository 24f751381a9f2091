"""A submission carries what is to be served: the seal, or the paper with its attachments, or its profile is refused."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from adapters.cli.versions.profile_check import findings_of
from adapters.shipped.resources import PROFILES
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.program.reads_of_source import taken, takes_by_place
from tests.contracts.binding import edited

from .mizan.server import Mizan
from .mizan.shapes import PaperMizan, PolledMizan, lay

SEAL = "takes no seal.octets or seal.element"
PAPER = "takes no document.octets"
DOCUMENTS = "limits.documents = 5, but the mapping of the submission reads no documents"


def forgetting(folder: Path, *targets: str) -> None:
    """Take the entries with these targets out of the mapping of submissions, and their elements out of the needed."""
    text = (folder / "submit.toml").read_text(encoding="utf-8")
    entries = re.split(r"(?m)^(?=\[\[field]]|\[\[repeat]])", text)
    kept = [each for each in entries if not any(f'target = "{target}"' in each for target in targets)]
    assert len(kept) == len(entries) - len(targets)
    (folder / "submit.toml").write_text("".join(kept), encoding="utf-8")
    for element in {target.partition(".")[0] for target in targets} - {"Enclosure"}:
        edited(folder, "messages.xsd", f'<xs:element name="{element}">', f'<xs:element name="{element}" minOccurs="0">')


def found(folder: Path) -> str:
    told = findings_of(folder)
    assert not told.mistaken
    return "" if told.error is None else f"{told.error.code}: {told.error.detail}"


@pytest.mark.parametrize(
    ("shape", "forgotten", "detail"),
    [
        (Mizan, (), ""),
        (Mizan, ("Envelope.#text", "Envelope.@sha256"), SEAL),
        (PaperMizan, (), ""),
        (PaperMizan, ("Paper.#text", "Paper.@sha256", "Enclosure"), PAPER),
        (PaperMizan, ("Enclosure",), DOCUMENTS),
    ],
)
def test_what_the_schema_lets_a_mapping_forget_is_told(
    shape: type[Mizan], forgotten: tuple[str, ...], detail: str, tmp_path: Path
) -> None:
    lay(tmp_path / "mine", shape)
    forgetting(tmp_path / "mine", *forgotten)
    told = found(tmp_path / "mine")
    assert told.startswith("courier.contract: ") == bool(detail), told
    assert told.endswith(detail)


def test_our_own_contracts_carry_the_seal_too(tmp_path: Path) -> None:
    folder = shutil.copytree(PROFILES / "eblagh-rest-1", tmp_path / "ours")
    assert found(folder) == ""
    edited(folder, "submit.toml", 'from = "seal.octets"', 'from = "document.octets"')
    assert found(folder).endswith(SEAL)


def test_a_comment_or_a_condition_reads_no_documents(tmp_path: Path) -> None:
    lay(tmp_path / "mine", PaperMizan)
    forgetting(tmp_path / "mine", "Enclosure")
    file = tmp_path / "mine" / "submit.toml"
    text = file.read_text(encoding="utf-8").replace(
        'target = "About"\n', 'target = "About"\nwhen = { from = "notices[0].documents[0].octets", present = true }\n'
    )
    file.write_text(text + "# Later: notices[0].documents[1:], their octets.\n", encoding="utf-8")
    assert found(tmp_path / "mine").endswith(DOCUMENTS)


def values(entries: str) -> list[tuple[set[str], tuple[str, ...]]]:
    shell = '[mapping]\nlanguage = 1\nname = "x"\nkind = "notice-to-message"\n'
    return [
        ({*each.names}, each.steps) for each in taken(compile_mapping((shell + entries).encode(), "x.toml").members)
    ]


def test_names_on_the_way_to_a_value_are_those_of_its_lists_too() -> None:
    assert values("""
[[field]]
target = "a"
from = "notices[0].seal.octets"
do = [{ name = "digest", form = "hex" }]

[[repeat]]
target = "l"
expression = "notices[0].documents[1:]"
[[repeat.field]]
target = "b"
from = "octets"
[[repeat.field]]
target = "c"
from = "$.notices[*].reference"
[[repeat.field]]
target = "d"
from = "$call.id"
""") == [
        ({"notices", "seal", "octets"}, ("digest",)),
        ({"notices", "documents", "octets"}, ()),
        ({"notices", "reference"}, ()),
    ]


ONE = "but the mapping takes notices by their place alone, such as notices[0]"
BATCHES = "profile.toml", "batches = false", "batches = true"


@pytest.mark.parametrize(
    ("shape", "changes", "detail"),
    [
        (Mizan, [BATCHES, ("profile.toml", "batch_notices = 1", "batch_notices = 5")],
         f"limits.batch_notices = 5, {ONE}"),
        (Mizan, [("inquiry.toml", 'from = "notices[*].reference"', 'from = "notices[0].reference"')],
         f"limits.inquiry_notices = 200, {ONE}"),
        (PolledMizan, [("slips-of.toml", 'from = "notices"', 'from = "notices[0]"')],
         f"limits.poll_notices = 5, {ONE}"),
        (Mizan, [BATCHES], ""),
    ],
)  # fmt: skip
def test_a_call_about_several_notices_is_not_made_of_one(
    shape: type[Mizan], changes: list[tuple[str, str, str]], detail: str, tmp_path: Path
) -> None:
    lay(tmp_path / "mine", shape)
    for change in changes:
        edited(tmp_path / "mine", *change)
    told = found(tmp_path / "mine")
    assert told == (f"courier.contract: {detail}" if detail else "")


@pytest.mark.parametrize(
    ("source", "by_place"),
    [
        ('from = "notices[0].subject"', True),
        ('from = "notices[*].subject"', False),
        ('from = ["notices[0].subject", "notices[1].subject"]', True),
        ('from = "$call.id"', False),
        ("expression = \"join(' ', [notices[0].subject, notices[-1].subject])\"", True),
        ("expression = \"join(' ', notices[*].subject)\"", False),
        ('expression = "notices[0].subject || notices[1:].subject | [0]"', False),
    ],
)
def test_a_place_is_told_from_each(source: str, by_place: bool) -> None:
    shell = '[mapping]\nlanguage = 1\nname = "x"\nkind = "notice-to-message"\n[[field]]\ntarget = "a"\n'
    joined = '\ndo = [{ name = "join" }]' if source[7] == "[" else ""
    members = compile_mapping((shell + source + joined).encode(), "x.toml").members
    assert takes_by_place(members, "notices") is by_place
