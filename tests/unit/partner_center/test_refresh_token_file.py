"""A stored refresh token: its age, its renewal, what is left when a process dies in the middle, and forty processes at once."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import random
import signal
import stat
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import files as private_files
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError, SignInError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.refresh_token_file import RefreshTokenFile
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.tokens import NOT_STORED
from emulator.entra.standalone import StandaloneServer
from support.refused import refused

from .token_files import TOKEN, source, stored, works

FORTY = 40


@pytest.fixture(autouse=True)
def _clean(server: StandaloneServer) -> None:
    server.core.reset()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A token that has been there for ten days."""
    return stored(tmp_path / "refresh-token", TOKEN, days=10)


class TestRenewal:
    def test_it_is_left_alone_without_rotate_after_and_before_its_day(
        self, server: StandaloneServer, path: Path
    ) -> None:
        source(server, path).get()
        source(server, path, rotate_after=11).get()
        assert path.read_text().strip() == TOKEN and [file.name for file in path.parent.iterdir()] == ["refresh-token"]

    def test_on_its_day_it_is_replaced_and_the_old_one_kept_until_the_new_one_has_worked(
        self, server: StandaloneServer, path: Path
    ) -> None:
        source(server, path, rotate_after=10).get()
        new, before = path.read_text().strip(), Path(f"{path}.previous")
        assert new != TOKEN and before.read_text().strip() == TOKEN
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
        state = Path(f"{path}.state").read_text()
        assert new not in state and TOKEN not in state
        source(server, path, rotate_after=10).get()
        assert path.read_text().strip() == new and not before.exists(), (
            "the second use confirms the token and renews nothing"
        )

    def test_the_age_is_that_of_the_token_and_not_of_the_file(self, server: StandaloneServer, path: Path) -> None:
        source(server, path, rotate_after=10).get()
        os.utime(path, (0, 0))
        assert t.cast(float, RefreshTokenFile(str(path)).age_days()) < 1
        stored(path, TOKEN, days=70)  # somebody put another token there: the state is of the one before
        assert 69 < t.cast(float, RefreshTokenFile(str(path)).age_days()) < 71

    def test_a_date_in_the_future_does_not_keep_a_token_until_it_dies(
        self, server: StandaloneServer, path: Path
    ) -> None:
        stored(path, TOKEN, days=-0.5)
        source(server, path, rotate_after=7).get()
        assert path.read_text().strip() == TOKEN, "another machine's clock may be a little ahead"
        stored(path, TOKEN, days=-400)
        source(server, path, rotate_after=7).get()
        assert path.read_text().strip() != TOKEN and RefreshTokenFile(str(path)).due(7) is False

    def test_a_renewed_token_that_is_refused_gives_way_to_the_one_before(
        self, server: StandaloneServer, path: Path
    ) -> None:
        said: list[str] = []
        stored(path, TOKEN + "-revoked", days=1)
        stored(Path(f"{path}.previous"), TOKEN, days=12)
        assert source(server, path, said).get()
        assert path.read_text().strip() == TOKEN and not Path(f"{path}.previous").exists()
        assert (
            len(said) == 1
            and "was restored" in said[0]
            and 11 < t.cast(float, RefreshTokenFile(str(path)).age_days()) < 13
        )

    def test_a_dead_token_is_an_error_that_says_how_old_it_is(self, server: StandaloneServer, path: Path) -> None:
        stored(path, TOKEN + "-expired", days=91)
        for options in ({}, {"rotate_after": 7}):
            with refused(SignInError, error_class="expired") as caught:
                source(server, path, **options).get()
            assert "tenantops.partner_center.consent" in caught.value.message and TOKEN not in caught.value.message
        assert path.read_text().strip() == TOKEN + "-expired"

    def test_an_answer_without_a_new_token(self, server: StandaloneServer, path: Path) -> None:
        server.core.switches["rotate_refresh_tokens"] = False
        said: list[str] = []
        assert source(server, path, said, rotate_after=7).get()
        assert path.read_text().strip() == TOKEN and len(said) == 1

    def test_a_link_is_followed_and_stays(self, server: StandaloneServer, path: Path, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(path)
        source(server, link, rotate_after=7).get()
        assert link.is_symlink() and path.read_text().strip() != TOKEN


@pytest.mark.parametrize(
    ("age", "rotate_after", "warned"),
    [(59.9, None, False), (60.1, None, True), (91, None, True), (61, 7, False), (61, 80, True)],
)
def test_a_warning_comes_from_day_sixty(
    server: StandaloneServer, tmp_path: Path, age: float, rotate_after: int | None, warned: bool
) -> None:
    said: list[str] = []
    source(server, stored(tmp_path / "t", TOKEN, days=age), said, rotate_after=rotate_after)
    assert bool(said) is warned and all("rotate" in text and TOKEN not in text for text in said)


@pytest.mark.parametrize("days", [0, -1, 90, "soon"])
def test_days_that_cannot_be_meant(server: StandaloneServer, path: Path, days: t.Any) -> None:
    with refused(OptionError, reason="out_of_range", option="rotate_after"):
        source(server, path, rotate_after=days)


def test_a_token_that_is_no_file_cannot_be_renewed(server: StandaloneServer, path: Path) -> None:
    with refused(OptionError, reason="contradiction", option="rotate_after"):
        source(server, path, refresh_token_file=None, refresh_token=TOKEN, rotate_after=7)


class TestOddPlaces:
    def test_a_directory_that_cannot_be_written(
        self, server: StandaloneServer, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As on a disk that is mounted read-only; the tests may run as root, whom permissions do not stop."""
        real = os.open

        def read_only(file: t.Any, flags: int, *args: t.Any, **kwargs: t.Any) -> int:
            if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
                raise OSError(30, "Read-only file system")
            return real(file, flags, *args, **kwargs)

        monkeypatch.setattr(private_files.os, "open", read_only)
        said: list[str] = []
        assert source(server, path, said, rotate_after=7).get()
        assert (
            said == [NOT_STORED.format(why=private_files.reason(OSError(errno.EROFS, "")))]
            and path.read_text().strip() == TOKEN
        )

    @pytest.mark.parametrize("name", [".lock", ".state", ".previous", ".new"])
    @pytest.mark.parametrize("kind", ["fifo", "directory", "garbage", "dangling link"])
    def test_what_lies_next_to_the_file_is_never_in_the_way(
        self, server: StandaloneServer, path: Path, name: str, kind: str
    ) -> None:
        beside = Path(f"{path}{name}")
        {
            "fifo": lambda: os.mkfifo(beside),
            "directory": beside.mkdir,
            "garbage": lambda: beside.write_bytes(b"\xff[{" * 1000),
            "dangling link": lambda: beside.symlink_to("/nowhere/at/all"),
        }[kind]()
        said: list[str] = []
        assert source(server, path, said, rotate_after=7).get()
        assert works(server, path) and set(said) <= {
            NOT_STORED.format(why=private_files.reason(OSError(errno.EISDIR, "")))
        }

    def test_a_file_that_others_can_read(self, server: StandaloneServer, path: Path) -> None:
        path.chmod(0o644)
        said: list[str] = []
        source(server, path, said, rotate_after=7).get()
        assert "chmod 600" in said[0] and stat.S_IMODE(path.stat().st_mode) == 0o600

    @pytest.mark.parametrize("content", ["", "  \n", "two words", "x" * (private_files.LIMIT + 1), "\x00\x01"])
    def test_a_file_that_holds_no_token(self, server: StandaloneServer, path: Path, content: str) -> None:
        path.write_text(content)
        with pytest.raises(OptionError, match="refresh_token_file"):
            source(server, path)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
    def test_a_file_of_another_user_stays_that_users(self, server: StandaloneServer, path: Path) -> None:
        os.chown(path, 12345, 12345)
        source(server, path, rotate_after=7).get()
        status = path.stat()
        assert path.read_text().strip() != TOKEN and (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (
            12345,
            12345,
            0o600,
        )


def _one_of_many(server: StandaloneServer, path: Path, cache: Path | None, barrier: t.Any, results: t.Any) -> None:
    tokens = source(server, path, rotate_after=7, token_cache=cache is not None, token_cache_path=str(cache))
    barrier.wait(60)
    results.put(tokens.get())


def test_forty_processes_at_once_redeem_once(
    server: StandaloneServer, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    rotate = server.core.sign_in_state.rotate
    monkeypatch.setattr(server.core.sign_in_state, "rotate", lambda token: asked.append(token) or rotate(token))
    fork = multiprocessing.get_context("fork")
    barrier, results = fork.Barrier(FORTY), fork.Queue()
    processes = [
        fork.Process(target=_one_of_many, args=(server, path, tmp_path / "cache", barrier, results))
        for _number in range(FORTY)
    ]
    for process in processes:
        process.start()
    tokens = {results.get(timeout=120) for _process in processes}
    for process in processes:
        process.join(60)
    assert len(tokens) == 1 and len(asked) == 1
    assert path.read_text().strip() != TOKEN and works(server, path)
    assert Path(f"{path}.previous").read_text().strip() == TOKEN, "nobody has used the new one yet"
    assert {file.name.removeprefix(path.name) for file in tmp_path.iterdir() if file.is_file()} == {
        "",
        ".lock",
        ".previous",
        ".state",
    }
    # Whoever comes later reads the new token from the file, and finds the access token under it.
    assert (
        source(server, path, rotate_after=7, token_cache=True, token_cache_path=str(tmp_path / "cache")).get() in tokens
    )
    assert len(asked) == 1


def test_without_a_cache_each_signs_in_and_one_renews(
    server: StandaloneServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork = multiprocessing.get_context("fork")
    barrier, results = fork.Barrier(10), fork.Queue()
    processes = [
        fork.Process(target=_one_of_many, args=(server, path, None, barrier, results)) for _number in range(10)
    ]
    for process in processes:
        process.start()
    assert len({results.get(timeout=120) for _process in processes}) == 10
    for process in processes:
        process.join(60)
    assert path.read_text().strip() != TOKEN and works(server, path)
    assert not Path(f"{path}.previous").exists(), "the others have used the new token"


def _renew_for_ever(path: Path, started: t.Any) -> None:
    store = RefreshTokenFile(str(path))
    for number in range(100_000):
        with store.lock():
            current = t.cast(Secret, store.read())
            store.rotate(current, Secret(f"token-{os.getpid()}-{number}-" + "x" * 1200 + "-end"))
        started.set()


def test_a_process_that_is_killed_leaves_a_whole_token(path: Path) -> None:
    """Between any two system calls: what is in the file is a token that was issued, from its first letter to its "
    "last."""
    fork = multiprocessing.get_context("fork")
    chance = random.Random(20261125)
    seen = set()
    for _round in range(40):
        started = fork.Event()
        process = fork.Process(target=_renew_for_ever, args=(path, started))
        process.start()
        started.wait(20)
        time.sleep(chance.uniform(0, 0.04))
        os.kill(t.cast(int, process.pid), signal.SIGKILL)
        process.join(20)
        text = path.read_text().strip()
        assert text.startswith(f"token-{process.pid}-") and text.endswith("-end") and len(text) > 1200
        before = RefreshTokenFile(str(path)).previous()
        assert before is not None and (before.reveal() == TOKEN or before.reveal().endswith("-end"))
        seen.add(text)
    assert len(seen) == 40
    with RefreshTokenFile(str(path)).lock():  # the dead hold nothing
        pass
    assert sorted(file.name for file in path.parent.iterdir())[0] == "refresh-token"


def _redeem_and_renew(server: StandaloneServer, path: Path) -> None:
    source(server, path, rotate_after=1).get()


def test_a_task_that_is_killed_leaves_a_token_that_works(server: StandaloneServer, path: Path) -> None:
    """The whole way, with a real redemption, ended at a random moment; the emulator is asked whether what is "
    "there can be redeemed."""
    fork = multiprocessing.get_context("fork")
    chance = random.Random(7)
    longest = 0.0
    for number in range(15):
        store = RefreshTokenFile(str(path))
        with store.lock():
            store.put(t.cast(Secret, store.read()), "test")
        Path(store.state_path).unlink()
        os.utime(path, (0, 0))  # due again
        process = fork.Process(target=_redeem_and_renew, args=(server, path))
        began = time.monotonic()
        process.start()
        process.join(chance.uniform(0, longest) if number else 60)  # the first one shows how long it takes
        longest = longest or time.monotonic() - began
        if process.is_alive():
            os.kill(t.cast(int, process.pid), signal.SIGKILL)
        process.join(20)
        assert works(server, path)
        before = Path(f"{path}.previous")
        assert not before.exists() or works(server, before), "half a file, or one that never was a token"
        assert number or path.read_text().strip() != TOKEN


def dying(step: int, what: t.Callable[[], object]) -> int:
    """Do something in a process that ends in front of its first, second, third ... system call on files; its "
    "status, 0 if it was done before."""
    child = os.fork()
    if child == 0:
        count = 0

        def wrap(real: t.Any) -> t.Any:
            def counted(*args: t.Any, **kwargs: t.Any) -> t.Any:
                nonlocal count
                count += 1
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*args, **kwargs)

            return counted

        for name in ("open", "fsync", "replace", "unlink", "close", "fdopen"):
            setattr(private_files.os, name, wrap(getattr(os, name)))
        try:
            what()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def locked(store: RefreshTokenFile, what: t.Callable[[], object]) -> None:
    with store.lock():
        what()


@pytest.mark.parametrize("step", range(1, 40))
def test_a_death_at_every_single_step(path: Path, step: int) -> None:
    store = RefreshTokenFile(str(path))
    how = dying(step, lambda: locked(store, lambda: store.rotate(Secret(TOKEN), Secret("new-token-that-works"))))
    now, before = t.cast(Secret, store.read()).reveal(), store.previous()
    if now == TOKEN:
        assert before is None or before.reveal() == TOKEN
    else:
        assert now == "new-token-that-works" and before is not None and before.reveal() == TOKEN
    # What was left behind does not disturb the next renewal.
    with store.lock():
        store.rotate(Secret(now), Secret("another-token"))
    assert t.cast(Secret, store.read()).reveal() == "another-token"
    assert not Path(f"{path}.new").exists()
    assert step < 30 or how == 0, "all steps were met"


@pytest.mark.parametrize("step", range(1, 40, 2))
def test_a_death_while_the_token_before_is_put_back_or_a_first_one_is_stored(path: Path, step: int) -> None:
    store = RefreshTokenFile(str(path))
    stored(path, "refused-token")
    stored(Path(store.previous_path), TOKEN)
    how = dying(step, lambda: store.put_back(Secret("refused-token")))
    now, before = t.cast(Secret, store.read()).reveal(), store.previous()
    assert now == TOKEN or (now == "refused-token" and before is not None and before.reveal() == TOKEN)
    assert step < 30 or (how == 0 and now == TOKEN and before is None), "all steps were met"
    how = dying(step, lambda: locked(store, lambda: store.put(Secret("first-token"), "consent")))
    now = t.cast(Secret, store.read()).reveal()
    assert now in (TOKEN, "first-token", "refused-token")
    assert step < 30 or (how == 0 and now == "first-token"), "all steps were met"


def test_the_state_holds_no_secret(path: Path) -> None:
    store = RefreshTokenFile(str(path))
    with store.lock():
        store.put(Secret("a-token-that-is-secret"), "consent")
    data = json.loads(Path(store.state_path).read_text())
    assert "secret" not in json.dumps(data) and data["origin"] == "consent" and len(data["token"]) == 16
