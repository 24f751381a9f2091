"""Ravan (`examples/rest_oauth2`) as a process, and a municipality that sends its notices there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.sandbox.verbs.demo_folder import prepare
from adapters.shipped.resources import ROOT
from tests.contracts.configuration import configure

EXAMPLE = ROOT / "examples" / "rest_oauth2"
NAME = "ravan"


@dataclass(kw_only=True)
class Ravan:
    """The running service: what it said about itself, and its folder."""

    folder: Path
    said: Mapping[str, Any]
    process: subprocess.Popen[str] = field(repr=False)

    @property
    def client(self) -> Mapping[str, Any]:
        clients = json.loads(Path(self.said["clients"]).read_text(encoding="utf-8"))["clients"]
        return dict(clients[0])

    def ends(self, by_recipient: Mapping[str, Any]) -> None:
        """Say how letters to these persons end."""
        (self.folder / "outcomes.json").write_text(json.dumps(by_recipient), encoding="utf-8")

    def faults(self, *faults: Mapping[str, Any]) -> None:
        (self.folder / "faults.json").write_text(json.dumps({"faults": faults}), encoding="utf-8")

    def letters(self) -> list[Mapping[str, Any]]:
        """Return the letters that were registered."""
        return [line for line in self._lines("ledger.jsonl") if line["what"] == "submitted"]

    def played(self) -> list[Mapping[str, Any]]:
        return self._lines("faults.jsonl")

    def _lines(self, name: str) -> list[Mapping[str, Any]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@contextmanager
def serving(server: Path, folder: Path, *options: str) -> Iterator[Ravan]:
    """Serve while the block runs. ``server`` is the folder with the service and its packages."""
    command = ["node", "server.js", "--folder", str(folder), *options]
    process = subprocess.Popen(
        command, cwd=server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        yield Ravan(folder=folder, said=json.loads(process.stdout.readline()), process=process)
    finally:
        process.terminate()
        process.communicate()


def municipality(directory: Path, ravan: Ravan, notices: int) -> Path:
    """Make the folder of a municipality that is bound to the service; return its ``gateway.toml``."""
    directory.mkdir(parents=True, exist_ok=True)
    prepare(directory, notices)
    shutil.copytree(EXAMPLE / "profile", directory / "profiles" / NAME, dirs_exist_ok=True)
    file = directory / "gateway.toml"
    configure(file, NAME, ravan.said["url"])
    (directory / "secrets").mkdir(exist_ok=True)
    (directory / "secrets" / "oauth2").write_text(ravan.client["secret"] + "\n", encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    for key in ("certificates", "receipt_certificates"):
        text = re.sub(rf"^{key} = .*$", f'{key} = ["{ravan.said["signing"]}"]', text, flags=re.MULTILINE)
    text = re.sub(
        r"^(anchors = ).*judiciary-root.*$",
        rf'\1["{ravan.said["ca"]}"]\ntls_anchors = "{ravan.said["ca"]}"',
        text,
        flags=re.MULTILINE,
    )
    text += (
        f'\n[judiciary.values]\norganisation = "{ravan.said["organisation"]}"\n'
        f'\n[judiciary.oauth2]\nclient_id = "{ravan.client["id"]}"\nsecret_file = "secrets/oauth2"\n'
        f'token_url = "{ravan.said["token"]}"\n'
    )
    file.write_text(text, encoding="utf-8")
    return file
