"""Persons' acts on their way to the service: what may come by the socket, who the caller is, and what is told apart."""

from __future__ import annotations

import grp
import json
import os
import resource
import socket
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import cast

import pytest

from adapters.acts import act_client, act_server
from adapters.acts.account import account_of, assert_own_account
from adapters.acts.act_message import REPLY, REQUEST, Facts, Request, facts_of, framed, read_frame, reply_of
from adapters.acts.act_server import ActServer, address_of, assert_can_serve, assert_may_use
from adapters.acts.upkeep import Held
from adapters.composition.installation import Installation
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError

ASKED = Request(name="resume", reason="آزمون", arguments={"n": 1})


def echo(octets: bytes, user: int) -> bytes:
    """Tell who called, and what for."""
    return reply_of({"user": user, "act": Request.of(octets).name})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gateway.state.socket"


@pytest.fixture
def serving(path: Path) -> Iterator[ActServer]:
    with closing(ActServer(path, None, echo)) as opened:
        assert opened.serve()
        yield opened


def test_a_decision_on_as_many_notices_as_are_chosen_at_once_fits_into_a_request() -> None:
    number, reference = 50_000, f"EB-{'A' * 32}"
    shown = [
        {
            "reference": reference,
            "seq": 1000,
            "held": True,
            "held_by": f"act:queue.hold:{reference}:2026-11-29T14:51:18.548080Z",
        }
    ] * number
    arguments = {"references": [reference] * number, "shown": shown, "verdict": "queued", "although": False}
    octets = Request(name="queue.decide", reason="r" * 1000, arguments=arguments).octets
    assert len(octets) <= REQUEST.max_bytes
    assert Request.of(octets).arguments == arguments


def called(path: Path, octets: bytes) -> Facts:
    with socket.socket(socket.AF_UNIX) as caller, address_of(path) as address:
        caller.connect(address)
        caller.sendall(octets)
        return facts_of(read_frame(caller.recv, REPLY, "act.reply"))


def refusal(path: Path, octets: bytes) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        called(path, octets)
    return refused.value


def test_the_kernel_says_who_calls(serving: ActServer, path: Path) -> None:
    assert called(path, framed(ASKED.octets)) == {"user": os.getuid(), "act": "resume"}


def test_owner_and_group_may_call_and_nobody_else(serving: ActServer, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


def test_a_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120)
    folder.mkdir()
    with closing(ActServer(folder / "socket", None, echo)) as long:
        assert long.serve()
        assert called(folder / "socket", framed(ASKED.octets))["act"] == "resume"


def test_of_several_processes_one_takes_acts_and_another_takes_over(serving: ActServer, path: Path) -> None:
    with closing(ActServer(path, None, echo)) as other:
        assert not other.serve()
        serving.close()
        assert not path.exists()
        assert other.serve()
        assert called(path, framed(ASKED.octets))["user"] == os.getuid()


