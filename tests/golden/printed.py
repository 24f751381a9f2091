"""List what each verb prints with ``--json``: paths of keys and types, over an installation whose notices have ended.

The installation is that of ``tests/vectors/upgrade``, upgraded. No values are kept: ``[]`` stands for the elements of a
list, ``*`` for keys that are data.
"""

from __future__ import annotations

import json
import pwd
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.main import get_command

from adapters.acts import act_client
from adapters.cli.main import app
from adapters.shipped.resources import CALENDAR, CASE_MAPPING, PROFILES, RULES
from gateway.reconciliation.finding import AREA
from tests.golden.keeping import FILES

_PROGRAM: Final = get_command(app)

INSTALLATION: Final = Path(__file__).parents[1] / "vectors" / "upgrade"
REASON: Final = ("--reason", "golden")

LEFT_OUT: Final = {
    "demo": "its figures are those of `demo_state`, which the acceptance tests of the demonstration read",
    "demo-store": "serves until it is ended",
    "sandbox serve": "serves until it is ended",
    "sandbox ledger": "belongs to the stand-in judiciary, not to the product",
    "sandbox faults": "belongs to the stand-in judiciary, not to the product",
    "sandbox refused": "belongs to the stand-in judiciary, not to the product",
    "bench console": "a measurement, whose form is not frozen",
    "bench peers": "a measurement, whose form is not frozen",
    "bench stages": "a measurement, whose form is not frozen",
    "bench floor": "a measurement, whose form is not frozen",
    "bench latency": "a measurement, whose form is not frozen",
    "bench scale": "a measurement, whose form is not frozen",
    "bench year": "a measurement, whose form is not frozen",
    "bench collect": "a measurement, whose form is not frozen",
    "bench verify-message": "a measurement, whose form is not frozen",
    "bench protocols": "a measurement, whose form is not frozen",
    "bench verify": "a measurement, whose form is not frozen",
    "bench leave": "a measurement, whose form is not frozen",
    "archive accept-damage": "needs a payload that a disk has damaged",
    "archive consistency": "run with the golden checkpoints: `eblagh-verify consistency`",
    "archive set-aside": "needs a forked archive",
    "endpoint test": "needs a judiciary that answers",
    "person address": "prints what `person roles` does",
    "person digest": "prints what `person roles` does",
    "person provider": "needs an OpenID provider",
    "mail status": "needs a mail server",
    "queue stop-bulk": "needs an act on many notices that runs",
    "evidence export": "needs keys, and the installation has none",
    "evidence verify": "run with the golden evidence files: `eblagh-verify evidence`",
    "keys revocation fetch": "needs a network; it prints what `keys revocation list` does",
    "keys revocation import": "needs a list; it prints what `keys revocation list` does",
    "mapping rollback": "prints what `mapping activate` does",
    "profile check": "helps whoever writes a profile; its form is not frozen",
    "profile init": "helps whoever writes a profile; its form is not frozen",
    "profile try": "helps whoever writes a profile; its form is not frozen",
    "profile retire": "prints what `mapping retire` does",
    "profile rollback": "prints what `profile activate` does",
    "quarantine release": "needs keys, and the installation has none",
    "legal calendar retire": "prints what `mapping retire` does",
    "legal calendar rollback": "prints what `legal calendar activate` does",
    **{
        f"legal rules {verb}": f"prints what `legal calendar {verb}` does"
        for verb in (
            *("activate", "approve", "export", "history", "import", "list"),
            *("retire", "rollback", "show-version", "submit"),
        )
    },
}
"""Verbs with ``--json`` that are not run here, and why."""

_DATA = re.compile(r"[A-Z]{2}-|sha256:|.*[./:@]|.*\d{3}")
"""Pattern of a key that is a reference, a digest, a code, a path or a version."""

_TABLES: Final = ("check", "errors")
"""Verbs that print a table: its first keys name rows, all of which have the same keys."""


@dataclass
class Installation:
    """A folder with an upgraded installation; ``printed`` has the paths of each verb that was run."""

    folder: Path
    printed: dict[str, set[str]] = field(default_factory=dict)

    @property
    def config(self) -> tuple[str, str]:
        return "--config", str(self.folder / "gateway.toml")

    def run(self, verb: str, *rest: str, config: bool = True) -> Any:
        """Run a verb, keep the paths of what it prints, and return that. An exit code is no concern here."""
        words = [*verb.split(), *rest, *(self.config if config else ()), "--json"]
        result = CliRunner().invoke(_PROGRAM, words)
        lines = [line for line in result.stdout.splitlines() if line.startswith("{")]
        if not lines:
            raise AssertionError(f"{verb} printed no JSON: {result.output} {result.exception!r}")
        found = [json.loads(line) for line in lines]
        if verb == "reconcile":  # which of its codes are found depends on the time that has passed
            for each in found:
                each["kinds"] = {f"{AREA}{code}": number for code, number in each["kinds"].items()}
        kept = self.printed.setdefault(verb, set())
        for each in found:
            kept.update(_of_a_table(each) if verb in _TABLES else paths(each))
        return found[-1]


