"""Files of a sign-in that belong to others, lie where others may write, or are used by root and by the user whose they are."""

from __future__ import annotations

import codecs
import errno
import fcntl
import os
import shutil
import tempfile
import traceback
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import files as private_files
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import SignInError
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra import tokens as credentials
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.tokens import NOT_CACHED, NOT_STORED
from emulator.entra.standalone import StandaloneServer

from .token_files import TOKEN, source, stored, works

USER, STRANGER = 12345, 23456
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


@pytest.fixture(autouse=True)
def _clean(server: StandaloneServer) -> None:
    server.core.reset()


@pytest.fixture
def house(server: StandaloneServer) -> t.Iterator[Path]:
    """A directory that everybody can enter, unlike those of pytest, with the certificate authority."""
    directory = Path(tempfile.mkdtemp(prefix="pc-", dir="/tmp"))  # TMPDIR may be of this user alone
    directory.chmod(0o755)
    shutil.copyfile(server.ca_path, directory / "ca.pem")
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def home(house: Path) -> Path:
    """The user's own directory."""
    (house / "home").mkdir(mode=0o755)
    return given(house / "home", USER)


def sign_in(server: StandaloneServer, path: Path, said: list[str] | None = None, **options: t.Any) -> str:
    return source(server, path, said, ca_path=str(path.parent.parent / "ca.pem"), **options).get()


def given(path: Path, user: int) -> Path:
    os.chown(path, user, user)
    return path


def as_user(what: t.Callable[[], object], user: int = USER) -> None:
    """Do something in a process of another user."""
    # The other user may not be allowed to read Python's own files: whatever is imported late has to be there.
    credentials._import_msal()
    for encoding in ("utf-8-sig", "idna", "latin-1", "utf-16"):
        codecs.lookup(encoding)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            what()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def test_root_and_the_user_take_turns_in_renewing(server: StandaloneServer, home: Path) -> None:
    path = given(stored(home / "token", TOKEN, days=10), USER)
    seen = {TOKEN}

    def renew() -> None:
        os.utime(path, (0, 0))
        Path(f"{path}.state").unlink(missing_ok=True)
        said: list[str] = []
        sign_in(server, path, said, rotate_after=7)
        assert said == [], said

    for turn in range(4):
        renew() if turn % 2 == 0 else as_user(renew)
        assert path.read_text().strip() not in seen and works(server, path)
        seen.add(path.read_text().strip())
        assert {file.stat().st_uid for file in home.iterdir()} == {USER}, [
            (file.name, file.stat().st_uid) for file in home.iterdir()
        ]


def test_a_token_that_somebody_else_put_next_to_it_is_not_used(server: StandaloneServer, home: Path) -> None:
    """In a directory like /tmp anybody can make the file that is asked when a token is refused."""
    home.chmod(0o1777)
    path = given(stored(home / "token", TOKEN + "-revoked"), USER)
    planted = given(stored(Path(f"{path}.previous"), TOKEN), STRANGER)
    planted.chmod(0o644)

    def refused() -> None:
        with pytest.raises(SignInError, match="AADSTS50173"):
            sign_in(server, path)

    as_user(refused)
    refused()
    planted.unlink()
    planted.symlink_to(stored(home / "elsewhere", TOKEN))
    refused()
    assert path.read_text().strip() == TOKEN + "-revoked"


def test_a_lock_that_somebody_else_put_next_to_it_holds_nobody_up(server: StandaloneServer, home: Path) -> None:
    home.chmod(0o1777)
    path = given(stored(home / "token", TOKEN, days=10), USER)
    lock = Path(f"{path}.lock")
    given(stored(lock, ""), STRANGER).chmod(0o666)

    def read() -> None:
        said: list[str] = []
        assert sign_in(server, path, said, rotate_after=7) and said == [
            NOT_STORED.format(why=private_files.reason(OSError(errno.EACCES, "")))
        ]

    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        as_user(read)
        read()


@pytest.mark.parametrize(
    ("directory", "file", "owner", "words"),
    [
        (0o755, 0o600, USER, ""),
        (0o1777, 0o600, USER, ""),
        (0o777, 0o600, USER, "every user of this machine can replace it"),
        (0o755, 0o644, STRANGER, "belongs to another user"),
        (0o755, 0o644, 0, "can be read by other users"),
    ],
)
def test_what_others_could_do_to_the_token_is_said(
    server: StandaloneServer, home: Path, directory: int, file: int, owner: int, words: str
) -> None:
    path = given(stored(home / "token", TOKEN), owner)
    path.chmod(file)
    home.chmod(directory)

    def look() -> None:
        said: list[str] = []
        sign_in(server, path, said)
        assert (
            words in " ".join(said) and TOKEN not in " ".join(said) and (said or not words) and (words or not said)
        ), said

    as_user(look)


def test_a_token_in_the_hands_of_another_user_is_used_and_not_renewed(server: StandaloneServer, home: Path) -> None:
    path = given(stored(home / "token", TOKEN, days=10), STRANGER)
    path.chmod(0o644)

    def read() -> None:
        said: list[str] = []
        assert sign_in(server, path, said, rotate_after=7)
        assert said[-1] == NOT_STORED.format(why=private_files.reason(OSError(errno.EACCES, "")))
        assert private_files.obstacle(str(path)) is not None
        assert private_files.obstacle(str(path.parent.parent / "token")) == private_files.reason(
            OSError(errno.EACCES, "")
        )

    as_user(read)
    assert path.read_text().strip() == TOKEN and path.stat().st_uid == STRANGER


@pytest.mark.parametrize(("owner", "mode"), [(STRANGER, 0o700), (USER, 0o777), (USER, 0o1777), (USER, 0o770)])
def test_a_cache_that_others_could_fill_is_left_alone(
    server: StandaloneServer, home: Path, owner: int, mode: int
) -> None:
    path = given(stored(home / "token", TOKEN), USER)
    (home / "cache").mkdir()
    given(home / "cache", owner).chmod(mode)

    def read() -> None:
        said: list[str] = []
        options = {"token_cache": True, "token_cache_path": str(home / "cache")}
        assert sign_in(server, path, said, **options) != sign_in(server, path, said, **options)
        (warning,) = set(said)
        assert warning.startswith(NOT_CACHED.partition("{why}")[0])

    as_user(read)
    assert list((home / "cache").iterdir()) == []


def test_a_link_to_a_token_of_the_user_is_followed_and_one_in_its_place_is_not(
    server: StandaloneServer, home: Path
) -> None:
    """What a link leads to is renewed there; the lock is not opened through one."""
    path = given(stored(home / "token", TOKEN, days=10), USER)
    (home / "link").symlink_to(path)
    os.lchown(home / "link", USER, USER)
    precious = given(stored(home / "precious", "content"), USER)
    Path(f"{path}.lock").symlink_to(precious)

    def read() -> None:
        said: list[str] = []
        assert sign_in(server, home / "link", said, rotate_after=7) and len(said) == 1

    as_user(read)
    assert precious.read_text() == "content\n" and path.read_text().strip() == TOKEN
    Path(f"{path}.lock").unlink()
    as_user(lambda: sign_in(server, home / "link", rotate_after=7))
    assert (home / "link").is_symlink() and path.read_text().strip() != TOKEN and works(server, path)
