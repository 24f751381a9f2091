"""Rules of service, office calendar and alarms of deadlines, as a configuration names them."""

from __future__ import annotations

from pydantic import Field

from adapters.settings.values import FilePath, Section


class AlertSection(Section):
    """Alarm of deadlines of these bodies and kinds, by default of all, on the last ``days`` of each."""

    days: int = Field(ge=0, le=30)
    bodies: list[str] = Field(default=[])
    kinds: list[str] = Field(default=[])


class LegalSection(Section):
    """Folders of the rules of service and of the office calendar; by default the shipped ones.

    ``province`` is the one whose closures count where no other one is named; its code is one of the calendar's. The
    first of the ``alerts`` that fits a body and kind counts; without any there is no alarm.
    """

    rules: FilePath | None = None
    calendar: FilePath | None = None
    province: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9-]{0,62}$")
    alerts: list[AlertSection] = Field(default=[], max_length=100)
