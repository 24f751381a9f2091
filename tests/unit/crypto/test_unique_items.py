"""`uniqueItems` of JSON schemas: it compares as JSON Schema says, and its work grows with the list alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.crypto.schema.message_schema import MessageSchema
from gateway.notice.large_octets import LargeValue
from gateway.trust.trust_policy import Rejection

ROOT = Path(__file__).parents[3]
CHILD = """
import resource, sys
from pathlib import Path
from adapters.crypto.schema.message_schema import MessageSchema
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
lists = {
    "objects": [{"id": number, "x": [True]} for number in range(20_000)],
    "numbers of one hash": [[number * (2**61 - 1)] for number in range(20_000)],
}
MessageSchema(Path(sys.argv[1])).assert_fits("list", {"items": lists[sys.argv[2]]})
print("read")
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    schema = {"properties": {"items": {"uniqueItems": True}, "others": {"uniqueItems": False}}}
    (tmp_path / "schema.json").write_text(json.dumps({"$defs": {"list": schema}}), encoding="utf-8")
    return tmp_path / "schema.json"


@pytest.mark.parametrize(
    "items",
    [
        [1, 1.0],
        [{"a": [1]}, {"b": 1}, {"a": [1.0]}],
        [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
        [[None, True], [None, True]],
        [10**20, 1e20],
        [0.0, -0.0],
        [[], []],
        ["الف", "الف"],
        ["a", LargeValue(b"a", is_text=True)],
    ],
)
def test_equal_items_are_refused(items: list[object], file: Path) -> None:
    with pytest.raises(Rejection) as refusal:
        MessageSchema(file).assert_fits("list", {"items": items})
    assert (refusal.value.where, refusal.value.detail) == ("list.items", "uniqueItems")
    MessageSchema(file).assert_fits("list", {"others": items})


@pytest.mark.parametrize(
    "items",
    [
        [1, True, "1", 1.5, [1], [True], {"1": 1}, {"1": True}, ["1"], "true"],
        [0, False, None, "null", "", [], {}, [[]], [None], {"": None}],
        [10**20, 10**20 + 1, 2**53, 2**53 + 1],
        [["a", "b"], ["b", "a"], ["a,b"], ['a","b']],
        [{"a": 1}, {"a": 1, "b": 1}, {"b": 1}],
    ],
)
def test_items_that_differ_are_accepted(items: list[object], file: Path) -> None:
    MessageSchema(file).assert_fits("list", {"items": items})
    MessageSchema(file).assert_fits("list", {"items": {"no": "list"}})


@pytest.mark.parametrize("listed", ["objects", "numbers of one hash"])
def test_a_long_list_is_judged_within_a_bound(listed: str, file: Path) -> None:
    """Compared pair by pair, twenty thousand objects would take minutes."""
    found = subprocess.run(
        [sys.executable, "-c", CHILD, str(file), listed], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (found.stdout, found.stderr) == ("read\n", "")
