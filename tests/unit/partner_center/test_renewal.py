"""The renewal as a job of its own: the new token is tried before it is handed over, and what could not be stored is a failure."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import files as private_files
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import OptionError, SignInError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import (
    ARGUMENT_SPEC,
    Settings,
    resolve,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.tokens import TokenSource
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.refresh_token import (
    rotate,
)
from emulator.entra.standalone import StandaloneServer
from support.refused import refused

from .token_files import CLIENT, SECRET, TOKEN, stored, works


@pytest.fixture(autouse=True)
def _clean(server: StandaloneServer) -> None:
    server.core.reset()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return stored(tmp_path / "refresh-token", TOKEN, days=10)


class Module:
    """What the renewal needs of a module."""

    def __init__(
        self,
        server: StandaloneServer,
        dest: t.Any = None,
        force: bool = False,
        check_mode: bool = False,
        **options: t.Any,
    ) -> None:
        self.params = {"dest": str(dest) if dest else None, "force": force}
        self.check_mode = check_mode
        self.secrets = Secrets()
        given = {
            "authority_host": server.url,
            "tenant_id": server.core.partner["tenant_id"],
            "client_id": CLIENT,
            "client_secret": SECRET,
            "ca_path": str(server.ca_path),
            "max_wait": 1,
            **options,
        }
        self._given = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | given, list(given)

    def settings(self) -> Settings:
        return resolve(*self._given, {})


def run(server: StandaloneServer, **options: t.Any) -> dict[str, t.Any]:
    return rotate(
        t.cast(
            t.Any,
            Module(
                server, **{name: str(value) if isinstance(value, Path) else value for name, value in options.items()}
            ),
        )
    )


def test_in_place(server: StandaloneServer, path: Path) -> None:
    result = run(server, refresh_token_file=path)
    assert result["changed"] and result["age_days"] == 0 and works(server, path) and path.read_text().strip() != TOKEN
    assert not Path(f"{path}.previous").exists()
    assert not run(server, refresh_token_file=path)["changed"]
    assert run(server, refresh_token_file=path, force=True)["changed"]


def test_a_token_that_is_given_needs_a_place(server: StandaloneServer, tmp_path: Path) -> None:
    with refused(OptionError, reason="option_missing", option="dest"):
        run(server, refresh_token=TOKEN)
    dest = tmp_path / "new"
    assert run(server, refresh_token=TOKEN, dest=dest)["changed"]
    assert works(server, dest) and dest.stat().st_mode & 0o077 == 0 and "\n" not in dest.read_text()


def test_check_mode_redeems_nothing(server: StandaloneServer, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenSource, "redeem", lambda *_args: pytest.fail("redeemed"))
    assert run(server, refresh_token_file=path, check_mode=True)["changed"]


@pytest.mark.parametrize("place", ["directory", "missing", "itself", "link to itself"])
def test_places_that_cannot_be_meant(server: StandaloneServer, path: Path, tmp_path: Path, place: str) -> None:
    dest = {
        "directory": tmp_path,
        "missing": tmp_path / "no" / "token",
        "itself": path,
        "link to itself": tmp_path / "link",
    }[place]
    if place == "link to itself":
        dest.symlink_to(path)
    with pytest.raises(OptionError, match="dest"):
        run(server, refresh_token_file=path, dest=dest)
    assert path.read_text().strip() == TOKEN


def test_methods_without_a_refresh_token(server: StandaloneServer, tmp_path: Path) -> None:
    with refused(OptionError, reason="no_refresh_token", option="auth_method"):
        run(server, auth_method="client_credentials", dest=tmp_path / "new")


def test_a_new_token_that_does_not_work_is_not_handed_over(
    server: StandaloneServer, path: Path, tmp_path: Path
) -> None:
    real, calls = TokenSource.redeem, []

    def second_fails(self: TokenSource, token: Secret | None) -> t.Any:
        calls.append(token)
        if len(calls) % 2 == 0:
            raise SignInError("refused", error_class="revoked")
        return real(self, token)

    for options in ({"refresh_token_file": path}, {"refresh_token": TOKEN, "dest": tmp_path / "new"}):
        with pytest.MonkeyPatch.context() as patch, refused(SignInError, error_class="revoked"):
            patch.setattr(TokenSource, "redeem", second_fails)
            run(server, **options)
    assert path.read_text().strip() == TOKEN and not (tmp_path / "new").exists()


def test_a_token_that_is_refused_is_renewed_from_the_one_before(server: StandaloneServer, path: Path) -> None:
    """A task stored it without having tried it; what it kept for this case is enough."""
    stored(path, TOKEN + "-revoked", days=10)
    stored(Path(f"{path}.previous"), TOKEN, days=17)
    assert run(server, refresh_token_file=path)["changed"] and works(server, path)
    assert not Path(f"{path}.previous").exists() and path.read_text().strip() not in (TOKEN, TOKEN + "-revoked")
    stored(path, TOKEN + "-revoked", days=10)
    stored(Path(f"{path}.previous"), TOKEN + "-expired", days=17)
    with pytest.raises(SignInError, match="AADSTS50173"):
        run(server, refresh_token_file=path)
    assert path.read_text().strip() == TOKEN + "-revoked"


def test_no_new_token(server: StandaloneServer, path: Path) -> None:
    server.core.switches["rotate_refresh_tokens"] = False
    with refused(SignInError, error_class="no_refresh_token"):
        run(server, refresh_token_file=path)
    assert path.read_text().strip() == TOKEN


@pytest.mark.parametrize(("name", "so_far"), [(".lock", "not_redeemed"), (".previous", "new_token_lost")])
def test_what_is_in_the_way_is_named(server: StandaloneServer, path: Path, name: str, so_far: str) -> None:
    Path(f"{path}{name}").mkdir()
    with refused(SignInError, error_class="not_stored", reason=so_far):
        run(server, refresh_token_file=path)
    assert works(server, path) and path.read_text().strip() == TOKEN


def test_what_could_not_be_stored_is_a_failure(
    server: StandaloneServer, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def read_only(file: t.Any, flags: int, *args: t.Any, **kwargs: t.Any) -> int:
        if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
            raise OSError(30, "Read-only file system")
        return real(file, flags, *args, **kwargs)

    for options in ({"refresh_token_file": path}, {"refresh_token": TOKEN, "dest": tmp_path / "new"}):
        with monkeypatch.context() as patch, pytest.raises(SignInError) as caught:
            patch.setattr(private_files.os, "open", read_only)
            run(server, **options)
        assert caught.value.details["error_class"] == "not_stored" and TOKEN not in caught.value.message
    assert works(server, path) and path.read_text().strip() == TOKEN