def test_a_socket_that_a_crash_left_is_taken_over(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with closing(ActServer(path, None, echo)) as again:
        assert again.serve()
        assert called(path, framed(ASKED.octets))


def test_an_accept_that_fails_is_tried_again(serving: ActServer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failed, limits = Event(), resource.getrlimit(resource.RLIMIT_NOFILE)
    clock = SimpleNamespace(sleep=lambda _: failed.set(), monotonic=time.monotonic)
    monkeypatch.setattr(act_server, "time", clock)
    with socket.socket(socket.AF_UNIX) as caller, address_of(path) as address:
        free = os.dup(caller.fileno())
        os.close(free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
        try:
            caller.connect(address)
            while not failed.wait(0.01):
                assert serving._thread
                assert serving._thread.is_alive()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert called(path, framed(ASKED.octets))["act"] == "resume"


def test_without_a_thread_an_act_is_done_and_the_socket_is_told(
    serving: ActServer, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as exhausted, closing(ActServer(tmp_path / "other", None, echo)) as other:
        exhausted.setattr(Thread, "start", start)
        for _ in range(act_server.CALLERS + 1):
            assert called(path, framed(ASKED.octets))["act"] == "resume"
        for _ in range(2):
            with pytest.raises(GatewayError) as refused:
                other.serve()
            assert (refused.value.code, refused.value.where) == ("act.socket", str(tmp_path / "other"))
    with closing(other):
        assert other.serve()
        assert called(tmp_path / "other", framed(ASKED.octets))


def test_a_socket_whose_thread_has_ended_is_made_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(ActServer(path, None, echo)) as serving:
        with monkeypatch.context() as ended:
            ended.setattr(serving, "_accept", lambda _: None)
            assert serving.serve()
            assert serving._thread
            serving._thread.join()
        assert serving.serve()
        assert serving._thread.is_alive()
        assert called(path, framed(ASKED.octets))


def test_a_service_that_hangs_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(act_client, "_LIMIT", struct.pack("ll", 0, 20_000))
    installation = cast(Installation, SimpleNamespace(socket=path))
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(str(path))
        hung.listen(0)
        for _ in ("no answer", "no place in the queue"):
            with pytest.raises(GatewayError) as told:
                act_client.perform(installation, "resume", "آزمون")
            assert (told.value.code, told.value.where) == ("act.reply", str(path))
            assert "no answer within" in told.value.detail


def test_a_socket_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    for path, group in ((tmp_path / "none" / "socket", None), (tmp_path / "socket", "no-such-group")):
        with pytest.raises(GatewayError) as refused:
            ActServer(path, group, echo).serve()
        assert (refused.value.code, refused.value.where) == ("act.socket", str(path))


@pytest.mark.parametrize("serve", [True, False], ids=["serve", "check"])
def test_a_file_that_is_no_socket_is_never_deleted(tmp_path: Path, serve: bool) -> None:
    named = tmp_path / "gateway.db"
    named.write_bytes(b"precious")
    (tmp_path / "linked").symlink_to(named)
    (tmp_path / "folder").mkdir()
    for path in (named, tmp_path / "linked", tmp_path / "folder"):
        with pytest.raises(GatewayError) as refused:
            ActServer(path, None, echo).serve() if serve else assert_can_serve(path)
        assert (refused.value.code, refused.value.where) == ("act.socket", str(path))
        assert refused.value.detail == "it is no socket; nothing was deleted"
    assert named.read_bytes() == b"precious"
    assert (tmp_path / "linked").is_symlink()


def test_a_server_deletes_no_file_that_came_in_place_of_its_socket(serving: ActServer, path: Path) -> None:
    path.unlink()
    path.write_bytes(b"precious")
    serving.close()
    assert path.read_bytes() == b"precious"


def test_the_check_tries_folder_and_group(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    faults = {
        "none": f"{tmp_path / 'none'}: there is no such file or folder",
        "file": f"{tmp_path / 'file'}: a folder in its path is no folder",
    }
    for folder, detail in faults.items():
        with pytest.raises(GatewayError) as refused:
            assert_can_serve(tmp_path / folder / "socket")
        assert (refused.value.code, refused.value.detail) == ("act.socket", detail)
    assert assert_can_serve(tmp_path / "socket").endswith("can be made")
    assert assert_can_serve(Path("/run/none-yet/socket")).endswith("systemd makes it when the service starts")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    with pytest.raises(GatewayError, match="no group no-such-group"):
        assert_may_use("no-such-group", tmp_path / "socket")
    assert_may_use(grp.getgrgid(os.getegid()).gr_name, tmp_path / "socket")


REQUESTS = {
    "no JSON": b"{",
    "a name twice": b'{"v":1,"act":"a","act":"b","reason":"r","arguments":{}}',
    "another version": ASKED.octets.replace(b'"v":1', b'"v":2'),
    "something beside it": ASKED.octets.replace(b'"v":1', b'"v":1,"account":"mayor"'),
    "no arguments": b'{"v":1,"act":"a","reason":"r"}',
    "arguments that are none": b'{"v":1,"act":"a","reason":"r","arguments":[]}',
    "too deep": b'{"v":1,"act":"a","reason":"r","arguments":{"a":' + b"[" * 9 + b"]" * 9 + b"}}",
}


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_of_another_form_is_refused(request_: str) -> None:
    with pytest.raises(GatewayError) as refused:
        Request.of(REQUESTS[request_])
    assert refused.value.code == "act.request"


def test_a_request_says_its_length_and_none_is_too_long(serving: ActServer, path: Path) -> None:
    assert Request.of(ASKED.octets) == ASKED
    assert "at most" in refusal(path, struct.pack(">I", REQUEST.max_bytes + 1)).detail


def test_a_request_that_trickles_ends(serving: ActServer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as hurried:
        hurried.setattr(act_server, "REQUEST_SECONDS", 0.05)
        assert "not whole within" in refusal(path, framed(ASKED.octets)[:-1]).detail
    assert called(path, framed(ASKED.octets)), "others go on"


def test_an_error_comes_back_as_it_was() -> None:
    with pytest.raises(GatewayError) as reported:
        facts_of(reply_of(GatewayError("mapping-life.same-person", where="v@1", detail="d")))
    assert (reported.value.code, reported.value.where, reported.value.detail) == (
        "mapping-life.same-person",
        "v@1",
        "d",
    )
    mistake = Mistake(code="mapping.unreadable", line=3, key="field.1", found=Words(en="یافته", fa=""))
    with pytest.raises(MappingMistaken) as mistaken:
        facts_of(reply_of(MappingMistaken("a.toml", [mistake])))
    assert (mistaken.value.file, mistaken.value.mistakes) == ("a.toml", (mistake,))


@pytest.mark.parametrize("reply", [{}, {"facts": 1}, {"error": {"code": "of.tomorrow", "where": "", "detail": ""}}])
def test_a_reply_of_another_form_is_told(reply: Facts) -> None:
    with pytest.raises(GatewayError) as reported:
        facts_of(json.dumps(reply).encode())
    assert reported.value.code == "act.reply"


@pytest.mark.parametrize("reported", ["     65534       1000          1\n", "0 0 65536\n", "0 0 1000\n1000 1000 1\n"])
def test_in_a_user_namespace_nobody_says_who_they_are(reported: str, tmp_path: Path) -> None:
    (tmp_path / "uid_map").write_text(reported)
    with pytest.raises(GatewayError) as refused:
        assert_own_account(tmp_path / "uid_map")
    assert refused.value.code == "act.user-namespace"
    (tmp_path / "uid_map").write_text("         0          0 4294967295\n")
    assert_own_account(tmp_path / "uid_map")
    with pytest.raises(GatewayError) as caught:
        assert_own_account(tmp_path / "none")  # somebody has hidden /proc
    assert caught.value.code == "act.user-namespace"


def test_a_user_without_a_name_is_its_number() -> None:
    assert account_of(0) == "root"
    assert account_of(4_000_000_001) == "4000000001"


def test_a_hold_of_a_case_may_be_typed_with_persian_digits() -> None:
    held = Held.model_validate({"about": "case", "subject": " ۱۴۰۵/۰۰۰۰۰۲ "})
    assert held.subject == "1405/000002"
