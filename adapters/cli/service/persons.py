"""The verbs `person`: who signs in to the console, with which roles, and for which bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.padding import Padding
from rich.text import Text

from adapters.acts.upkeep_facts import person_facts
from adapters.cli.common.acting_account import ReasonOption, by, perform
from adapters.cli.common.installation import installation_of
from adapters.terminal.printing import (
    DEFAULT_CONFIG,
    WIDE,
    ConfigOption,
    JsonOption,
    console,
    moment,
    print_json,
    screen,
    table,
)
from gateway.people.permissions import ROLE_NAMES, Role
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.store.ports.people_store import Standing

if TYPE_CHECKING:
    from adapters.acts.act_message import Facts

LoginArgument = Annotated[str, typer.Argument(help="As `person list` shows it.")]
RoleOption = Annotated[list[Role], typer.Option("--role", help="Any number of them: docs/reference/roles.md.")]
BodyOption = Annotated[
    list[str] | None, typer.Option("--body", help="Body of a head or a secretary of a commission; any number of them.")
]
SeenOption = Annotated[
    int | None,
    typer.Option(
        "--revision",
        min=1,
        max=10**9,
        help="Revision of the person in `person list --json`: do nothing if an act has changed the person since.",
    ),
]

app = typer.Typer(help="People who sign in to the console: docs/operate/people.md.", no_args_is_help=True)


@app.command("first")
def first(
    login: Annotated[str, typer.Argument(help="Login of the first security officer.")],
    name: Annotated[str, typer.Option(help="Name of the person, as others read it.")],
    reason: ReasonOption,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Invite the first person: a security officer, who then invites all others. Refused once there is one."""
    _show(perform(installation_of(config), "person.first", reason, login=login, name=name), "invited", as_json)


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(help="2 to 63 of a-z, 0-9, point, hyphen and underscore.")],
    name: Annotated[str, typer.Option(help="Name of the person, as others read it.")],
    role: RoleOption,
    reason: ReasonOption,
    body: BodyOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Invite a person. The one-time code is shown once; with it the person sets a password and a second factor."""
    given = {"roles": [each.value for each in role], "bodies": body or []}
    facts = perform(installation_of(config), "person.add", reason, login=login, name=name, **given)
    _show(facts, "invited", as_json)


@app.command("list")
def list_people(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show each person with roles, bodies, sign-in and linked accounts of the operating system."""
    found = installation_of(config).store().people.all()
    if as_json:
        print_json({"people": [_standing_facts(each) for each in found]})
    elif not found:
        console.print("nobody signs in yet; `person first` invites the first security officer")
    elif console.width < WIDE:
        for each in found:
            console.print(Text(f"{each.person.login}: {each.person.name}", overflow="fold"))
            console.print(Padding(Text("; ".join(_told(each)), overflow="fold"), (0, 0, 0, 4)))
    else:
        rows = table("", "login", "!name", "!roles", "!bodies", "!sign-in", "!accounts")
        for each in found:
            rows.add_row(each.person.login, each.person.name, *_told(each))
        console.print(rows)


