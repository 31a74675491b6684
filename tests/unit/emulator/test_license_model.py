"""Random walks of assign, remove, delete and restore against a model that only counts: seats are never lost and never invented."""

from __future__ import annotations

import random

import pytest

UNITS = {"EMS": 2, "AAD_PREMIUM": 3, "POWER_BI_PRO": 1}
USERS = 4


class Model:
    """Who holds what, as sets of part numbers; `gone` are deleted users."""

    def __init__(self) -> None:
        self.held: list[set[str]] = [set() for dummy in range(USERS)]
        self.gone: set[int] = set()

    def free(self, name: str) -> int:
        return UNITS[name] - sum(name in held for number, held in enumerate(self.held) if number not in self.gone)

    def update(self, user: int, assign: set[str], remove: set[str]) -> int:
        """The status to expect; the model has changed if it is 201."""
        if user in self.gone:
            return 404
        if not assign | remove or remove - self.held[user]:
            return 400
        if any(
            self.free(name) + (name in remove) < 1 for name in assign if name not in self.held[user] or name in remove
        ):
            return 400
        self.held[user] = (self.held[user] - remove) | assign
        return 201

    def delete(self, user: int) -> int:
        if user in self.gone:
            return 404
        self.gone.add(user)
        return 204

    def restore(self, user: int) -> int:
        if user in self.gone:
            self.held[user] = {name for name in self.held[user] if self.free(name) > 0}
            self.gone.discard(user)
        return 200


@pytest.mark.parametrize("seed", range(3))
def test_seats(api, ids, control, seed):
    control.set_skus(ids.wingtip, [{"part_number": name, "units": units} for name, units in UNITS.items()])
    skus = {name: sku["id"] for name, sku in control.skus(ids.wingtip).items()}
    people = control.add_users(
        ids.wingtip,
        [
            {"user_principal_name": f"w{number}@wingtip.onmicrosoft.com", "usage_location": "US"}
            for number in range(USERS)
        ],
    )
    dice, model = random.Random(seed), Model()
    seen = set()
    for dummy in range(60):
        user, kind = dice.randrange(USERS), dice.choice(("update", "update", "update", "delete", "restore"))
        path = api.user(people[user], ids.wingtip)
        if kind == "update":
            assign, remove = ({name for name in UNITS if dice.random() < chance} for chance in (0.4, 0.25))
            body = {
                "LicensesToAssign": [{"SkuId": skus[name]} for name in sorted(assign)],
                "LicensesToRemove": [skus[name] for name in sorted(remove)],
            }
            expected, answer = model.update(user, assign, remove), api.post(path + "/licenseupdates", body)
        elif kind == "delete":
            expected, answer = model.delete(user), api.delete(path)
        else:
            expected, answer = model.restore(user), api.patch(path, {"state": "active"})
        assert answer.status == expected, (kind, answer.raw)
        seen.add((kind, expected))
        assert {name: sku["available_units"] for name, sku in control.skus(ids.wingtip).items()} == {
            name: model.free(name) for name in UNITS
        }
    shown = {each["id"]: {license["sku"] for license in each["licenses"]} for each in control.users(ids.wingtip)}
    assert [shown[user_id] for user_id in people] == model.held
    assert {("update", 201), ("update", 400), ("update", 404), ("delete", 204), ("restore", 200)} <= seen
