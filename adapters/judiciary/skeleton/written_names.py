"""Names of a contract as a profile's files write them: in TOML strings, comments, paths, targets and expressions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Final

from gateway.mapping.compiler.targets import BadTarget, parse_target

FIRST: Final = "[0]"
"""End of the name of a list whose first element is read."""

_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_PLAIN_NAME: Final = re.compile(r"[^.\"'\[\s$][^.\"'\[\s]*")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACE: Final = re.compile(r"[\w@#-]+(\.[\w@#-]+){0,9}")


def quoted(text: str) -> str:
    """Return a TOML string. TOML escapes what JSON does, and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def one_line(text: str) -> str:
    """Return a text for a comment of TOML, which ends with its line and has no control characters."""
    return _BREAKS.sub(" ", text)


def dotted(path: Sequence[str]) -> str:
    """Return the path of a source (`gateway.mapping.model.paths`)."""
    return ".".join(_with_place(name, _in_path) for name in path)


def in_expression(path: Sequence[str]) -> str:
    """Return a path in JMESPath, which has other names than letters and digits in quotes, as JSON strings."""
    return ".".join(_with_place(name, _in_jmespath) for name in path)


def can_be_read(path: Sequence[str]) -> bool:
    """Return True if a source can name all of a path."""
    return all(name and '"' not in name for name in path)


def is_target(path: Sequence[str]) -> bool:
    """Return True if a mapping can write a message's element of this path."""
    try:
        return parse_target(".".join(path)) == tuple(path)
    except BadTarget:
        return False


def is_place(path: Sequence[str]) -> bool:
    """Return True if a path can stand in ``profile.toml``, which knows no quotes."""
    return _PLACE.fullmatch(".".join(path)) is not None and not any("." in name for name in path)


def _with_place(name: str, written: Callable[[str], str]) -> str:
    plain = name.removesuffix(FIRST)
    return written(plain) + name[len(plain) :]


def _in_path(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else f'"{name}"'


def _in_jmespath(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)