@app.command("roles")
def roles(
    login: LoginArgument,
    role: RoleOption,
    reason: ReasonOption,
    body: BodyOption = None,
    revision: SeenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Give a person these roles in the place of the present ones; open sessions have them at once."""
    given = {"roles": [each.value for each in role], "bodies": body}
    _show(
        perform(installation_of(config), "person.roles", reason, login=login, revision=revision, **given),
        "has these roles",
        as_json,
    )


@app.command("bodies")
def bodies(
    login: LoginArgument,
    reason: ReasonOption,
    body: BodyOption = None,
    revision: SeenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Give a head or a secretary of commissions these bodies in the place of the present ones."""
    facts = perform(installation_of(config), "person.bodies", reason, login=login, revision=revision, bodies=body or [])
    _show(facts, "has these bodies", as_json)


@app.command("deactivate")
def deactivate(
    login: LoginArgument,
    reason: ReasonOption,
    revision: SeenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Let a person sign in no more; open sessions end at once."""
    _show(
        perform(installation_of(config), "person.deactivate", reason, login=login, revision=revision),
        "is not active",
        as_json,
    )


@app.command("activate")
def activate(
    login: LoginArgument,
    reason: ReasonOption,
    revision: SeenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Let a person sign in again, with the former password."""
    _show(
        perform(installation_of(config), "person.activate", reason, login=login, revision=revision),
        "is active",
        as_json,
    )


@app.command("recover")
def recover(
    login: LoginArgument,
    reason: ReasonOption,
    revision: SeenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Invite a person who lost password or telephone once more. Password, second factor and sessions end at once."""
    _show(
        perform(installation_of(config), "person.recover", reason, login=login, revision=revision),
        "invited once more",
        as_json,
    )


@app.command("link")
def link(
    login: LoginArgument,
    account: Annotated[str, typer.Option(help="Account of the operating system that is this person's.")],
    reason: ReasonOption,
    remove: Annotated[bool, typer.Option("--remove", help="Take the account from the person.")] = False,
    revision: SeenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Link an account of the operating system to a person: acts of both are those of one person."""
    asked = {"login": login, "revision": revision, "account": account, "remove": remove}
    outcome = "is not linked to this account" if remove else "is linked to this account"
    _show(perform(installation_of(config), "person.link", reason, **asked), outcome, as_json)


@app.command("provider")
def provider(
    login: LoginArgument,
    reason: ReasonOption,
    subject: Annotated[str, typer.Option(help="Account at the OpenID provider, as its tokens name it.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the account from the person.")] = False,
    revision: SeenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Let a person sign in at the OpenID provider. Password, second factor and sessions end at once."""
    asked = {"login": login, "revision": revision, "subject": subject, "remove": remove}
    outcome = "does not sign in at the provider" if remove else "signs in at the provider"
    _show(perform(installation_of(config), "person.provider", reason, **asked), outcome, as_json)


@app.command("address")
def give_address(
    login: LoginArgument,
    address: Annotated[str, typer.Argument(help="Mailbox of the person; an empty text takes it away.")],
    reason: ReasonOption,
    revision: SeenOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Give a person a mailbox for alarms and the morning's mail, in the place of the present one."""
    facts = perform(installation_of(config), "person.address", reason, login=login, revision=revision, address=address)
    _show(facts, "has this mailbox" if facts["person"]["address"] else "has no mailbox", as_json)


@app.command("digest")
def choose_digest(
    login: LoginArgument,
    reason: ReasonOption,
    off: Annotated[bool, typer.Option("--off", help="No morning's mail any more.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Have a person get the morning's mail, or no more. People do this on their own page, too."""
    facts = perform(installation_of(config), "person.digest", reason, login=login, wanted=not off)
    _show(facts, "gets no morning's mail" if off else "gets the morning's mail", as_json)


def _show(facts: Facts, outcome: str, as_json: bool) -> None:
    if as_json:
        print_json(facts)
        return
    person = facts["person"]
    if not facts["changed"]:
        console.print(f"{person['login']} {outcome} already; nothing was recorded", markup=False, soft_wrap=True)
        return
    console.print(f"{person['login']} {outcome}", markup=False, soft_wrap=True)
    console.print(f"by {by(facts)}", markup=False, soft_wrap=True)
    if (code := facts.get("one_time_code")) is not None:
        ends = moment(parse_timestamp(facts["ends_at"]))
        console.print(f"one-time code, shown only now: {code}", markup=False, soft_wrap=True)
        console.print(f"give it to the person alone; it ends {ends}", markup=False, soft_wrap=True)


def _told(standing: Standing) -> list[str]:
    person = standing.person
    names = ", ".join(screen.say(ROLE_NAMES[role].en, ROLE_NAMES[role].fa) for role in sorted(person.roles))
    return [names, ", ".join(sorted(person.bodies)) or "–", _sign_in(standing), ", ".join(standing.accounts) or "–"]


def _sign_in(standing: Standing) -> str:
    if not standing.person.active:
        return "not active"
    if standing.provider is not None:
        return f"at {standing.provider.issuer}"
    if standing.enrolled:
        return "enrolled"
    return f"invited until {moment(standing.invited_until)}" if standing.invited_until else "not invited"


def _standing_facts(standing: Standing) -> Facts:
    ends = standing.invited_until
    return {
        **person_facts(standing.person),
        "enrolled": standing.enrolled,
        "invited_until": None if ends is None else timestamp(ends),
        "accounts": list(standing.accounts),
        "provider": None if (at := standing.provider) is None else {"issuer": at.issuer, "subject": at.subject},
    }
