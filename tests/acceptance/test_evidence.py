"""One notice's evidence from a demonstration: exported, verified offline, and refused once somebody changed it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from adapters.shipped.resources import CASE_MAPPING

from .conftest import Program

pytestmark = pytest.mark.long


def test_what_a_demonstration_leaves_for_a_court(
    finished: tuple[Path, dict[str, Any]], program: Program, tmp_path: Path
) -> None:
    file, trust = finished[0] / "one-notice.asice", finished[0] / "pki" / "anchors"
    reported = program.json("evidence", "verify", file, "--trust", trust)
    assert set(reported["verdicts"].values()) == {"PASSED", "INDETERMINATE"}
    assert {finding["check"] for finding in reported["findings"]} <= {"12 messages", "13 revocation"}
    assert any("ContentHandover" in fact["en"] for fact in reported["facts"]), "it was viewed"
    [answer] = reported["answers"]
    assert (answer["verdict"], answer["service"]["effect"], answer["doubts"]) == ("PASSED", "ACTUAL", [])
    assert reported["answer"]["fa"] == answer["fa"]
    assert answer["fa"].endswith("ابلاغ واقعی: احراز شد.")
    assert answer["tracking_numbers"]
    assert len(reported["trusted"]) == 11, "three roots, two keys, and six pins"
    with ZipFile(file) as container:
        [mapping] = [name for name in container.namelist() if name.startswith("mappings/")]
        assert container.read(mapping) == CASE_MAPPING.read_bytes()
        assert container.read(answer["paper"]).startswith(b"%PDF-")
    shown = program("evidence", "verify", file, "--trust", trust)
    assert "compare these" in shown.stdout

    changed = tmp_path / "changed.asice"
    octets = bytearray(file.read_bytes())
    octets[octets.index(b"notices/") + 200] ^= 1
    changed.write_bytes(octets)
    assert program.json("evidence", "verify", changed, "--trust", trust, check=1)["verdict"] == "FAILED"

    less = Path(shutil.copytree(trust, tmp_path / "less"))
    (less / "archive-signing.pem").unlink()
    assert "evidence.trust" in program("evidence", "verify", file, "--trust", less, check=2).stderr
    assert "evidence.unreadable" in program("evidence", "verify", tmp_path / "no", "--trust", trust, check=2).stderr


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_a_case_is_exported_while_the_time_authority_answers(
    served_demo: Path, program: Program, tmp_path: Path
) -> None:
    config = served_demo / "gateway.toml"
    notices = program.json("notice", "list", "-c", config, "--limit", 500)["notices"]
    of_case = [each for each in notices if each["case"] == notices[0]["case"] and each["body"] == notices[0]["body"]]
    file = tmp_path / "case.asice"
    case = ("--case", notices[0]["case"], "--body", notices[0]["body"])
    made = program.json("evidence", "export", *case, "-o", file, "-c", config)
    assert made["notices"] == len(of_case)
    reported = program.json("evidence", "verify", file, "--trust", served_demo / "pki" / "anchors")
    assert (reported["case"], sorted(reported["notices"])) == (
        notices[0]["case"],
        sorted(each["reference"] for each in of_case),
    )

    assert "evidence.file" in program("evidence", "export", *case, "-o", file, "-c", config, check=2).stderr
    assert (
        "evidence.unknown" in program("evidence", "export", "EB-X", "-o", tmp_path / "x", "-c", config, check=1).stderr
    )
    program("evidence", "export", "-o", tmp_path / "x", "-c", config, check=2)
    listed = program.json("notice", "show", notices[0]["reference"], "-c", config)["timeline"]
    # The configuration that was in force stands before it.
    [admitted] = [each for each in listed if each["event"] == "Admission"]
    assert admitted["record"] == f"seal:{notices[0]['reference']}"
