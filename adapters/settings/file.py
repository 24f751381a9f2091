"""Reads a configuration file. What is wrong with it is told with its line and its key."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from adapters.settings.mistakes import first_mistake
from adapters.settings.service import GatewaySection, Settings
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.runtime.toml_syntax import Malformed, toml_table
from gateway.runtime.toml_text import Misencoded, toml_text

Model = TypeVar("Model", bound=BaseModel)


def load(path: Path, model: type[Model]) -> Model:
    """Return the settings in ``path``. Raises `GatewayError` ``config.*`` naming file, line and key."""
    try:
        text = toml_text(path.read_bytes())
        table = toml_table(text)
    except OSError as error:
        raise GatewayError("config.unreadable", where=str(path), detail=words_of(error)) from error
    except Misencoded as error:
        raise GatewayError("config.encoding", where=f"{path}, line {error.line}", detail=error.found) from error
    except Malformed as error:
        where = f"{path}, line {error.line}, column {error.column}"
        raise GatewayError("config.syntax", where=where, detail=error.found) from error
    except (ValueError, RecursionError) as error:  # a number, or brackets, beyond all measure
        raise GatewayError("config.syntax", where=str(path), detail=words_of(error)) from error
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first, told = first_mistake(error, model)
        keys = _keys(first["loc"])
        code = "config.unknown-key" if first["type"] == "extra_forbidden" else "config.value"
        where = f"{path}, line {line_of(text, keys)}"
        raise GatewayError(code, where=where, detail=f"{_shown(first['loc']) or 'the file'}: {told}") from error


def assert_changeable(path: Path, old: Settings, new: Settings) -> None:
    """Raise `GatewayError` ``config.restart`` where ``new``, read from ``path``, differs from ``old`` in what cannot
    change while the service runs: who the gateway is, where it keeps what it knows, where it listens."""
    fixed = [("gateway", key) for key in GatewaySection.model_fields] + [
        ("service", key) for key in ("listen", "socket", "socket_group")
    ]
    fixed.append(("push", "listen"))
    for section, key in fixed:
        if getattr(getattr(old, section), key) != getattr(getattr(new, section), key):
            where = f"{path}, line {line_of(path.read_text(encoding='utf-8'), [section, key])}"
            raise GatewayError("config.restart", where=where, detail=f"{section}.{key}")
    if old.judiciary.callback.listen != new.judiciary.callback.listen:
        where = f"{path}, line {line_of(path.read_text(encoding='utf-8'), ['judiciary', 'callback', 'listen'])}"
        raise GatewayError("config.restart", where=where, detail="judiciary.callback.listen")


def line_of(text: str, keys: list[str]) -> int:
    """Return the line (from 1) of a dotted key in TOML ``text``, or of the nearest table that would hold it."""
    best, depth, table = 1, 0, []
    entries: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\[\s*([^\[\]]+?)\s*\]\]", line):
            table = [*_parts(header[1]), str(entries[header[1]])]
            entries[header[1]] += 1
            here = table
        elif header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            table = _parts(header[1])
            here = table
        elif assignment := re.match(
            r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""", line
        ):
            here = table + _parts(assignment[1])
        else:
            continue
        if here == keys[: len(here)] and len(here) > depth:
            best, depth = number, len(here)
    return best


def _keys(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that lead to a place, as `line_of` has them; behind a source's name stands its kind, which is no
    key."""
    keys = [str(key) for key in location]
    return keys[:2] + keys[3:] if keys[:1] == ["sources"] else keys


def _shown(location: tuple[int | str, ...]) -> str:
    """Return the keys for a person, who counts the elements of a list from 1."""
    return ".".join(_keys(tuple(key + 1 if isinstance(key, int) else key for key in location)))


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
