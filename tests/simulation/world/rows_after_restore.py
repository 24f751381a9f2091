"""Rows whose notices a restored store forgot: some are unfit until long after the recovery, some are gone for days.

Rows that others bring come again in the orders that a person and they may have. Some wait when the person states that
all came again. One is unfit then, and right long after. One was left out: it comes only after the statement, if a
receipt of it waits in quarantine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..plan import DAY

if TYPE_CHECKING:
    from .world import World


@dataclass(slots=True)
class RowsAfterRestore:
    """``gone`` are rows that others bring, by their keys: the notice that each stands for, and its fields."""

    world: World
    gone: dict[str, tuple[str, Mapping[str, object]]] = field(default_factory=dict)
    has_come: bool = False
    """True once everything was brought again, as far as the person knows, and until the person states it."""

    def forgotten(self, references: Set[str]) -> None:
        """Strike the rows of notices that the store has just forgotten."""
        self.gone.clear()
        self.has_come = False
        keys = self._rows_of(references)
        for key in keys[:2]:
            self.world.spoil(key, self.world.cases.rows[key].fields, 2 * DAY)
        self._take_away(keys[2:6])

    def stated(self) -> None:
        """Let the row come that was left out, once the source was taken in since."""
        self.has_come = False
        self.world.later(DAY, self._come_late, "collect")

    def _rows_of(self, references: Set[str]) -> list[str]:
        """Return the keys of rows that show these notices."""
        cases = self.world.cases
        rows = {result.reference: key for key, result in cases.results.items() if key in cases.rows}
        return [rows[reference] for reference in sorted(references & rows.keys())]

    def _take_away(self, keys: Sequence[str]) -> None:
        """Let rows vanish until long after the recovery; pushed ones show nothing when they come again."""
        cases = self.world.cases
        for key in keys:
            fields = cases.rows[key].fields
            cases.delete(key)
            self.world.trace.note("cases", f"{key} is gone for days")
            if self.world.plan.is_brought:
                self.gone[key] = cases.results.pop(key).reference, fields
            else:
                self.world.later(3 * DAY, lambda key=key, fields=fields: self._bring_back(key, fields), "collect")
        if self.gone:
            unfit = next(iter(self.gone))
            self.world.later(2.9 * DAY, lambda: self._come_unfit(unfit), "collect")
            self.world.later(3 * DAY, self._come, "collect")

    def _bring_back(self, key: str, fields: Mapping[str, object]) -> None:
        self.world.cases.commit(key, self.world.cases.next_version(), fields)
        self.world.trace.note("cases", f"{key} is back")

    def _come_unfit(self, key: str) -> None:
        if key in self.gone:
            self.world.spoil(key, self.gone.pop(key)[1], 3 * DAY)

    def _come(self) -> None:
        """Bring all but one, and let the person state at the same moment that everything came."""
        late = next((key for key, (reference, _) in self.gone.items() if self._waits(reference)), None)
        for key in [each for each in self.gone if each != late]:
            self._bring_back(key, self.gone.pop(key)[1])
        self.has_come = True
        self.world.person.hurry()

    def _come_late(self) -> None:
        for key in [each for each, (reference, _) in self.gone.items() if self._waits(reference)]:
            self._bring_back(key, self.gone.pop(key)[1])

    def _waits(self, reference: str) -> bool:
        """Return True if a receipt about the notice waits for it in quarantine."""
        return reference in self.world.database.named_in_quarantine()
