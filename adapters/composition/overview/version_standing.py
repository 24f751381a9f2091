"""State of each place that has a version in force: sources, the judiciary, and the one place of rules and calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.settings.legal_folder import folder_of
from adapters.settings.mapping_file import case_file, results_file
from gateway.record.version_subject import EVERY_NOTICE, Subject
from gateway.store.version import Activation
from gateway.versions.succession import before, in_force, planned

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionStanding:
    """State of one place: a decision or else a ``file``; and planned decisions.

    A roll-back leads to the version named ``before``; None: to the ``file``, or to nothing.
    """

    subject: Subject
    here: Activation | None
    planned: Sequence[Activation]
    file: str
    before: str | None


Standing = Mapping[str, Mapping[str, VersionStanding]]
"""States by group and place: the groups ``sources`` and ``results``, ``judiciary``, ``rules``, ``calendar``."""


def mapping_standing(installation: Installation) -> Standing:
    """Return the mappings of rows and of results, by source. Raises `GatewayError` ``store.*``."""
    versions = installation.store().versions
    rows, results = {}, {}
    for name in installation.settings.sources:
        rows[name] = _state(
            installation, name, Subject.ROWS, str(case_file(installation.settings, installation.folder, name))
        )
        file = results_file(installation.settings, installation.folder, name)
        if file is not None or versions.activations(name, Subject.RESULTS):
            results[name] = _state(installation, name, Subject.RESULTS, str(file or ""))
    return {"sources": rows, "results": results}


def profile_standing(installation: Installation) -> Standing:
    """Return the judiciary's profile. Raises `GatewayError` ``store.*``."""
    section = installation.settings.judiciary
    name = section.destination
    return {"judiciary": {name: _state(installation, name, Subject.PROFILE, section.profile)}}


def law_standing(installation: Installation, subject: Subject) -> Standing:
    """Return the state of rules, or of the calendar. Raises `GatewayError` ``store.*``."""
    folder = str(folder_of(subject, installation.settings.legal, installation.folder))
    return {subject.value: {EVERY_NOTICE: _state(installation, EVERY_NOTICE, subject, folder)}}


def _state(installation: Installation, place: str, subject: Subject, file: str) -> VersionStanding:
    now, decided = installation.clock(), installation.store().versions.activations(place, subject)
    here = in_force(decided, now)
    earlier = None if here is None else before(decided, here)
    return VersionStanding(
        subject=subject,
        here=here,
        planned=planned(decided, now),
        file=file,
        before=None if earlier is None else earlier.label,
    )