def paths(value: Any, here: str = "") -> Iterator[str]:
    """Yield each path of keys in what JSON holds, with the type of what stands there; null has none."""
    match value:
        case dict():
            for name, inner in value.items():
                word = "*" if _DATA.match(name) else name
                yield from paths(inner, f"{here}.{word}" if here else word)
        case list():
            if not value:
                yield f"{here}[]"
            for inner in value:
                yield from paths(inner, f"{here}[]")
        case None:
            yield here
        case _:
            kind = {str: "text", bool: "truth", int: "number", float: "number"}[type(value)]
            yield from (here, f"{here} {kind}")


def _of_a_table(rows: dict[str, Any]) -> Iterator[str]:
    for name, row in rows.items():
        if not _DATA.match(name):
            yield name
        yield from paths(row, "*")


def prepared(folder: Path) -> Installation:
    """Put the installation of the version before into a folder that is not there yet, and upgrade it."""
    shutil.copytree(INSTALLATION, folder)
    for name in ("gateway", "cases"):
        with closing(sqlite3.connect(folder / f"{name}.db")) as connection:
            connection.executescript((folder / f"{name}.sql").read_text(encoding="utf-8"))
        (folder / f"{name}.db").chmod(0o600)
    # The installation's README says what this key is.
    key = Ed25519PrivateKey.from_private_bytes(b"u" * 32)
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "pki" / "municipality" / "archive.key.pem").write_bytes(written)
    with (folder / "gateway.toml").open("a", encoding="utf-8") as config:
        config.write('[retention.classes.papers]\nkinds = ["RECEIPT"]\npayload_days = 1\n[console]\n')
    installation = Installation(folder)
    installation.run("db upgrade")
    return installation


def printed(folder: Path) -> dict[str, set[str]]:
    """Run each verb that prints JSON and is not left out; return the paths by verb."""
    done = prepared(folder)
    _look(done)
    _people(done)
    _act(done)
    return done.printed


def lines(folder: Path) -> Iterator[str]:
    """Yield the same as lines."""
    for verb, found in printed(folder).items():
        yield from (f"{verb}: {path}" for path in sorted(found))


def _look(done: Installation) -> None:
    """Run the verbs that change nothing."""
    notices = done.run("notice list", "--limit", "100")["notices"]
    [viewed, *_] = [notice["reference"] for notice in notices if notice["state"] == "VIEWED"]
    case = done.run("notice show", viewed)["case"]
    done.run("notice find", "--case", case)
    done.run("notice report", "--from", "2025-06-01", "--until", "2027-12-31")
    for reference in [notice["reference"] for notice in notices if notice["state"] != "VIEWED"]:
        done.run("notice show", reference)
    for verb in ("db status", "db payloads", "db check", "status", "rows refused", "queue list", "endpoint list"):
        done.run(verb)
    done.run("queue list", "--notices", "VIEWED")
    for verb in ("recovery status", "config show", "check", "keys list", "keys revocation list", "archive hold list"):
        done.run(verb)
    done.run("errors", config=False)
    done.run("legal deadline", "--kind", "article-77/ruling", "--from", "1404-11-14")
    done.run("legal calendar show", "--month", "1404-11")
    for verb in ("legal rules check", "legal calendar check"):
        done.run(verb)
    for reference in [notice["reference"] for notice in notices if notice["state"] in ("VIEWED", "QUEUED")]:
        done.run("legal notice", reference)
    done.run("legal due", "--within", "92")
    done.run("legal outages", "--from", "2026-01-01T00:00:00Z")
    longer = done.folder / "longer"
    shutil.copytree(RULES, longer)
    for file in longer.glob("*.toml"):
        file.write_text(file.read_text(encoding="utf-8").replace('"10 days"', '"20 days"'), encoding="utf-8")
    done.run("legal compare", "--rules", str(longer))
    for item in done.run("quarantine list")["items"]:
        done.run("quarantine show", item["digest"])


