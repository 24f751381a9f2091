"""Patterns of JSON schemas: they say what `re` says, within a bound."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.crypto.schema.json_patterns import MAX_STEPS, Pattern
from adapters.crypto.schema.message_schema import assert_schema
from gateway.runtime.errors import GatewayError

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[3]
PATTERNS = (
    "^(a+)+$", "^(a|b|ab)*$", "(a|ab)(c|bcd)*$", "^a*a*a*$", "^[ab]+(c[ab]+)*$", "a+?b", "^(a{0,2}){0,3}$", "(ab){2,}",
    "^(a|b){1,3}c?$", "^((a|b)*c)*$", "[^a]+b+", "^(|a)+$", "a*", "^a|b+c*$", "^(?:[a-c]{2}){1,2}$",
    "^a[a-c]{0,99}$", "^a{0,30}b{0,30}$", "^(a|ab)(b|bc)(a|ab)(c|cb)(a|ab)(b|c)(b|bc)$",
)  # fmt: skip
CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from adapters.crypto.schema.json_patterns import Pattern
print(Pattern(sys.argv[1]).found_in(sys.argv[2] * int(sys.argv[3]) + "!"))
"""


@pytest.mark.parametrize("expression", PATTERNS)
def test_a_pattern_finds_what_re_finds(expression: str) -> None:
    judged, known = Pattern(expression), re.compile(expression.replace("$", r"\Z"))
    for length in range(7):
        for signs in itertools.product("abc", repeat=length):
            text = "".join(signs)
            assert judged.found_in(text) == (known.search(text) is not None), text


SPACE = "\ufeff\u00a0\u2028\t"


@pytest.mark.parametrize(
    ("expression", "fits", "others"),
    [
        (r"^[A-Za-z_$][\w$]*$", ["abc", "$", "_a$1"], ["1a", "ا", "a\n", "a\\"]),
        (r"^[^$]$", ["a"], ["$"]),
        (r"^\$\d$", ["$1"], ["$۱", "1"]),
        (r"^a\\$", ["a\\"], ["a\\\n", "a$"]),
        (r"^\d{10}$", ["1234567890"], ["۱۲۳۴۵۶۷۸۹۰", "١٢٣٤٥٦٧٨٩٠"]),
        (r"^(\d+-)+x$", ["1-x", "1-22-x"], ["۱-x"]),
        (r"^\D$", ["۱", "a", "\n"], ["1"]),
        (r"^[\D\d]$", ["۱", "1"], []),
        (r"^\w+$", ["aZ_09"], ["شهر", "é", "a-"]),
        (r"^(\W+)+$", ["شهر", "é", "-`[^"], ["a", "_", "9", "Z"]),
        (r"^[\w-]$", ["a", "-"], [".", "`"]),
        (r"^[a-c-\d]$", ["b", "-", "5"], ["d", "۵"]),
        (r"^\s+$", [SPACE], ["\x1c", "\x85", "\u200c"]),
        (r"^\S+$", ["\x1c", "\x85"], list(SPACE)),
        (r"^[^\s]+$", ["a"], list(SPACE)),
        (r"^.$", ["\x85", "ا", "😀"], ["\r", "\n", "\u2028", "\u2029"]),
        (r"^(.+)+$", ["a.ا"], ["\r", "\u2028"]),
        (r"^[.]$", ["."], ["a"]),
        (r"\bشهر", ["aشهر"], [" شهر"]),
        (r"^[a[]\]$", ["a]", "[]"], ["a", "]"]),
    ],
)
def test_a_pattern_means_what_it_means_in_json(expression: str, fits: list[str], others: list[str]) -> None:
    assert_schema({"pattern": expression}, "here")
    judged = Pattern(expression)
    assert [each for each in fits if not judged.found_in(each)] == []
    assert [each for each in others if judged.found_in(each)] == []


@pytest.mark.parametrize(
    ("expression", "text", "times"),
    [
        ("^(a+)+$", "a", 40),
        ("^(a+)+$", "a", 1_000_000),
        ("^(a|aa)+$", "a", 5_000),
        ("^" + "(a|aa)" * 40 + "$", "a", 60),
        ("^(a|a)*$", "a", 5_000),
        ("^(.*)*b(.*)*c$", "ab", 5_000),
        ("a*a*a*a*c", "a", 5_000),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a", 5_000),
    ],
)
def test_a_json_schema_pattern_stays_within_the_budget(expression: str, text: str, times: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, expression, text, str(times)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr[-500:]


def test_a_text_of_seven_mebibytes_is_judged_by_a_plain_pattern() -> None:
    plain = Pattern("^[A-Za-z0-9+/]+={0,2}$")
    assert plain.is_plain
    assert plain.found_in("QUJD" * (MAX_STEPS // 2))


def test_a_name_of_a_contract_is_judged_by_a_plain_pattern() -> None:
    assert Pattern(r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}$").is_plain
    assert not Pattern(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}$").is_plain


@pytest.mark.parametrize(
    "expression",
    [
        r"^(a+)+(?=b)",
        r"^(a+)+\1$",
        "^((a{1,50}){1,50}){1,50}$",
        "a{99999999999}",
        "(" * 2000 + "a" + ")" * 2000,
        "(?i)(a+)+",
        "(?u)a",
        "[]a]",
        "[^]",
        "[a",
        "a\\",
    ],
)
def test_a_pattern_without_a_bound_is_no_schema(expression: str) -> None:
    with pytest.raises(GatewayError) as refused:
        assert_schema({"properties": {"x": {"type": "string", "pattern": expression}}}, "here")
    assert refused.value.code == "courier.contract"


def test_patterns_of_property_names_are_plain() -> None:
    assert_schema({"patternProperties": {"^x-": {}}}, "here")
    with pytest.raises(GatewayError):
        assert_schema({"patternProperties": {"^(a+)+$": {}}}, "here")
