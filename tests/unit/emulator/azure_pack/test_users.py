"""Create, list, retrieve and update, in JSON and in XML."""

from __future__ import annotations

import re

import pytest

NEW = "new@tenants.example"
XML = {"Content-Type": "application/xml; charset=utf-8"}
NAMESPACE = "http://schemas.microsoft.com/windowsazure"


def user_xml(content: str, root: str = "User", namespace: str = NAMESPACE) -> str:
    return f'<?xml version="1.0"?><{root} xmlns="{namespace}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">{content}</{root}>'


# Create


def test_create_answers_the_seven_members(wap):
    answer = wap.create(
        Email="New@Tenants.Example",
        CreatedTime="0001-01-01T00:00:00",
        SubscriptionCount=7,
        ActivationSyncState=2,
        LastErrorMessage="x",
    )
    assert answer.status == 201
    user = answer.json
    assert list(user) == [
        "Name",
        "Email",
        "State",
        "CreatedTime",
        "SubscriptionCount",
        "ActivationSyncState",
        "LastErrorMessage",
    ]
    assert {**user, "CreatedTime": None} == {
        "Name": NEW,
        "Email": "New@Tenants.Example",
        "State": 1,
        "CreatedTime": None,
        "SubscriptionCount": 0,
        "ActivationSyncState": 0,
        "LastErrorMessage": None,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d[037]Z", user["CreatedTime"])
    assert wap.shows(NEW) == user | {"CreatedTime": user["CreatedTime"].rstrip("Z")}


@pytest.mark.parametrize(
    ("state", "kept"),
    [(0, 0), (1, 1), (2, 2), ("active", 1), ("SUSPENDED", 2), ("PendingValidation", 0), ("2", 2), (..., 0)],
)
def test_state_of_a_create(wap, state, kept):
    body = {"name": NEW, "eMail": NEW, "unknown": {"deep": []}} | ({} if state is ... else {"state": state})
    answer = wap.call("POST", "/Users/", body)
    assert (answer.status, answer.json["State"]) == (201, kept)


@pytest.mark.parametrize(
    "body",
    [
        {"Email": NEW, "State": 1},
        {"Name": NEW, "State": 1},
        {"Name": "", "Email": NEW},
        {"Name": " ", "Email": NEW},
        {"Name": NEW, "Email": None},
        {"Name": 5, "Email": NEW},
        {"Name": NEW, "Email": [NEW]},
        {"Name": NEW, "Email": NEW, "State": 3},
        {"Name": NEW, "Email": NEW, "State": "DeletePending"},
        {"Name": NEW, "Email": NEW, "State": 4},
        {"Name": NEW, "Email": NEW, "State": "gone"},
        {"Name": NEW, "Email": NEW, "State": None},
        {"Name": NEW, "Email": NEW, "State": True},
        {"Name": NEW, "Email": NEW, "State": 1.0},
        {"Name": NEW, "Email": NEW, "ActivationSyncState": 3},
        [NEW],
        "",
        b"{",
        b'{"Name": "\xff"}',
        b"[" * 100_000,
    ],
)
def test_bodies_that_are_refused(wap, body):
    assert wap.call("POST", "/users", body).refusal == (400, "BadRequest")
    assert wap.look(NEW) is None


@pytest.mark.parametrize("content_type", ["text/plain", None, "application/x-www-form-urlencoded"])
def test_types_that_are_refused(wap, content_type):
    assert wap.call("POST", "/users", b"{}", headers={"Content-Type": content_type}).status == 415


def test_text_json_and_a_byte_order_mark(wap):
    body = b'\xef\xbb\xbf{"name":"new@tenants.example","email":"e","state":"active"}'
    answer = wap.call("POST", "/users", body, headers={"Content-Type": "text/json"})
    assert (answer.status, answer.headers["Content-Type"]) == (201, "text/json; charset=utf-8")


def test_duplicates_without_case(wap, names):
    assert wap.create(names.liam.upper()).refusal == (409, "ConflictError")
    assert wap.create(names.quinn).refusal == (409, "ConflictError")
    assert wap.create("LiamTwo@tenants.example").json["Name"] == "LiamTwo@tenants.example"
    assert wap.shows("liamtwo@TENANTS.example")["Name"] == "LiamTwo@tenants.example"


@pytest.mark.parametrize(
    "name",
    [
        "a'b@x.example",
        "jürgen.groß@x.example",
        "ÅSA@x.example",
        "a+b@x.example",
        "a b@x.example",
        "a!b$c(d),e;f=g~@x.example",
    ],
)
def test_names_arrive_as_meant(wap, name):
    assert wap.create(name).json["Name"] == name
    wap.create("b@x.example")
    assert wap.shows(name)["Name"] == name
    assert wap.update(name, Email="other").status == 200
    assert (wap.azure_pack.user(name)["email"], wap.azure_pack.user("b@x.example")["email"]) == ("other", "b@x.example")
    assert [each["user_id"] for each in wap.azure_pack.log(method="PUT")] == [name]
    assert (wap.delete(name).status, wap.look(name)) == (202, None)
    assert wap.look("b@x.example") is not None


@pytest.mark.parametrize("character", "/\\%&:*?<>#")
def test_dangerous_names_in_the_path(wap, character):
    """The body is no path: such a user can be made, and no call reaches it."""
    name = f"a{character}b@x.example"
    assert wap.create(name).status == 201
    answer = wap.user(name)
    assert (
        answer.status == 400 and answer.headers["Content-Type"].startswith("text/html") and b"dangerous" in answer.raw
    )
    assert wap.delete(name).status == 400
    wap.control.set(azure_pack_path_validation=False)
    if character == "/":
        assert wap.shows(name)["Name"] == name
        assert wap.get("/users/a/b@x.example").status == 404
    assert wap.delete(name).status == 202 and wap.azure_pack.user(name) is None


def test_path_that_is_no_text(wap):
    assert wap.get("/users/%ff%fe").status == 400


@pytest.mark.parametrize("sent", ["a+b@x.example", "a%2Bb@x.example"])
def test_plus_in_the_path(wap, sent):
    wap.create("a+b@x.example")
    assert wap.get(f"/users/{sent}").json["Name"] == "a+b@x.example"
    wap.control.set(azure_pack_plus_in_path="404.11")
    answer = wap.get(f"/users/{sent}")
    assert answer.status == 404 and b"404.11" in answer.raw and answer.headers["Content-Type"].startswith("text/html")
    assert wap.get("/users?filter=a%2Bb").names == ["a+b@x.example"], "the filter looks at the path only"


# List


def test_list(wap, names):
    page = wap.get("/users").json
    assert list(page) == ["items", "filteredTotalCount", "totalCount"]
    assert [each["Name"] for each in page["items"]] == [
        names.liam,
        names.mia,
        names.nils,
        names.olivia,
        names.peter,
        names.quinn,
    ]
    assert [each["SubscriptionCount"] for each in page["items"]] == [0, 0, 0, 2, 2, 1]
    assert (page["filteredTotalCount"], page["totalCount"]) == (6, 6)
    assert not any(each["CreatedTime"].endswith("Z") for each in page["items"])


@pytest.mark.parametrize(
    ("query", "expected", "filtered"),
    [
        ("skip=1&take=2", "mn", 6),
        ("Skip=4&TAKE=25", "pq", 6),
        ("take=0", "", 6),
        ("skip=6", "", 6),
        ("skip=&take=", "lmnopq", 6),
        ("sortProperty=name&sortDirection=descending&take=2", "qp", 6),
        ("sortProperty=SubscriptionCount&sortDirection=Ascending&skip=3&take=1", "q", 6),
        ("sortProperty=CreatedTime&sortDirection=descending&take=1", "n", 6),
        ("sortProperty=LastErrorMessage&sortDirection=descending&take=1", "q", 6),
        ("filter=BERG", "m", 1),
        ("filter=an&skip=0&take=25", "lmnopq", 6),
        ("filter=lia", "l", 1),
        ("filter=i&sortProperty=State&sortDirection=descending&take=2", "qm", 5),
        ("filter=nobody&skip=0", "", 0),
    ],
)
def test_list_parameters(wap, query, expected, filtered):
    answer = wap.get(f"/users?{query}")
    assert "".join(each[0] for each in answer.names) == expected
    assert (answer.json["filteredTotalCount"], answer.json["totalCount"]) == (filtered, 6)


@pytest.mark.parametrize(
    "query", ["skip=-1", "take=x", "take=1.5", "skip=99999999999", "sortProperty=Colour", "sortDirection=up"]
)
def test_bad_list_parameters(wap, query):
    assert wap.get(f"/users?{query}").refusal == (404, "ResourceNotFound")
    wap.control.set(azure_pack_bad_list_parameters=400)
    assert wap.get(f"/users?{query}").refusal == (400, "BadRequest")


def test_switches_of_lists(wap, names):
    wap.control.set(azure_pack_filter="prefix")
    assert wap.get("/users?filter=l").names == [names.liam]
    assert wap.get("/users?filter=Mia.b").names == [names.mia]
    wap.control.set(azure_pack_filter="name", azure_pack_max_take=2)
    assert wap.get("/users?filter=berg").names == []
    assert len(wap.get("/users?take=25").names) == len(wap.get("/users").names) == 2
    assert wap.get("/users?skip=4&take=1").names == [names.peter]
    wap.create("aaa@x.example")
    wap.control.set(azure_pack_default_sort="CreatedTime", azure_pack_max_take=None)
    assert wap.get("/users").names[-2:] == [names.nils, "aaa@x.example"]


# Retrieve and update


def test_get(wap, names):
    assert wap.look(names.liam) == (1, 0, 0, None)
    assert wap.look(names.mia) == (2, 0, 0, None)
    assert wap.look(names.quinn) == (3, 2, 1, "The virtual machine QUINN-VM1 could not be removed.")
    assert wap.shows(names.mia)["Email"] == "Mia.Berg@tenants.example"
    assert wap.user("nobody@x.example").refusal == (404, "ResourceNotFound")


def test_put_replaces(wap, names):
    before = wap.shows(names.liam)
    answer = wap.call(
        "PUT",
        f"/users/{names.liam}",
        before | {"State": 2, "Email": "L@x.example", "SubscriptionCount": 9, "CreatedTime": "x"},
    )
    assert answer.status == 200
    assert answer.json == before | {"State": 2, "Email": "L@x.example", "CreatedTime": before["CreatedTime"] + "Z"}
    assert wap.shows(names.liam) == before | {"State": 2, "Email": "L@x.example"}
    assert (
        wap.call("PUT", f"/users/{names.liam.upper()}", {"name": names.liam, "email": "L@x.example"}).json["State"] == 0
    ), "omitted is zero"
    assert wap.update(names.liam, Name="LIAM@tenants.example").json["Name"] == names.liam, "the spelling stays"


@pytest.mark.parametrize(
    "members",
    [{"Name": "other@x.example"}, {"Name": None}, {"Email": ""}, {"Email": None}, {"State": 3}, {"State": "x"}],
)
def test_puts_that_are_refused(wap, names, members):
    before = wap.shows(names.mia)
    assert wap.update(names.mia, **members).refusal == (400, "BadRequest")
    assert wap.shows(names.mia) == before


def test_put_of_nobody_and_other_methods(wap, names):
    assert wap.update("nobody@x.example").refusal == (404, "ResourceNotFound")
    for method, path, allowed in (
        ("PATCH", f"/users/{names.liam}", "DELETE, GET, PUT"),
        ("DELETE", "/users", "GET, POST"),
        ("DELETE", "/users/", "GET, POST"),
        ("PUT", "/users", "GET, POST"),
    ):
        answer = wap.call(method, path, {})
        assert (answer.refusal, answer.headers["Allow"]) == ((405, "MethodNotAllowed"), allowed)
    head = wap.call("HEAD", f"/users/{names.liam}")
    assert (head.status, head.raw) == (405, b"")
    for path in ("/", "/user", "/users/a/b", "/v1/users"):
        assert wap.get(path).refusal == (404, "ResourceNotFound")


def test_only_delete_is_allowed_while_deleting(wap, names):
    assert wap.update(names.quinn).refusal == (409, "ConflictError")
    wap.control.set(azure_pack_refused_write=400)
    assert wap.update(names.quinn).refusal == (400, "BadRequest")


# Switches of names and values


def test_case_sensitive_names(wap, names):
    wap.control.set(azure_pack_case_sensitive_names=True)
    assert wap.look(names.liam.upper()) is None
    assert wap.create(names.liam.upper(), State=2).status == 201
    assert (wap.look(names.liam)[0], wap.look(names.liam.upper())[0]) == (1, 2)
    assert wap.create(names.liam.upper()).status == 409
    assert wap.call("PUT", f"/users/{names.liam}", {"Name": names.liam.upper(), "Email": "e", "State": 1}).status == 400


def test_lower_casing_by_the_server(wap):
    wap.control.set(azure_pack_lower_case=["Email"])
    assert wap.create("One@X.example").json["Email"] == "one@x.example"
    wap.control.set(azure_pack_lower_case=["Name", "Email"])
    created = wap.create("Two@X.example").json
    assert (created["Name"], created["Email"]) == ("two@x.example", "two@x.example")
    assert wap.update("Two@X.example", Email="THREE").json["Email"] == "three"


def test_rename(wap, names):
    wap.control.set(azure_pack_rename="ignore")
    assert wap.update(names.olivia, Name="other@x.example", Email="e").json["Name"] == names.olivia
    wap.control.set(azure_pack_rename="rename")
    assert wap.call("PUT", f"/users/{names.olivia}", {"Name": names.liam, "Email": "e", "State": 1}).status == 409
    renamed = wap.call("PUT", f"/users/{names.olivia}", {"Name": "o@x.example", "Email": "e", "State": 1})
    assert (renamed.json["Name"], renamed.json["SubscriptionCount"]) == ("o@x.example", 2)
    assert wap.look(names.olivia) is None


def test_emails(wap, names):
    assert wap.create("a@x.example", Email=names.liam).status == 201
    assert wap.create("b@x.example", Email="no address").status == 201
    wap.control.set(azure_pack_unique_email=True, azure_pack_validate_email=True)
    assert wap.create("c@x.example", Email=names.nils.upper()).refusal == (409, "ConflictError")
    assert wap.update(names.nils, Email=names.mia).status == 200, "mia has another address"
    assert wap.update(names.nils, Email=names.nils).status == 200
    for email in ("no address", "@x.example", "a@b", "a b@x.example", "a@.", "x"):
        assert wap.create("d@x.example", Email=email).refusal == (400, "BadRequest")


def test_states_at_create(wap):
    wap.control.set(azure_pack_create_state="active", azure_pack_take_sync_state=True)
    assert wap.create(State=2, ActivationSyncState=2).json["State"] == 1
    assert wap.look(NEW)[1] == 2
    assert wap.update(NEW, State="suspended", ActivationSyncState="InSync").json["ActivationSyncState"] == 0


def test_suspending_touches_no_subscription_unless_asked_to(wap, names):
    def states():
        return {each["state"] for each in wap.azure_pack.user(names.olivia)["subscriptions"]}

    wap.update(names.olivia, State=2)
    assert states() == {"active"}
    wap.control.set(azure_pack_suspend_cascades=True)
    wap.update(names.olivia, State=1)
    wap.update(names.olivia, State=2)
    assert states() == {"suspended"}
    wap.update(names.olivia, State=0)
    assert states() == {"suspended"}
    wap.update(names.olivia, State=1)
    assert states() == {"active"}


def test_members_beyond_the_documented(wap, names):
    wap.control.set(azure_pack_extra_user_members={"Tags": ["a"]})
    assert wap.shows(names.liam)["Tags"] == ["a"]
    assert wap.call("PUT", f"/users/{names.liam}", wap.shows(names.liam)).status == 200
    assert wap.azure_pack.writes()[0]["body"]["Tags"] == ["a"]


# XML


def test_xml_in_and_out(wap):
    body = user_xml(
        "<Name>new@tenants.example</Name><Email>A &amp; B</Email><State>Active</State><CreatedTime>0001-01-01T00:00:00</CreatedTime>"
        '<SubscriptionCount>0</SubscriptionCount><ActivationSyncState>InSync</ActivationSyncState><LastErrorMessage i:nil="true"/>'
    )
    answer = wap.call("POST", "/users", body, headers=XML)
    assert (answer.status, answer.headers["Content-Type"]) == (201, "application/xml; charset=utf-8")
    root = answer.xml
    assert root.tag == f"{{{NAMESPACE}}}User"
    assert [each.tag.removeprefix(f"{{{NAMESPACE}}}") for each in root] == [
        "Name",
        "Email",
        "State",
        "CreatedTime",
        "SubscriptionCount",
        "ActivationSyncState",
        "LastErrorMessage",
    ]
    assert [each.text for each in root][:3] == [NEW, "A & B", "Active"]
    assert root[-1].get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"
    assert wap.shows(NEW)["State"] == 1
    (entry,) = wap.azure_pack.writes()
    assert entry["body"]["User"]["Email"] == "A & B"


@pytest.mark.parametrize(
    ("content", "state"),
    [
        ("<Name>new@tenants.example</Name><State>Suspended</State><Email>late</Email>", None),
        ("<Email>e</Email><Name>new@tenants.example</Name>", None),
        ("<Name>new@tenants.example</Name><Email>e</Email><CreatedTime/><State>Suspended</State>", 0),
        ("<Name>new@tenants.example</Name><Email>e</Email><State>suspended</State>", None),
        ("<Name>new@tenants.example</Name><Email>e</Email><State>2</State>", None),
        ('<Name>new@tenants.example</Name><Email i:nil="true"/>', None),
        ('<Name>new@tenants.example</Name><Email>e</Email><State xmlns="urn:other">Suspended</State>', 0),
        ("<Name>new@tenants.example</Name><Extra>1</Extra><Email>e</Email><State>Suspended</State>", 2),
    ],
)
def test_the_order_of_elements_counts(wap, content, state):
    """What comes too late is not seen; without it the Email is missing, or the State is 0."""
    answer = wap.call("POST", "/users", user_xml(content), headers=XML | {"Accept": "application/json"})
    assert answer.status == (400 if state is None else 201)
    assert state is None or answer.json["State"] == state


@pytest.mark.parametrize(
    "body",
    [
        "<User",
        "",
        user_xml("<Name>n</Name><Email>e</Email>", namespace="urn:other"),
        user_xml("<Name>n</Name><Email>e</Email>", root="Person"),
        '<!DOCTYPE User [<!ENTITY e "boom">]>'
        + user_xml("<Name>&e;</Name><Email>e</Email>").removeprefix('<?xml version="1.0"?>'),
        '<!DOCTYPE User SYSTEM "file:///etc/passwd"><User/>',
        "<a>" * 100 + "</a>" * 100,
        b'<?xml version="1.0" encoding="nonsense"?><User/>',
    ],
)
def test_xml_that_is_refused(wap, body):
    answer = wap.call("POST", "/users", body, headers={"Content-Type": "text/xml"})
    assert answer.status == 400
    assert answer.xml.tag == f"{{{NAMESPACE}}}Error"
    assert [each.tag.rpartition("}")[2] for each in answer.xml] == ["Code", "Message", "Details"]


@pytest.mark.parametrize(
    ("accept", "content_type", "answered"),
    [
        (None, None, "application/json"),
        ("*/*", None, "application/json"),
        ("application/xml", None, "application/xml"),
        ("text/xml;q=0.5, text/json;q=0.6", None, "text/json"),
        ("image/png, application/xml;q=0.1", None, "application/xml"),
        ("image/png", "application/xml", "application/json"),
        ("text/*", None, "text/json"),
        ("application/json;q=0, text/xml;q=x", None, "application/json"),
        (None, "text/xml", "text/xml"),
        (None, "text/plain", "application/json"),
    ],
)
def test_the_type_of_an_answer(wap, names, accept, content_type, answered):
    answer = wap.user(names.liam, headers={"Accept": accept, "Content-Type": content_type})
    assert answer.headers["Content-Type"] == f"{answered}; charset=utf-8"


def test_lists_and_errors_in_xml(wap, names):
    page = wap.get("/users?take=2", headers={"Accept": "application/xml"}).xml
    items = page.find(f"{{{NAMESPACE}}}items")
    assert len(items) == 2 and page.find(f"{{{NAMESPACE}}}totalCount").text == "6"
    error = wap.user("nobody", headers={"Accept": "application/xml"})
    assert error.status == 404
    assert error.xml.find(f"{{{NAMESPACE}}}Code").text == "ResourceNotFound"


def test_error_documents(wap):
    assert list(wap.user("nobody").json) == ["Code", "Message", "Details"]
    assert wap.user("nobody").json["Details"] == []
    wap.control.set(azure_pack_refusal_details="null")
    assert wap.user("nobody").json["Details"] is None
    wap.control.set(azure_pack_refusal_details="absent")
    assert list(wap.user("nobody").json) == ["Code", "Message"]
