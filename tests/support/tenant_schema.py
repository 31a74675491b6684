"""Makes the JSON schema of a declaration from the argument spec and the documentation of customer_users.

``python -m support.tenant_schema`` (with ``tests`` on the path) writes it again.
"""

from __future__ import annotations

import ast
import json
import re
import typing as t

import yaml

from .documentation import ROOT

SCHEMA = ROOT / "docs" / "tenant.schema.json"
GUID = "^\\s*[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\s*$"
LICENSE: dict[str, t.Any] = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "sku": {"type": "string", "minLength": 1, "description": "Part number, product name or id."},
                "excluded_plans": {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1},
                    "description": "Service plans that are off.",
                },
            },
            "required": ["sku"],
        },
    ]
}
ROLE: dict[str, t.Any] = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {"name": {"type": "string", "minLength": 1, "description": "Name or id."}},
            "required": ["name"],
        },
    ]
}
"""A licence and a role, which the argument spec leaves open."""
NAMED: dict[str, dict[str, t.Any]] = {"licenses": LICENSE, "roles": ROLE}
SINGULAR = {"licenses": "license", "roles": "role"}
TYPES = {
    **dict.fromkeys(("raw", "str", "path"), "string"),
    "bool": "boolean",
    "list": "array",
    "dict": "object",
    "int": "integer",
}


RECORD_KEYS = {
    "format": {
        "description": "The kind of a record of the playbook offboard_user.",
        "const": "tenantops.partner_center record",
    },
    "version": {"description": "The version of a record.", "const": 1},
}
"""What a file has that brings users back; see record_kinds."""


def schema() -> dict[str, t.Any]:
    """The schema, for editors: draft 7 is what they know."""
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
        NOT_IN_DEFAULTS,
        ROW_SPEC,
    )
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.ends import END_SPEC
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.modules.customer_users import (
        SPEC,
    )

    spec = SPEC["customers"]["options"]
    options = _documentation()["options"]
    documented = options["customers"]["suboptions"]
    for name in ("purge", "purge_protected"):  # where the module only points to the option of the task
        documented[name] = documented[name] | {"description": options[name]["description"]}
    customer = {name: _option(name, option, documented[name]) for name, option in spec.items()}
    row = customer["users"]["items"]
    for item in (LICENSE, ROLE):
        item["anyOf"][1]["properties"].update({name: row["properties"][name] for name in END_SPEC})
    row["anyOf"] = [{"required": ["user_principal_name"]}, {"required": ["user_id"]}]
    customer["defaults"] = _object(
        {name: row["properties"][name] for name in ROW_SPEC if name not in NOT_IN_DEFAULTS}
    ) | {"description": customer["defaults"]["description"]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "One customer and its users, or the same people in many customers, as declared for tenantops.partner_center",
        **_object({**RECORD_KEYS, **customer, "people": _people(SPEC["people"])}),
        "oneOf": [
            {"required": ["customer_id", "users"], "not": _any_of("customer_domain", "people")},
            {"required": ["customer_domain", "users"], "not": _any_of("customer_id", "people")},
            {"required": ["people"], "not": _any_of("users", *spec)},
        ],
        "if": {"properties": {"purge": {"const": True}}, "required": ["purge"]},
        "then": {"required": ["purge_scope"]},
        "definitions": {SINGULAR[name]: item for name, item in NAMED.items()} | {name: _forms(name) for name in NAMED},
    }


def _any_of(*names: str) -> dict[str, t.Any]:
    return {"anyOf": [{"required": [name]} for name in names]}


def _people(option: dict[str, t.Any]) -> dict[str, t.Any]:
    """The same people in many customers."""
    documented = yaml.safe_load(_constants("doc_fragments/people.py")["DOCUMENTATION"])["options"]["people"]
    made = _option("people", option, documented)
    parts = made["properties"]
    made["required"] = ["name", "record_file", "people", "customers"]
    parts["people"] |= {"minItems": 1}
    parts["people"]["items"]["required"] = ["local"]
    parts["customers"] |= _any_of("all", "ids", "domains", "groups")
    parts["except"]["items"]["required"] = ["customer"]
    pair = _object({name: {"type": "string", "minLength": 1} for name in ("person", "customer")})
    parts["adopt"]["items"] = {
        "anyOf": [{"type": "string", "minLength": 1}, {**pair, "required": ["person", "customer"]}]
    }
    return made


