"""Checks of constants, defaults and entries of tables by the target that they are for."""

from __future__ import annotations

import math
from datetime import time
from typing import Any, Final

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.draft import Draft, is_huge
from gateway.mapping.model.budget import Budget
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.schema import Leaf, misfit
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import Type, fits, is_missing, is_zoneless, type_of
from gateway.notice.fields import InvalidField
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE
from gateway.runtime.toml_file import Key

NOT_IN_A_ROW: Final = frozenset({Type.LIST, Type.OCTETS})
"""Types that no mapping writes into a row."""


def assert_accepted(draft: Draft, kind: Kind, leaf: Leaf, key: Key, value: Any) -> None:
    """Note a value that the target would refuse in every document."""
    for part in value if leaf.many and isinstance(value, list) else [value]:
        if is_huge(part):
            draft.mistake("mapping.value-type", key, contents.HUGE)
        elif not _is_of(part, leaf, kind):
            found = contents.WANTED_NOT.filled(what=_wanted(leaf), found=_type_name(part))
            draft.mistake("mapping.target-type", key, found)
        elif leaf.zoned and is_zoneless(part):
            draft.mistake("mapping.target-zone", key, contents.TEHRAN.filled(time=part.isoformat()))
        elif isinstance(part, str | int) and leaf.choices is not None and part not in leaf.choices:
            known = sorted(map(str, leaf.choices))
            draft.mistake(
                "mapping.target-choice", key, contents.choices(str(part), known), named=str(part), known=known
            )
        elif (wrong := misfit(leaf, part)) is not None and (wrong or leaf.least_length):
            draft.mistake("mapping.target-length", key, _length(leaf))
        elif wrong is not None:
            draft.mistake("mapping.target-value", key)
        elif (refused := _refused(part, leaf)) is not None:
            draft.mistake("mapping.constant", key, refused)


def _is_of(value: Any, leaf: Leaf, kind: Kind) -> bool:
    """Return True if the target takes values of this type. No target takes lists, tables or times of day."""
    found = type_of(value)
    if found in {Type.LIST, Type.ANY} or found in leaf.never:
        return False
    return fits(value, leaf.type) and not (kind.writes_columns and found in NOT_IN_A_ROW)


def _refused(value: Any, leaf: Leaf) -> Words | None:
    """Return the reason for which the target refuses a value in every document; None if it does not."""
    if isinstance(value, float) and not math.isfinite(value):
        return contents.FINITE
    if leaf.check is None or leaf.asks_call or is_missing(value):
        return None
    try:
        leaf.check(value, Scope({}, {}, None, Budget(), []))
    except InvalidField as error:
        if not error.code:
            return contents.ANOTHER.filled(what=contents.TYPES[leaf.type])
        return Words(en=CATALOGUE[error.code].en, fa=CATALOGUE[error.code].fa.rstrip("."))
    return None


def _length(leaf: Leaf) -> Words:
    if leaf.max_length is None:
        return contents.LEAST_LENGTH.filled(least=leaf.least_length)
    return contents.LENGTH.filled(least=leaf.least_length, most=leaf.max_length)


def _wanted(leaf: Leaf) -> Words:
    return contents.SINGLE_VALUE if leaf.type is Type.ANY else contents.TYPES[leaf.type]


def _type_name(value: Any) -> Words:
    if isinstance(value, time):
        return contents.TIME_OF_DAY
    return contents.TABLE if isinstance(value, dict) else contents.TYPES[type_of(value)]
