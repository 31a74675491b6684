"""Soft delete: restore, its refusals, and the purge after 30 days."""

from __future__ import annotations

DAY = 24 * 3600


def test_restore_brings_everything_back(api, ids):
    answer = api.patch(
        api.user(ids.ferdinand_deleted), {"State": "active", "Attributes": {"ObjectType": "CustomerUser"}}
    )
    assert answer.status == 200
    assert answer.json["id"] == ids.ferdinand_deleted
    assert (answer.json["state"], answer.json["lastName"]) == ("active", "Filibuster")
    assert "softDeletionTime" not in answer.json
    assert api.get(api.user("ferdinand.filibuster@contoso.example")).status == 200
    assert {user["id"] for user in api.deleted_users().json["items"]} == {ids.diego_deleted}


def test_restore_of_an_active_user_changes_nothing(api, ids):
    before = api.get(api.user(ids.adele)).json
    assert api.patch(api.user(ids.adele), {"state": "ACTIVE"}).json == before


def test_patch_without_state_does_not_find_a_deleted_user(api, ids):
    assert api.patch(api.user(ids.ferdinand_deleted), {"firstName": "F"}).refusal == (404, 60002)
    assert api.patch(api.user(ids.ferdinand_deleted), {"state": "inactive"}).refusal == (404, 60002)
    assert ids.ferdinand_deleted in {user["id"] for user in api.deleted_users().json["items"]}


def test_restore_with_changes_in_the_same_call(api, ids):
    body = {
        "State": "active",
        "UserPrincipalName": "ferdinand.f@contoso.onmicrosoft.com",
        "FirstName": "Ferdi",
        "PasswordProfile": {"Password": "Renew456*", "ForceChangePassword": True},
    }
    answer = api.patch(api.user(ids.ferdinand_deleted), body)
    assert answer.status == 200
    assert answer.json["userPrincipalName"] == "ferdinand.f@contoso.onmicrosoft.com"
    assert answer.json["firstName"] == "Ferdi"
    assert api.control.check_password(ids.contoso, ids.ferdinand_deleted, "Renew456*") == {
        "matches": True,
        "force_change": True,
    }


def test_restore_over_a_namesake_needs_another_name(api, ids):
    api.create("Ferdinand.Filibuster")
    refused = api.patch(api.user(ids.ferdinand_deleted), {"state": "active"})
    assert refused.refusal == (400, 3000) and "already exists" in refused.json["description"]
    assert api.patch(
        api.user(ids.ferdinand_deleted), {"state": "active", "userPrincipalName": "alex.wilber@contoso.example"}
    ).refusal == (400, 3000)
    answer = api.patch(
        api.user(ids.ferdinand_deleted), {"state": "active", "userPrincipalName": "ferdinand2@contoso.example"}
    )
    assert answer.json["id"] == ids.ferdinand_deleted


def test_restored_password_is_unchanged(api, ids):
    created = api.create("roundtrip")
    assert api.delete(api.user(created["id"])).status == 204
    assert api.patch(api.user(created["id"]), {"state": "active"}).status == 200
    assert api.control.check_password(ids.contoso, created["id"], "abCD123*")["matches"] is True


def test_after_30_days_a_user_is_gone(api, ids, control):
    api.token = control.token(expires_in=90 * DAY)
    control.advance(2 * DAY + 3600)  # Diego was deleted 28 days ago
    assert {user["id"] for user in api.deleted_users().json["items"]} == {ids.ferdinand_deleted}
    assert api.patch(api.user(ids.diego_deleted), {"state": "active"}).refusal == (404, 60002)
    assert ids.diego_deleted not in {user["id"] for user in control.users(ids.contoso)}


def test_30_days_are_counted_from_the_deletion_time_that_is_shown(api, ids, control):
    api.token = control.token(expires_in=90 * DAY)
    api.delete(api.user(ids.adele))
    shown = next(user for user in api.deleted_users().json["items"] if user["id"] == ids.adele)["softDeletionTime"]
    control.set_clock(shown)
    control.advance(30 * DAY - 30)
    assert ids.adele in {user["id"] for user in api.deleted_users().json["items"]}
    control.advance(31)
    assert api.patch(api.user(ids.adele), {"state": "active"}).refusal == (404, 60002)


def test_several_deleted_namesakes(api, ids):
    for dummy in range(3):
        assert api.delete(api.user(api.create("again")["id"])).status == 204
    same = [user for user in api.deleted_users().json["items"] if user["userPrincipalName"] == "again@contoso.example"]
    assert len({user["id"] for user in same}) == 3
