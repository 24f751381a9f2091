"""Next step on a notice, a row or a part of the installation, as a value.

A `Need` names the step without any verb or page. A terminal adds its verb for it, and the web console its link. Without
either, ``words`` say the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.runtime.bilingual import Words
from gateway.runtime.errors import Actor

ACTORS: Final[Mapping[Actor | None, Words]] = {
    None: Words(en="nobody", fa="هیچ‌کس"),
    Actor.MUNICIPALITY: Words(en="municipality", fa="شهرداری"),
    Actor.JUDICIARY: Words(en="judiciary", fa="قوه قضاییه"),
    Actor.OPERATOR: Words(en="operator", fa="متصدی سامانه"),
    Actor.US: Words(en="us", fa="سازندگان درگاه"),
}
"""Actor → name; None: nobody must act."""


class Need(StrEnum):
    """Kind of a next step."""

    NOTHING = "nothing"
    """Everything is done."""
    WAIT = "wait"
    """The gateway, or the judiciary, goes on by itself."""
    RETRY_OR_WITHDRAW = "retry-or-withdraw"
    """A notice that waited too long: have it sent again, or withdraw it."""
    SERVE_OTHERWISE = "serve-otherwise"
    """Electronic service is impossible: serve the notice through another channel, and record that."""
    ISSUE_REVISION = "issue-revision"
    """The judiciary rejected the notice: correct the case, and issue the paper anew."""
    DECIDE_ABSENT = "decide-absent"
    """A doubt with proof that the notice did not arrive: decide whether it is sent or withdrawn."""
    ASK_AND_DECIDE = "ask-and-decide"
    """A doubt that no inquiry settles: ask the judiciary by other means, then decide."""
    RELEASE = "release"
    """The gateway holds the notice after faults: mend the cause, then release it."""
    RELEASE_HOLD = "release-hold"
    """A person holds the notice: release it once the cause is over."""
    REMEDY = "remedy"
    """An error keeps the notice from being sent: ``code`` names it, and the words are its remedy."""
    EXPLAIN_ANSWER = "explain-answer"
    """The judiciary's answer is not understood: ``code`` names the error, and the words are its remedy."""
    CORRECT_ROWS = "correct-rows"
    """Rows are refused: correct their cases."""
    JUDGE_QUARANTINE = "judge-quarantine"
    """Rejected input waits for a person."""
    REGISTER_SEAL = "register-seal"
    """The judiciary refuses the seals of a body: register its certificate, then try ``subject`` again."""
    RESUME = "resume"
    """A person stopped everything: let it go on."""
    RESTORE_PROOF = "restore-proof"
    """Nothing is sent, since records lack their proof: mend the archive, or allow sending for a time."""
    RENEW_CERTIFICATE = "renew-certificate"
    """A certificate ends soon, or has ended: renew it."""
    MEND_CERTIFICATE = "mend-certificate"
    """A certificate cannot be used: ``code`` names the error, and the words are its remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Next step: its kind, the party that must take it (None: nobody), and its words without any verb of a program.

    ``code`` is the error to be remedied, ``subject`` the name of the endpoint to be tried again; None if neither
    matters. ``waiting`` is the number of notices for which the step differs, since they wait for a person: their lines
    follow.
    """

    need: Need
    actor: Actor | None
    words: Words
    code: str | None = None
    subject: str | None = None
    waiting: int = 0
