"""`profile try` shows request, answer and outcome of each operation; errors name file, element and words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.cells import cell_len

from adapters.cli.versions.profile_try import try_profile
from adapters.judiciary.trial.file_bound import contract_of_files, stand_ins
from adapters.judiciary.trial.profile_trial import ProfileTrial, TriedOperation
from adapters.judiciary.trial.sample_notice import SAMPLE, notice_of, sample_notice
from adapters.judiciary.trial.sample_text import of_pattern
from adapters.settings.profile import profile_in
from adapters.terminal.printing import FINDING, Language, console, screen
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError

EXAMPLES = Path(__file__).parents[2] / "examples"
VALUES = {"organisation": "ORG-12345"}


def tried(folder: Path, answers: dict[str, Path] | None = None) -> dict[str, TriedOperation]:
    contract = contract_of_files(profile := profile_in(folder, "x"), stand_ins(folder) | VALUES)
    trial = ProfileTrial(
        profile=profile, contract=contract, notice=notice_of(SAMPLE), now=system_clock(), answers=answers or {}
    )
    return {each.key: each for each in trial.operations()}


READ = {
    "soap_signed_bodies": {"submit": "ACCEPTED", "inquire": "ACCEPTED", "receipts": "ContentConsignment"},
    "soap_basic_status": {"submit": "ACCEPTED", "inquire": "ACCEPTED", "receipts": "no receipts"},
    "soap_login_tickets": {
        "login": "a session",
        "submit": "PENDING",
        "inquire": "PENDING",
        "ticket": "PENDING",
        "receipts": "a signed receipt",
    },
    "rest_oauth2": {"submit": "ACCEPTED", "inquire": "ACCEPTED", "receipts": "a signed receipt"},
}


@pytest.mark.parametrize("name", list(READ))
def test_each_operation_of_the_examples_is_made_answered_and_read(name: str) -> None:
    found = tried(EXAMPLES / name / "profile")
    assert {key: str(each.error) for key, each in found.items() if each.error} == {}
    assert {key: each.readings[0].word for key, each in found.items()} == READ[name]


def test_each_word_of_a_table_is_shown_with_what_becomes_of_it() -> None:
    found = tried(EXAMPLES / "soap_signed_bodies" / "profile")
    assert {word: each.word for word, each in found["submit"].words} == {
        "0": "ACCEPTED", "202": "REJECTED", "203": "NO_ACCOUNT", "204": "REJECTED",
    }  # fmt: skip
    words = dict(found["receipts"].words)
    assert (words["رؤیت شد"].word, words["استنکاف"].word) == ("ContentHandover", "LegalService")


def edited(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLES / "soap_signed_bodies" / "profile", tmp_path / "neda")
    return tmp_path / "neda"


def test_a_request_that_the_contract_refuses_names_file_and_element(profile: Path) -> None:
    edited(profile, "submit.toml", 'form = "hex"', 'form = "base64"')
    found = tried(profile)["submit"]
    assert found.error is not None
    assert (found.error.code, found.error.where, found.step) == ("mapped.message", "Sha256", "request")
    assert "submit.toml" in found.error.detail
    assert tried(profile)["inquire"].error is None, "one that fails ends no other"


@pytest.mark.parametrize(
    ("code", "text", "word", "told"),
    [
        ("900", "در دست بررسی", "UNKNOWN", "the service says 900: در دست بررسی"),
        ("102", "کد سازمان نادرست است", "[codes] credentials", "102: کد سازمان نادرست است"),
    ],
)
def test_an_answer_is_read_with_the_services_own_words(
    profile: Path, tmp_path: Path, code: str, text: str, word: str, told: str
) -> None:
    answer = tmp_path / "answer.xml"
    answer.write_text(
        f'<m:SendLetterAnswer xmlns:m="urn:neda:messages:2"><m:Result><Code>{code}</Code><Message>{text}</Message>'
        "</m:Result></m:SendLetterAnswer>",
        encoding="utf-8",
    )
    reading = tried(profile, {"submit": answer})["submit"].readings[0]
    assert reading.word == word
    assert told in reading.details


@pytest.fixture(
    params=[(80, Language.ENGLISH), (160, Language.ENGLISH), (80, Language.PERSIAN), (160, Language.PERSIAN)]
)
def width(request: pytest.FixtureRequest) -> Iterator[int]:
    before = console.width
    console.width, screen.language = request.param
    yield console.width
    console.width, screen.language = before, Language.ENGLISH


def test_it_is_legible_on_any_screen_in_both_languages(width: int) -> None:
    with console.capture() as shown:
        try_profile(EXAMPLES / "soap_basic_status" / "profile")
    text = shown.get()
    for part in ("RegisterNotice", "ACCEPTED", "ContentHandover", screen.say("word of the service", "واژه سرویس")):
        assert part in text
    assert max(map(cell_len, text.splitlines())) <= width


def test_a_screen_in_persian_has_no_english_words_of_outcomes() -> None:
    screen.language = Language.PERSIAN
    try:
        with console.capture() as shown:
            try_profile(EXAMPLES / "soap_login_tickets" / "profile")
    finally:
        screen.language = Language.ENGLISH
    text = shown.get()
    for part in ("نشست (تا 14", "کد پیگیری موقت TK-", "شماره رهگیری PK-", "رسید امضاشده"):
        assert part in text
    for part in ("tracking number", "ticket TK", "a session", "signed receipt", "until"):
        assert part not in text


def test_the_session_of_a_sample_has_not_ended_yet_and_its_token_is_in_the_next_header() -> None:
    began = system_clock()
    found = tried(EXAMPLES / "soap_login_tickets" / "profile")
    until = found["login"].readings[0].until
    assert until is not None
    assert until >= began.replace(microsecond=0), "a time without a zone is Tehran's"
    assert found["submit"].header is not None
    assert found["login"].header is None
    [token] = [each.text for each in found["login"].answer if each.tag.endswith("}Token")]
    assert [each.text for each in found["submit"].header] == [token]


def test_a_ticket_of_one_answer_is_asked_about_in_the_next_question() -> None:
    found = tried(EXAMPLES / "soap_login_tickets" / "profile")
    assert [each.text for each in found["ticket"].request] == [found["submit"].readings[0].ticket]
    assert {word: each.word for word, each in found["ticket"].words} == {
        "10": "PENDING", "20": "ACCEPTED", "30": "REJECTED", "40": "NO_ACCOUNT", "50": "DEFERRED", "-22": "NOT_KNOWN",
    }  # fmt: skip


def facts(
    capsys: pytest.CaptureFixture[str], folder: Path, *, answers: list[str] | None = None, notice: str = SAMPLE
) -> tuple[int, dict[str, Any]]:
    """Return the verb's exit code, and the facts that it prints as JSON, by operation."""
    code = 0
    try:
        try_profile(folder, notice, ["organisation=ORG-12345"], answers, as_json=True)
    except typer.Exit as left:
        code = left.exit_code
    return code, {each["operation"]: each for each in json.loads(capsys.readouterr().out)["operations"]}


