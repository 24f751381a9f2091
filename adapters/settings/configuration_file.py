"""Reader of a configuration file. Each error names line and key."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from adapters.settings.gateway_file import GatewaySection, Settings
from adapters.settings.mistakes import first_mistake, keys_of
from adapters.settings.values import Misfit, Unfit
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import told as told_of
from gateway.runtime.toml_file import Malformed, Misencoded, TomlFile

Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """Return the settings in ``path``. Raises `GatewayError` ``config.*`` naming file, line and key."""
    try:
        file = TomlFile(path.read_bytes())
    except OSError as error:
        raise GatewayError("config.unreadable", where=str(path), detail=told_of(error)) from error
    except Misencoded as error:
        raise GatewayError("config.encoding", where=f"{path}, line {error.line}", detail=error.found) from error
    except Malformed as error:
        where = f"{path}, line {error.line}, column {error.column}"
        raise GatewayError("config.syntax", where=where, detail=error.found) from error
    except (ValueError, RecursionError) as error:  # a number or a nesting of brackets beyond the parser's limits
        raise GatewayError("config.syntax", where=str(path), detail=told_of(error)) from error
    try:
        return model.model_validate(file.table)
    except ValidationError as error:
        first, told = first_mistake(error, model)
        code = "config.unknown-key" if first["type"] == "extra_forbidden" else "config.value"
        keys = keys_of(first["loc"], model)
        cause = first.get("ctx", {}).get("error")
        line = file.line_of(*keys, *cause.key) if isinstance(cause, Misfit | Unfit) else file.line_of(*keys)
        detail = Words(en=f"{_shown(keys)}: {told.en}", fa=f"\u2066{_shown(keys)}\u2069: {told.fa}") if keys else told
        raise GatewayError(code, where=f"{path}, line {line}", detail=detail) from error


def assert_changeable(path: Path, old: Settings, new: Settings) -> None:
    """Raise `GatewayError` ``config.restart`` if ``new``, read from ``path``, changes a value that is fixed while the
    service runs.

    Fixed are the gateway's identity, the archive's name, the place of its data, and its listening addresses.
    """
    fixed = [("gateway", key) for key in GatewaySection.model_fields]
    fixed += [("service", key) for key in ("listen", "socket", "socket_group")]
    for keys in (*fixed, ("push", "listen"), ("judiciary", "callback", "listen")):
        name = ".".join(keys)
        if attrgetter(name)(old) != attrgetter(name)(new):
            raise GatewayError("config.restart", where=place_of(path, *keys), detail=name)
    if old.console is not None and new.console is not None and old.console.listen != new.console.listen:
        raise GatewayError("config.restart", where=place_of(path, "console", "listen"), detail="console.listen")
    if old.archive is not None and new.archive is not None and old.archive.origin != new.archive.origin:
        raise GatewayError("config.restart", where=place_of(path, "archive", "origin"), detail="archive.origin")


def place_of(path: Path, *key: str | int) -> str:
    """Return a file with the line of a key, or of the nearest table that would hold it, for a person."""
    return f"{path}, line {TomlFile(path.read_bytes()).line_of(*key)}"


def _shown(keys: tuple[int | str, ...]) -> str:
    """Return the keys for a person, who counts the elements of a list from 1."""
    return ".".join(str(key + 1 if isinstance(key, int) else key) for key in keys)
