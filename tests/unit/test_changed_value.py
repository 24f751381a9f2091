"""Values made field by field are those that the class and `dataclasses.replace` make."""

from __future__ import annotations

from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.notice.outbox import OutboxEntry
from gateway.runtime.changed_value import changed, made

_NAMES = [field.name for field in fields(OutboxEntry)]
_VALUES = st.none() | st.integers() | st.text()


@given(st.lists(_VALUES, min_size=len(_NAMES), max_size=len(_NAMES)), st.dictionaries(st.sampled_from(_NAMES), _VALUES))
def test_they_are_those_of_the_class(values: list[object], changes: dict[str, object]) -> None:
    entry = OutboxEntry(**dict(zip(_NAMES, values, strict=True)))  # type: ignore[arg-type]
    assert made(OutboxEntry, values) == entry
    assert changed(entry, **changes) == replace(entry, **changes)  # type: ignore[arg-type]
    assert list(asdict(entry).values()) == values


def test_a_field_of_another_class_is_refused() -> None:
    entry = made(OutboxEntry, _NAMES)
    with pytest.raises(ValueError, match="longer"):
        changed(entry, other="x")
    with pytest.raises(ValueError, match="shorter"):
        made(OutboxEntry, _NAMES[1:])
