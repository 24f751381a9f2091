"""Values that a measurement puts into a configuration file that `prepare` wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit


def set_values(path: Path, values: Mapping[str, Any]) -> None:
    """Set values by their dotted keys, such as ``judiciary.max_calls``; None removes the key."""
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    for key, value in values.items():
        *sections, name = key.split(".")
        table: Any = document
        for section in sections:
            table = table.setdefault(section, tomlkit.table())
        if value is None:
            table.pop(name, None)
        else:
            table[name] = value
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def calls_in_flight(calls: int | None) -> dict[str, Any]:
    """Return the values that let so many calls of the judiciary overlap; None leaves the program's own number."""
    return {} if calls is None else {"judiciary.max_calls": calls}


def notices_a_call(number: int) -> dict[str, Any]:
    """Return the values that put at most so many notices into a message."""
    return {"dispatch.batch_notices": number}