def test_a_program_reads_the_same_facts(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "notice.xml").write_bytes(sample_notice("48-hour-warning").octets)
    code, found = facts(capsys, EXAMPLES / "soap_signed_bodies" / "profile", notice=str(tmp_path / "notice.xml"))
    assert (code, set(found)) == (0, {"submit", "inquire", "receipts"})
    submit = found["submit"]
    assert (submit["outcomes"][0]["word"], submit["error"], submit["name"]) == ("ACCEPTED", None, "SendLetter")
    assert submit["outcomes"][0]["number"]
    assert {"word": "203", "becomes": "NO_ACCOUNT"}.items() <= submit["words"][2].items()
    assert "<Kind>اخطاریه</Kind>" in submit["request"], "the notice of the file, not the sample"


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        ('{"number": "RV0000000007", "status": "received", "receivedAt": "2026-02-03T10:30:00+03:30"}', 0, "ACCEPTED"),
        (
            "HTTP 422\nContent-Type: application/problem+json\n\n"
            '{"type": "about:blank", "title": "x", "status": 422, "code": "organisation", "detail": "y"}',
            0,
            "[codes] credentials",
        ),
        ("HTTP 204\n", FINDING, None),
        ("{", FINDING, None),
    ],
)
def test_an_answer_over_http_is_a_body_or_has_its_status(
    text: str, code: int, word: str | None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "answer").write_text(text, encoding="utf-8")
    left, found = facts(capsys, EXAMPLES / "rest_oauth2" / "profile", answers=[f"submit={tmp_path / 'answer'}"])
    assert left == code, found["submit"]["error"]
    assert next((each["word"] for each in found["submit"]["outcomes"]), None) == word
    assert found["inquire"]["error"] is None, "one that fails ends no other"


@pytest.mark.parametrize(
    "options", [{"values": ["organisation"]}, {"values": ["=x"]}, {"answers": ["send=a.xml"]}, {"answers": ["a.xml"]}]
)
def test_an_option_that_says_nothing_is_refused(options: dict[str, list[str]]) -> None:
    with pytest.raises(typer.BadParameter):
        try_profile(EXAMPLES / "soap_signed_bodies" / "profile", **options)


def test_values_that_are_stand_ins_are_named() -> None:
    with console.capture() as shown:
        try_profile(EXAMPLES / "soap_basic_status" / "profile", values=["city=12"])
    text = shown.get()
    assert "stand-ins for [judiciary.values]: province" in text
    assert "City>12<" in text


def test_blanks_are_told_and_nothing_is_tried(profile: Path) -> None:
    edited(profile, "outcome.toml", '202 = "REJECTED"', '202 = "TO_FILL_IN"')
    with console.capture() as shown, pytest.raises(typer.Exit):
        try_profile(profile)
    assert "tables.outcome.entries.202" in shown.get()
    assert "nothing was tried" in shown.get()


def test_a_file_that_is_no_notice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "n.xml").write_text("<a/>", encoding="utf-8")
    for file in ("n.xml", "absent.xml"):
        with pytest.raises(GatewayError) as refused:
            notice_of(str(tmp_path / file))
        assert refused.value.code == "profile.notice"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(r"^RV[0-9]{10}$", "RV0000000000"), (r"[^0-9]+-\d{2,4}", "a-00"), (r"(x|y)?z", "z"), (r"(?=a)b", None)],
)
def test_a_text_is_made_by_its_pattern(pattern: str, text: str | None) -> None:
    assert of_pattern(pattern) == text


def test_a_request_that_may_be_about_several_notices_has_two() -> None:
    contracts = Path(__file__).parents[1] / "contracts"
    found = tried(contracts / "barid" / "profile")
    assert {key: str(each.error) for key, each in found.items() if each.error} == {}
    letters = [each["ourRef"] for each in found["submit"].request["letters"]]
    assert len({*letters}) == 2
    assert letters == found["inquire"].request["refs"]
    assert letters[0] == sample_notice().reference