def text() -> str:
    """The content of the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _documentation() -> dict[str, t.Any]:
    """What is documented about the options of customer_users, in the module and in the fragment for rows of users."""
    documented = yaml.safe_load(_constants("modules/customer_users.py")["DOCUMENTATION"])
    rows = yaml.safe_load(_constants("doc_fragments/user.py")["ROWS"])
    return {**documented, "options": {**documented["options"], **rows["options"]}}


def _constants(plugin: str) -> dict[str, str]:
    """The constants of a plugin, those of its class as well."""
    tree = ast.parse((ROOT / "plugins" / plugin).read_text(encoding="utf-8"))
    return {
        t.cast(ast.Name, node.targets[0]).id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


def _option(name: str, option: dict[str, t.Any], documented: dict[str, t.Any]) -> dict[str, t.Any]:
    from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import LIMITS

    made: dict[str, t.Any] = {"description": _words(documented["description"]), "type": TYPES[option["type"]]}
    if "choices" in option:
        made["enum"] = list(option["choices"])
    if "default" in option:
        made["default"] = option["default"]
    if name.endswith("_id") and name != "immutable_id":
        made["pattern"] = GUID
    if name == "usage_location":
        made["pattern"] = "^\\s*[A-Za-z]{2}\\s*$"
    elif name == "max_renames":
        made["minimum"] = 0
    elif name in LIMITS:
        made["minLength"] = 1
    if "options" in option:
        inner = _object(
            {key: _option(key, value, documented["suboptions"][key]) for key, value in option["options"].items()}
        )
        made |= {"items": inner} if option["type"] == "list" else inner
    elif name in NAMED:
        del made["type"]
        made["anyOf"] = [{"$ref": f"#/definitions/{name}"}]
    elif option["type"] == "list":
        made["items"] = {"type": TYPES[option["elements"]]} if option["elements"] in TYPES else {}
    return made


def _forms(name: str) -> dict[str, t.Any]:
    """Licences or roles: a list, or a dictionary, which says itself what is taken away; entries of ``remove`` are names
    alone."""
    entry = {"type": "array", "items": {"$ref": f"#/definitions/{SINGULAR[name]}"}}
    key = "sku" if name == "licenses" else "name"
    text = {"type": "string", "minLength": 1}
    alone = {"anyOf": [text, _object({key: text}) | {"required": [key]}]}
    remove = {"type": "array", "items": alone, "description": "What to remove; everything else stays."}
    add = {**entry, "description": "What to add; everything else stays."}
    forms = [
        entry,
        _object({"add": add, "remove": remove}) | {"minProperties": 1},
        _object({"set": {**entry, "description": "The complete list; everything else is removed."}})
        | {"required": ["set"]},
    ]
    return {"anyOf": forms}


def _object(properties: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _words(description: str | list[str]) -> str:
    """Without the markup of Ansible's documentation."""
    joined = " ".join([description] if isinstance(description, str) else description)
    joined = re.sub(r"\bO\([\w.]*\.(\w+)#module:([^)]*)\)", r"\2 of \1", joined)
    joined = re.sub(r"\bU\(([^)]*)\)", r"\1", joined)
    joined = re.sub(r"\b[MP]\(([^)]*\.)?([^).#]*)(#\w+)?\)", r"\2", joined)
    return re.sub(
        r"\b[OVCBI]\(([^)]*)\)", lambda match: match[1].rpartition(".")[2] if match[0][0] == "O" else match[1], joined
    )


def main() -> None:
    """Write the file."""
    import conftest  # makes the checkout importable as a collection

    assert conftest
    SCHEMA.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
