"""What the Azure Pack servers know besides users and subscriptions: administrators, plans, and who may sign in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from emulator.azure_pack.tokens import AzurePackTokens
from emulator.kernel import passwords

if TYPE_CHECKING:
    from emulator.kernel.core import Core

META_NAME = "azure_pack"
#: The tenant authentication site (ASP.NET membership) and AD FS.
SITES = ("tenant", "adfs")


@dataclass(frozen=True)
class Account:
    """A login of one of the two token issuers. It is not a user of the API: deleting one leaves the other."""

    username: str
    site: str
    password_hash: str
    principal: str
    """Whom its tokens speak for."""
    aliases: tuple[str, ...] = ()
    """Other names to sign in with, such as the UPN of DOMAIN\\user."""
    enabled: bool = True

    def is_called(self, name: str) -> bool:
        return name.lower() in {each.lower() for each in (self.username, *self.aliases)}


class AzurePackState:
    """Kept in the database, so that a restart finds it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.tokens = AzurePackTokens(core)
        self.administrators: list[str] = []
        self.plans: list[str] = []
        self.accounts: list[Account] = []

    def take(self, administrators: list[str], plans: list[str], accounts: list[Account]) -> None:
        self.administrators, self.plans, self.accounts = administrators, plans, accounts
        self._keep()

    def put_accounts(self, accounts: list[Account]) -> None:
        """Adds accounts, or replaces those of the same name and site."""
        taken = {(each.site, each.username.lower()) for each in accounts}
        self.accounts = [each for each in self.accounts if (each.site, each.username.lower()) not in taken] + accounts
        self._keep()

    def sign_in(self, site: str, username: str, password: str) -> Account | None:
        for account in self.accounts:
            if account.site == site and account.is_called(username):
                return account if account.enabled and passwords.matches(password, account.password_hash) else None
        return None

    def restore(self) -> bool:
        """False when the database has nothing about Azure Pack."""
        kept: dict[str, Any] | None = self._core.store.get_meta(META_NAME)
        if kept is None:
            return False
        self.administrators, self.plans = kept["administrators"], kept["plans"]
        self.accounts = [Account(**{**each, "aliases": tuple(each["aliases"])}) for each in kept["accounts"]]
        return True

    def _keep(self) -> None:
        self._core.store.set_meta(
            META_NAME,
            {
                "administrators": self.administrators,
                "plans": self.plans,
                "accounts": [asdict(each) for each in self.accounts],
            },
        )
