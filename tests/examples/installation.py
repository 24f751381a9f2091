"""An installation bound to one of the independent services in `examples/`, each a process with its own ledger."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation as Composed
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.shipped.resources import ROOT
from tests.peers.npm import CANNOT, INSTALL

EXAMPLES = ROOT / "examples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service: its ready line, the folder with its ledger, and its process."""

    ready: Mapping[str, Any]
    folder: Path
    process: subprocess.Popen[str]

    def ledger(self, what: str | None = None) -> list[dict[str, Any]]:
        """Return the lines of its ledger, all or those of one kind."""
        return [line for line in lines(self.folder / "ledger.jsonl") if what in (None, line["what"])]

    def write(self, name: str, content: object) -> None:
        """Write one of the files that steer it: clients.json, outcomes.json, faults.json."""
        write(self.folder, name, content)


def lines(file: Path) -> list[dict[str, Any]]:
    """Return the lines that a service has written; one that is being written is left out."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def write(folder: Path, name: str, content: object) -> None:
    """Write a file that a service reads, in one step."""
    file = folder / f"{name}.new"
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    file.replace(folder / name)


@contextmanager
def serving(command: Sequence[str], folder: Path, **named: object) -> Iterator[Service]:
    """Run a service while the block runs; it ends when its standard input closes."""
    folder.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        [*command, "--folder", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **named,  # type: ignore[call-overload]
    ) as process:
        try:
            line = process.stdout.readline()
            assert line, f"the service ended with {process.wait()}"
            yield Service(ready=json.loads(line), folder=folder, process=process)
        finally:
            process.stdin.close()
            process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A folder with keys, cases and a gateway, configured for a service; ``store`` is the URL of its database."""

    directory: Path
    store: str

    def run(self, command: str, *codes: int) -> str:
        """Run a verb of the program, which ends with one of ``codes`` (0 if none is given); return what it prints."""
        done = self._invoke(*command.split())
        assert done.exit_code in (codes or (0,)), f"{command}\n{done.output}\n{done.exception!r}"
        return done.output

    def passes(self, *names: str) -> None:
        """Run passes once each; a finding, such as a refused row, ends none of them."""
        for name in names:
            self.run(f"run-once {name}", 0, 1)

    def check(self) -> dict[str, Any]:
        """Return what `check` finds, by name."""
        found: dict[str, Any] = json.loads(self._invoke("check", "--json").stdout.splitlines()[-1])
        return found

    def _invoke(self, *arguments: str) -> Result:
        config = str(self.directory / "gateway.toml")
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*arguments, "-c", config])
        print(*arguments, done.output, sep="\n")  # a test that fails is shown with it
        return done

    def audited(self, *authorities: str) -> tuple[str, set[str]]:
        """Return an auditor's verdict on the signatures in the archive, and his reasons.

        He trusts these ``authorities`` (files) of the judiciary, and the pins of the configuration.
        """
        trust = self.directory / "pki" / "anchors"
        for number, file in enumerate(authorities):
            shutil.copy(file, trust / f"judiciary-of-example-{number}.pem")
        self.run(f"archive pins {trust}")
        self.run("archive write")
        arguments = ["archive", "verify", str(self.directory / "archive"), "--trust", str(trust), "--json"]
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments)
        reported = json.loads(done.stdout.splitlines()[-1])
        [check] = [name for name in reported["verdicts"] if "signature" in name]
        return reported["verdicts"][check], {each["reason"] for each in reported["findings"] if each["check"] == check}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query of the store finds."""
        engine = sqlalchemy.create_engine(self.store, poolclass=sqlalchemy.NullPool)
        with engine.connect() as store:
            return [tuple(row) for row in store.execute(sqlalchemy.text(query))]

    def payloads(self) -> bytes:
        """Return everything that the store keeps, one after the other, whether in its database or in files."""
        digests = [digest for (digest,) in self.rows("SELECT digest FROM payload")]
        with closing(Composed.of(self.directory / "gateway.toml")) as composed:
            return b"".join(composed.store().evidence.payloads(digests).values())

    def states(self) -> Counter[str]:
        return Counter(state for (state,) in self.rows("SELECT state FROM outbox"))


def install_packages(example: str, folder: Path) -> Path:
    """Copy an example into ``folder``, and install its server's npm packages; return the server's folder.

    Skips the test where that cannot be done.
    """
    shutil.copytree(EXAMPLES / example, folder, ignore=shutil.ignore_patterns("node_modules"))
    server = folder / "server"
    done = subprocess.run(INSTALL.split(), cwd=server, capture_output=True, text=True, check=False)
    if done.returncode and (fault := CANNOT.search(done.stderr)):
        pytest.skip(f"npm cannot install what this service needs ({fault[1]})")
    assert done.returncode == 0, done.stderr
    return server


def transport_certificate(made: Installation) -> str:
    """Return the PEM text of our certificate for messages."""
    return (made.directory / "pki/municipality/transport.crt.pem").read_text(encoding="ascii")


def installation(
    directory: Path,
    store: str,
    example: str,
    service: Service,
    notices: int,
    tables: str,
    *,
    secrets: Mapping[str, str],
    signed: str | None = None,
) -> Installation:
    """Make the folder of an installation that speaks to a running ``service``, on the database ``store`` (a URL).

    ``tables`` are added to the configuration, ``secrets`` are written into files of these names. ``signed`` is the key
    of ``[judiciary]`` that pins the certificate with which the service signs (None: it signs nothing).
    """
    directory.mkdir(exist_ok=True)
    prepare(directory, notices, store=store)
    for name, secret in secrets.items():
        (directory / name).write_text(secret, encoding="utf-8")
        (directory / name).chmod(0o600)
    shutil.copytree(EXAMPLES / example / "profile", directory / "profiles" / example)
    authority = service.ready["ca"]
    keys = {
        # These services sign no time, so our clock is compared with the date in their HTTP headers. Node renews that by
        # a timer, which comes seconds late on a machine under load; a demonstration tolerates half a second.
        "environment": '"development"\nclock_tolerance_seconds = 5',
        "skew_seconds": "5",
        "settle_seconds": "18",
        "profile": f'"./profiles/{example}"',
        "destination": '"national"',
        "endpoint": json.dumps(service.ready["url"]),
        "anchors": f"{json.dumps([authority] if signed else [])}\ntls_anchors = {json.dumps(authority)}",
        "certificates": "[]",
        "receipt_certificates": "[]",
    }
    if signed is not None:
        keys[signed] = json.dumps([service.ready["signing"]])
    file = directory / "gateway.toml"
    text = file.read_text(encoding="utf-8")
    for key, value in keys.items():
        text, changed = re.subn(rf"^{key} = .*$", f"{key} = {value}", text, count=1, flags=re.MULTILINE)
        assert changed == 1, key
    # The time authority and the revocation lists of demonstrations are parts of the sandbox, which is not there.
    text = re.sub(r"^\[\[archive\.time_authorities\]\]\n(\w+ = .*\n)+", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\[revocation\]\n(\w+ = .*\n(?: .*\n|\]\n)*)+", "", text, flags=re.MULTILINE)
    text = text.replace('revocation = "require"', 'revocation = "if-known"')
    file.write_text(f"{text}\n{tables}", encoding="utf-8")
    return Installation(directory=directory, store=store)