def _people(done: Installation) -> None:
    """Run the verbs about people who sign in to the console."""
    done.run("person first", "first", "--name", "زهرا احمدی", *REASON)
    secretary = ("--role", "commission-secretary", "--body", "article-100")
    done.run("person add", "secretary", "--name", "مینا رضایی", *secretary, *REASON)
    done.run("person roles", "secretary", *secretary, "--role", "operator", *REASON)
    done.run("person bodies", "secretary", "--body", "article-77", *REASON)
    done.run("person link", "secretary", "--account", "mina", *REASON)
    done.run("person list")
    done.run("personal-data export", "--login", "secretary", "--output", "unwritten.zip", "--dry-run", *REASON)
    for verb in ("person deactivate", "person activate", "person recover"):
        done.run(verb, "secretary", *REASON)


def _act(done: Installation) -> None:
    """Run the verbs that persons act by."""
    done.run("resume", *REASON)
    done.run("reconcile", "--ask", "none", "--since", "2026-11-01")
    queued = [notice["reference"] for notice in done.run("notice list", "--state", "QUEUED")["notices"]]
    [doubtful] = [notice["reference"] for notice in done.run("notice list", "--state", "IN_DOUBT")["notices"]]
    [viewed, *_] = [notice["reference"] for notice in done.run("notice list", "--state", "VIEWED")["notices"]]
    for verb in ("queue hold", "queue release", "queue retry", "queue write-again"):
        done.run(verb, queued[0], *REASON)
    done.run("queue withdraw", queued[0], *REASON)
    done.run("queue other-channel", queued[1], *REASON)
    done.run("queue decide", doubtful, "--as", "queued", *REASON)
    for item in done.run("quarantine list")["items"]:
        done.run("quarantine dismiss", item["digest"], "--code", item["code"], *REASON)
    done.run("endpoint retry", "sandbox", *REASON)
    done.run("archive hold add", "--notice", viewed, *REASON)
    done.run("archive hold list")
    done.run("archive hold remove", "--notice", viewed, *REASON)
    done.run("run-once", "writeback")
    done.run("archive write")
    trust = ("--trust", str(done.folder / "pki" / "anchors"))
    done.run("legal certificate", viewed, "--out", str(done.folder / "certificate.pdf"), *REASON)
    outages = "--from", "2026-01-01T00:00:00Z", "--out", str(done.folder / "outages.pdf")
    done.run("legal outage-certificate", *outages, *REASON)
    done.run("legal certificate-page", "--out", str(done.folder / "certificate.html"))
    done.run("legal certificate-verify", str(FILES / "certificate" / "code.txt"), *trust, config=False)
    done.run("archive leave", "--after-days", "0")
    done.run("archive purge", "--dry-run")
    done.run("archive override", "--hours", "1", *REASON)
    done.run(
        "archive verify", str(done.folder / "archive"), "--trust", str(done.folder / "pki" / "anchors"), config=False
    )
    done.run("keys recipients create")
    for verb in ("keys recipients rotate", "db index-recipients", "keys recipients list", "keys recipients retire"):
        done.run(verb)
    done.run("mapping check", str(CASE_MAPPING))
    done.run("mapping preview", str(CASE_MAPPING), "--source", "cases", "--rows", "2")
    done.run("mapping replay", str(CASE_MAPPING))
    _version(done, "mapping", str(CASE_MAPPING))
    second = done.folder / "second.toml"
    second.write_bytes(CASE_MAPPING.read_bytes() + b"# second\n")
    done.run("mapping retire", done.run("mapping import", str(second), *REASON)["version"], *REASON)
    _version(done, "profile", str(PROFILES / "eblagh-1"))
    _version(done, "legal calendar", str(CALENDAR), show="show-version")
    config = done.folder / "gateway.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("[sources.cases]", "[sources.town]"), encoding="utf-8")
    done.run("source rename", "cases", "town", *REASON)
    done.run("stop-everything", *REASON)
    done.run("recovery begin", *REASON)
    done.run("recovery status")
    done.run("recovery end", "--although-some-may-be-sent-twice", *REASON)


def _version(done: Installation, of: str, file: str, show: str = "show") -> None:
    """Import a version of a mapping, a profile or a calendar, look at it, and move it through its life."""
    label = done.run(f"{of} import", file, *REASON)["version"]
    done.run(f"{of} list")
    done.run(f"{of} {show}", label)
    done.run(f"{of} history", label)
    done.run(f"{of} export", label, "--out", str(done.folder / f"{of}.out"))
    with patch.object(act_client, "assert_own_account"):  # tests may run in a user namespace
        _move(done, of, label)


def _move(done: Installation, of: str, label: str) -> None:
    done.run(f"{of} submit", label, *REASON)
    with patch.object(pwd, "getpwuid", side_effect=KeyError):  # another account: it has no name
        done.run(f"{of} approve", label, *REASON)
    done.run(f"{of} activate", label, *REASON)
