"""The probe of `check` for mail: the server lets us in, and somebody gets alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.composition.console.mail_run import alarm_mailboxes, mail_server, wording

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def mail(installation: Installation) -> str:
    """Log in to the mail server. Raises `GatewayError` ``mail.*``."""
    told = mail_server(installation).check()
    readers = len(alarm_mailboxes(installation))
    links = "" if wording(installation).console else "; mails have no links, since console.public_url is not set"
    return f"{told}; alarms go to {readers} mailboxes{links}" if readers else f"{told}; nobody gets alarms{links}"
