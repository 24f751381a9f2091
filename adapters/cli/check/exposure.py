"""Probes of `check` for parts of an installation that lie open to other accounts or other machines."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.acts.act_server import assert_can_serve, assert_may_use
from adapters.http.loopback import beyond_loopback
from adapters.settings import ConsoleSection, KeyPair, place_of
from adapters.settings.archive import ArchiveSection
from adapters.settings.config_folder import status_of
from adapters.settings.gateway_file import BodySection
from adapters.settings.values import KnownServiceSection, Section
from gateway.notice.text import plain
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.runtime.toml_file import TomlFile

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_KEYED = KeyPair, ArchiveSection, ConsoleSection, KnownServiceSection
"""Sections whose ``key`` is the file of a secret key."""

_SECRETS = frozenset(
    {
        "password_file",
        "write_password_file",
        "store_password_file",
        "token_file",
        "tokens_file",
        "secret_file",
        "client_secret_file",
        "client_key",
        "session_key",
    }
)
_SECRETS_BY_NAME = "secret_headers"
"""Key of a table that has a file with a secret for each of its names."""


def private_files(installation: Installation) -> str:
    """Check the modes of the configuration and of every file with a secret that it names.

    Raises `GatewayError` ``config.exposed`` if another account may read one, or the group may write one; and
    ``config.unreadable`` if this account cannot look at one. A missing file is another probe's finding.
    """
    named = dict.fromkeys(_secrets(installation.settings))
    files = [installation.file, *map(installation.folder.path, named)]
    modes: dict[Path, int] = {}
    hidden: list[GatewayError] = []
    for path in files:
        try:
            status = status_of(path)
        except GatewayError as error:
            hidden.append(error)
        else:
            modes |= {} if status is None else {path: stat.S_IMODE(status.st_mode)}
    if exposed := {path: mode for path, mode in modes.items() if mode & (stat.S_IRWXO | stat.S_IWGRP)}:
        told = ", ".join(f"{path.name} has mode {mode:04o}" for path, mode in exposed.items())
        raise GatewayError("config.exposed", where=", ".join(map(str, exposed)), detail=told)
    if hidden:
        raise hidden[0]
    return f"{len(modes)} files with keys, passwords, tokens or settings: no other account reads them"


def _secrets(section: Section) -> Iterator[str]:
    """Yield the names of files with secrets in a section and in those below it."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if (name in _SECRETS or (name == "key" and isinstance(section, _KEYED))) and isinstance(value, str):
            yield value
        if name == _SECRETS_BY_NAME:
            yield from value.values()
        within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        for each in within:
            if isinstance(each, Section):
                yield from _secrets(each)


def listener(installation: Installation) -> str:
    """Raise `GatewayError` ``config.listen`` if health and metrics are served beyond this machine.

    They are open to everybody who reaches them, and show the number and reasons of waiting notices. The console's
    section is refused by itself if people would reach it without TLS.
    """
    listen, file = installation.settings.service.listen, installation.file
    if why := beyond_loopback(f"http://{listen}"):
        raise GatewayError("config.listen", where=place_of(file, "service", "listen"), detail=why)
    told = [f"health and metrics at {listen}, on this machine alone"]
    if (console := installation.settings.console) is not None:
        told.append(f"console at {console.listen}, where people come by {console.public_url or 'that address'}")
    return "; ".join(told)


def log_file(installation: Installation) -> str:
    """Raise `GatewayError` ``config.value`` if the service could not append to its log; no file is made."""
    if (named := installation.settings.log.file) is None:
        return "logs go to standard error"
    path = installation.folder.path(named)
    try:
        if status_of(path) is None:
            with tempfile.TemporaryFile(dir=path.parent):
                pass
        else:
            path.open("ab").close()
    except OSError as error:
        where, detail = place_of(installation.file, "log", "file"), f"log.file: {path}: {words_of(error)}"
        raise GatewayError("config.value", where=where, detail=detail) from error
    return f"{path} can be written"


def acts(installation: Installation) -> str:
    """Raise `GatewayError` ``act.socket`` if the service could not make the socket for persons' acts."""
    section, path = installation.settings.service, installation.socket
    key = ("service", "socket_group")
    try:
        assert_may_use(section.socket_group, path)
        key = ("service", "socket") if section.socket is not None else ("gateway", "state")
        return assert_can_serve(path)
    except GatewayError as error:
        where = f"{place_of(installation.file, *key)}, {'.'.join(key)}: {error.where}"
        raise GatewayError(error.code, where=where, detail=error.detail) from error


def archive_folder(folder: Path) -> str:
    """Write to the archive's folder, or to its future parent, and remove it again.

    Raises `GatewayError` ``archive.folder``.
    """
    there = next(place for place in (folder, *folder.parents) if status_of(place) is not None)
    try:
        with tempfile.TemporaryFile(dir=there):
            return f"{folder} can be written"
    except OSError as error:
        raise GatewayError("archive.folder", where=str(folder), detail=words_of(error)) from error


def codes(installation: Installation, code: str, body: BodySection) -> str:
    """Raise `GatewayError` ``config.code`` for the codes of a body and of its kinds that no row can have.

    Codes of rows are compared with Latin digits and without blanks and invisible signs.
    """
    path, file = installation.file, TomlFile(installation.file.read_bytes())
    written = ([code], *([code, "kinds", kind] for kind in body.kinds))
    if wrong := [keys for keys in written if plain(keys[-1]) != keys[-1]]:
        lines = ", ".join(str(file.line_of("bodies", *keys)) for keys in wrong)
        told = ", ".join(f"{keys[-1]!r}; a row says {plain(keys[-1])!r}" for keys in wrong)
        where = f"{path}, {'line' if len(wrong) == 1 else 'lines'} {lines}"
        raise GatewayError("config.code", where=where, detail=told)
    return f"{len(body.kinds)} kinds"
