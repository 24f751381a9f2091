"""Checks of constants, defaults and entries of tables by the target that they are for."""

from __future__ import annotations

import math
from datetime import time
from typing import Any, Final

from gateway.mapping.compiler.draft import HUGE, Draft, is_huge
from gateway.mapping.model.budget import Budget
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.schema import Leaf, misfit
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import Type, fits, is_missing, is_zoneless, type_of
from gateway.notice.fields import InvalidField
from gateway.runtime.errors import CATALOGUE
from gateway.runtime.toml_file import Key

NOT_IN_A_ROW: Final = frozenset({Type.LIST, Type.OCTETS})
"""Types that no mapping writes into a row."""


def assert_accepted(draft: Draft, kind: Kind, leaf: Leaf, key: Key, value: Any) -> None:
    """Note a value that the target would refuse in every document."""
    for part in value if leaf.many and isinstance(value, list) else [value]:
        if is_huge(part):
            draft.mistake("mapping.value-type", key, HUGE)
        elif not _is_of(part, leaf, kind):
            draft.mistake("mapping.target-type", key, f"{_wanted(leaf)}, not {_type_name(part)}")
        elif leaf.zoned and is_zoneless(part):
            draft.mistake("mapping.target-zone", key, f"write {part.isoformat()}+03:30 for Tehran's time")
        elif isinstance(part, str | int) and leaf.choices is not None and part not in leaf.choices:
            draft.mistake(
                "mapping.target-choice", key, f"{part}; there are {', '.join(sorted(map(str, leaf.choices)))}"
            )
        elif (wrong := misfit(leaf, part)) is not None:
            code = "mapping.target-length" if wrong or leaf.least_length else "mapping.target-value"
            draft.mistake(code, key, f"{leaf.least_length} to {leaf.max_length} characters")
        elif (refused := _refused(part, leaf)) is not None:
            draft.mistake("mapping.constant", key, refused)


def _is_of(value: Any, leaf: Leaf, kind: Kind) -> bool:
    """Return True if the target takes values of this type. No target takes lists, tables or times of day."""
    found = type_of(value)
    if found in {Type.LIST, Type.ANY} or found in leaf.never:
        return False
    return fits(value, leaf.type) and not (kind.writes_columns and found in NOT_IN_A_ROW)


def _refused(value: Any, leaf: Leaf) -> str | None:
    """Return the reason for which the target refuses a value in every document; None if it does not."""
    if isinstance(value, float) and not math.isfinite(value):
        return "a finite number is wanted"
    if leaf.check is None or leaf.asks_call or is_missing(value):
        return None
    try:
        leaf.check(value, Scope({}, {}, None, Budget(), []))
    except InvalidField as error:
        return CATALOGUE[error.code].en if error.code else f"another {leaf.type} is wanted"
    return None


def _wanted(leaf: Leaf) -> str:
    return "a single value is wanted" if leaf.type is Type.ANY else f"{leaf.type} is wanted"


def _type_name(value: Any) -> str:
    if isinstance(value, time):
        return "a time of day"
    return "a table" if isinstance(value, dict) else type_of(value)
