"""Two persons are two accounts that nobody chooses: acts go to the service, and its kernel says who calls."""

from __future__ import annotations

import grp
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.acts.account import account
from adapters.cli.main import app
from adapters.sandbox.verbs.demo_folder import prepare
from adapters.shipped.resources import CASE_MAPPING
from gateway.operations.operator_action import BY_KERNEL, NOT_AUTHENTICATED
from tests.forked import forked

from .conftest import COMMAND, edit
from .service import serving

pytestmark = [pytest.mark.slow, pytest.mark.long]

NAMESPACE = ["unshare", "--user", "--map-user=65534"]
ONE, TWO, OUTSIDER = 64_001, 64_002, 64_003
"""Users that no system has."""


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A folder that other users may enter; its files stay their owner's."""
    with TemporaryDirectory() as made:
        directory = Path(made)
        directory.chmod(0o755)
        (directory / "D").mkdir()
        prepare(directory / "D", 1)
        edit(directory / "D", 'file = "gateway.log"\n', "")
        yield directory / "D"


@pytest.fixture
def directory(prepared: Path) -> Iterator[Path]:
    target = prepared.with_name("here")
    shutil.copytree(prepared, target)
    yield target
    shutil.rmtree(target)


def in_namespace(directory: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Run a verb as a user that this process gives itself."""
    tried = subprocess.run([*NAMESPACE, "true"], check=False, capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"unshare --user is forbidden here: {tried.stderr.strip()}")
    command = [*NAMESPACE, *COMMAND, *arguments, "--config", str(directory / "gateway.toml"), "--json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return {"error": done.stderr} if code else dict(json.loads(done.stdout.splitlines()[-1]))


def run(directory: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*arguments, "--config", str(directory / "gateway.toml"), "--json"])
    assert done.exit_code == code, (done.output, done.exception)
    return {"error": str(done.exception)} if code else dict(json.loads(done.stdout.splitlines()[-1]))


def as_user(user: int, groups: Sequence[int], directory: Path, *arguments: str) -> tuple[int, str]:
    """Run a verb in a process of another user; return its exit code and what it said."""
    reading, writing = os.pipe()

    def work() -> None:
        os.setgroups(list(groups))
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        done = CliRunner().invoke(app, [*arguments, "--config", str(directory / "gateway.toml"), "--json"])
        os.write(writing, f"{done.exit_code}\n{done.exception}\n{done.stdout}".encode())

    assert forked(work) == 0
    os.close(writing)
    with os.fdopen(reading, "rb") as reported:
        code, _, said = reported.read().decode().partition("\n")
    return int(code), said


def accounts(directory: Path) -> list[str]:
    return [step["account"] for step in run(directory, "mapping", "history", "case-view-1")["steps"]]


def submit(directory: Path) -> None:
    run(directory, "mapping", "import", str(CASE_MAPPING), "--source", "cases", "--reason", "x")
    run(directory, "mapping", "submit", "case-view-1", "--source", "cases", "--reason", "x")


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_a_second_account_that_a_person_makes_in_a_namespace_is_the_same_person(directory: Path) -> None:
    with serving(directory, "--roles", "web") as service:
        submit(directory)
        reported = in_namespace(directory, "mapping", "approve", "case-view-1", "--reason", "x", code=1)
        assert "mapping-life.same-person" in reported["error"]
        # Whatever it does there, it does as the account that it has.
        held = in_namespace(directory, "stop-everything", "--reason", "x")
        assert (held["account"], held["authentication"]) == (account(), BY_KERNEL)
        assert set(accounts(directory)) == {account()}
        assert service.end() == 0


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_without_a_service_acts_that_need_two_persons_are_refused_in_a_namespace(directory: Path) -> None:
    submit(directory)
    for verb in ("submit", "approve"):
        sources = ("--source", "cases") if verb == "submit" else ()
        reported = in_namespace(directory, "mapping", verb, "case-view-1", *sources, "--reason", "x", code=2)
        assert "act.user-namespace" in reported["error"]
        assert "start the service" in reported["error"]
    # Only these: whoever must stop everything can, and the record says what is not known.
    assert in_namespace(directory, "stop-everything", "--reason", "x")["authentication"] == NOT_AUTHENTICATED
    assert run(directory, "mapping", "show", "case-view-1")["state"] == "SUBMITTED"


def test_two_users_share_a_sqlite_store_by_the_service_that_owns_it(directory: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can be two other users")
    group = next(each for each in grp.getgrall() if each.gr_gid != 0)
    edit(directory, "[service]\n", f'[service]\nsocket_group = "{group.gr_name}"\n')
    (directory / "gateway.toml").chmod(0o644)  # whoever may read the configuration may still not act
    assert (directory / "gateway.db").stat().st_mode & 0o777 == 0o600
    run(directory, "mapping", "import", str(CASE_MAPPING), "--source", "cases", "--reason", "x")
    with serving(directory, "--roles", "web") as service:
        # What is imported later than this, another user's process could not read.
        run(directory, "mapping", "approve", "case-view-1", "--reason", "x", code=1)
        members = [group.gr_gid]
        submitted = ("mapping", "submit", "case-view-1", "--source", "cases", "--reason", "x")
        code, said = as_user(OUTSIDER, [], directory, *submitted)
        assert code == 1
        assert "[act.socket-refused]" in said
        code, said = as_user(ONE, members, directory, *submitted)
        assert code == 0, said
        approved = ("mapping", "approve", "case-view-1", "--reason", "x")
        code, said = as_user(ONE, members, directory, *approved)
        assert "[mapping-life.same-person]" in said
        code, said = as_user(TWO, members, directory, "mapping", "show", "case-view-1")
        assert code == 0, said
        assert "SUBMITTED" in said
        code, said = as_user(TWO, members, directory, *approved)
        assert code == 0, said
        assert accounts(directory)[-3:] == [str(ONE), str(ONE), str(TWO)]
        assert service.end() == 0
    assert not (directory / "gateway.state.socket").exists()
