"""The verbs `mail`: try the mail server, and show what waits to be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from adapters.cli.common.installation import installation_of
from adapters.cli.notices.alarm_lines import mail_facts, mail_line
from adapters.composition.console.mail_run import alarm_mailboxes, mail_server, wording
from adapters.terminal.printing import DEFAULT_CONFIG, FINDING, ConfigOption, JsonOption, console, print_json
from gateway.mail.mail import Mail
from gateway.notice.text import plain
from gateway.people.person import assert_mailbox
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import timestamp

app = typer.Typer(help="Mail to people: alarms, and the morning's work: docs/operate/mail.md.", no_args_is_help=True)

_TRIAL = Words(en="a trial of mail", fa="آزمایش ارسال رایانامه")
_TEXT = Words(en="The gateway can send mail to this mailbox.", fa="درگاه می‌تواند به این نشانی رایانامه بفرستد.")


@app.command("test")
def try_mail(
    address: Annotated[str, typer.Argument(help="Mailbox that gets one mail now.")],
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Send one mail now, and print whether the server took it. Nothing is queued or recorded."""
    installation = installation_of(config)
    mailbox = plain(address)
    assert_mailbox(mailbox)
    said, now = wording(installation), installation.clock()
    mail = Mail(
        id=f"trial:{timestamp(now)}:{mailbox}",
        recipient=mailbox,
        subject=said.subject(_TRIAL),
        text=said.text([said.say(_TEXT)]),
        made_at=now,
        until=now + timedelta(minutes=1),
        due_at=now,
    )
    [error] = mail_server(installation).send([mail])
    if error is not None:
        raise error
    console.print(f"the mail server took a mail for {mailbox}", markup=False, soft_wrap=True)


@app.command("status")
def show(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show how many mails wait, since when and why, and how many were given up in the last 30 days."""
    installation = installation_of(config)
    standing = installation.store().mail.standing()
    readers = len(alarm_mailboxes(installation))
    if as_json:
        print_json(mail_facts(standing) | {"alarm_mailboxes": readers})
    else:
        console.print(mail_line(standing), markup=False, soft_wrap=True)
        console.print(f"alarms go to {readers} mailboxes", markup=False, soft_wrap=True)
    if standing.code is not None:
        raise typer.Exit(FINDING)
