# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The customers of a partner as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: customers
author: tenantops contributors (@tenantops)
version_added: 0.2.0
short_description: The customers of a Partner Center partner as hosts
description:
  - Creates a host for each customer of the partner, in the group C(customers), so that a play with C(hosts=customers) runs once for
    each customer.
  - The name of the inventory file must end in C(customers.yml), C(customers.yaml), C(partner_center.yml) or C(partner_center.yaml).
  - Each host has the variables C(partner_center_customer_id), C(partner_center_customer_domain), C(partner_center_customer_name) and
    C(partner_center_customer_relationship). A value that the service does not return is V(null).
  - A customer is not a machine, so the group sets C(ansible_connection) to V(local) and C(ansible_python_interpreter) to the Python that runs
    the playbook, so that modules run on the control node.
  - All pages of the listing must be read. Otherwise, there is no inventory.
  - Names of customers are data and never evaluated as templates, because customers choose them. Characters that are not allowed in the
    name of a group become underscores, regardless of C(force_valid_group_names).
  - App-only sign-in (O(auth_method=client_credentials)) is enough to list customers, as for M(tenantops.partner_center.customer_info).
extends_documentation_fragment:
  - tenantops.partner_center.sign_in
  - tenantops.partner_center.sign_in.plugins
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [tenantops.partner_center.customers]
  hostnames:
    description:
      - The names of hosts, in order of preference. V(domain) is the customer's domain as Partner Center lists it, in lower case.
        V(name) is the company name, in lower case, with hyphens instead of all characters except digits and letters without accents.
      - A name that more than one customer could get is used for none of them, with a warning. These customers get the next kind of name, and finally
        their id. So the names depend neither on the order of the listing nor on the filters.
    type: list
    elements: str
    choices: [domain, id, name]
    default: [domain, id]
  customer_ids:
    description: Only these customers. An id that no customer has is reported with a warning.
    type: list
    elements: str
  domains:
    description:
      - Only customers whose domain in Partner Center matches one of these patterns (C(*), C(?), C([...])), regardless of case.
      - A customer must match every filter that is set. A filter must not be empty.
    type: list
    elements: str
  names:
    description: Only customers whose company name matches one of these patterns, regardless of case.
    type: list
    elements: str
  relationships:
    description: Only customers whose relationship to the partner matches one of these patterns, such as V(reseller).
    type: list
    elements: str
  exclude_customer_ids:
    description:
      - Excludes these customers. Exclusions take precedence over filters.
      - If the service does not return the value that an exclusion needs, the customer is excluded, with a warning. Another warning lists patterns of any
        option that match no customer.
    type: list
    elements: str
  exclude_domains:
    description: Excludes customers whose domain matches one of these patterns.
    type: list
    elements: str
  exclude_names:
    description: Excludes customers whose company name matches one of these patterns.
    type: list
    elements: str
  exclude_relationships:
    description: Excludes customers whose relationship to the partner matches one of these patterns.
    type: list
    elements: str
notes:
  - Sign-in options with a string or a path may be templates, with extra variables and lookups, and may be encrypted with
    Ansible Vault. In C(ansible.cfg), they are in the section C(partner_center).
  - The cache has the id, domain, name and relationship of all customers, for this file, partner and API. It has no secrets. The filters also
    apply to cached customers. With an O(access_token) that does not name its account, nothing is cached.
  - A key that this plugin does not know is rejected, because it is probably a misspelled filter.
  - Keep secrets out of the file, or in C(!vault) values. If the file is not YAML, ansible-core before 2.19 prints lines of it.
  - Without C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED), Ansible only warns about a rejected inventory, and a play with C(hosts=customers) has no
    hosts and succeeds.
seealso:
  - module: tenantops.partner_center.customer_info
  - module: tenantops.partner_center.customer_users
"""

EXAMPLES = r"""
---
# This line alone returns all customers; the sign-in then comes from the environment (PARTNER_CENTER_*).
plugin: tenantops.partner_center.customers
# Some customers, in groups, with the secrets of a vault (ansible-playbook -e @vault.yml):
tenant_id: 5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10
client_id: 0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01
client_secret: "{{ vault_partner_center_client_secret }}"
refresh_token: "{{ vault_partner_center_refresh_token }}"
relationships: [reseller]
exclude_domains: ["*.test.example", "sandbox*"]
groups:
  pharma: "'pharma' in partner_center_customer_name | lower"
keyed_groups:
  - key: partner_center_customer_relationship
    prefix: relationship
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/partner-center-inventory
cache_timeout: 3600
"""

import hashlib
import os
import typing as t
from dataclasses import replace

from ansible import constants as C
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ..module_utils._common import http, paths
from ..module_utils._common.errors import CollectionError, Defect, OptionError
from ..module_utils._common.identifiers import guid_key, is_guid
from ..module_utils._common.libraries import missing
from ..module_utils._common.module import option_problems
from ..module_utils._common.option_secrets import register
from ..module_utils._common.plausible import kind_of, leftovers, text_problems
from ..module_utils._common.problem import Problem
from ..module_utils._common.secrets import Secrets
from ..module_utils._common.text import shown
from ..module_utils._common.token_claims import read_claims
from ..module_utils._entra import settings as options
from ..module_utils._partner_center.model.users import Customer
from ..module_utils._partner_center.places import places
from ..module_utils._partner_center.session import connect
from ..plugin_utils.declarations.yaml_bounds import too_large
from ..plugin_utils.inventory.hosts import FILTERS, GROUP, host_names, preference, selection
from ..plugin_utils.running.trust import trusted, untrusted

ENDINGS = tuple(f"{name}.{ending}" for name in ("customers", "partner_center") for ending in ("yml", "yaml"))
FIELDS = ("id", "domain", "name", "relationship")
VARIABLE = "partner_center_customer_"
OWN_VARIABLE = "partner_center_"


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """The plugin."""

    NAME = "tenantops.partner_center.customers"

    @staticmethod
    def _sanitize_group_name(name: str) -> str:
        """A group name without anything that could be a template or a pattern; a setting of Ansible must not switch
        that off here."""
        return t.cast(str, to_safe_group_name(name, force=True, silent=True))

    def verify_file(self, path: str) -> bool:
        """Whether the name of the file says that it is for this plugin."""
        if super().verify_file(path) and str(path).endswith(ENDINGS):
            return True
        self.display.vvv(f"{path} is not for {self.NAME}: its name does not end in {', '.join(ENDINGS)}")
        return False

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Read the customers and make hosts of them.

        :raises AnsibleParserError: whatever goes wrong; its text holds no secret.
        """
        super().parse(inventory, loader, path, cache)
        secrets = Secrets()
        try:
            self._parse(path, cache, secrets)
        except CollectionError as exc:
            raise AnsibleParserError(secrets.scrub(exc.message)) from None
        except AnsibleError as exc:
            raise AnsibleParserError(secrets.scrub(str(exc))) from None
        except Exception as exc:  # its text could hold anything
            raise AnsibleParserError(Defect(exc).message) from None

    def _parse(self, path: str, cache: bool, secrets: Secrets) -> None:
        config = self._configuration(path)
        settings, chosen, preferred = self._resolved(config, secrets)
        account = _account(settings)
        key = f"{self.get_cache_key(path)}_{account}"
        keep = self.get_option("cache") and account is not None
        customers = self._cached(key) if keep and cache else None
        if customers is None:
            customers = _unique(_listing(settings, secrets))
            if keep:
                self._cache[key] = [{name: getattr(customer, name) for name in FIELDS} for customer in customers]
        names, collisions = host_names(customers, preferred)
        for sentence in collisions:
            self.display.warning(secrets.scrub(sentence))
        for unseen in chosen.missing(customers):
            self.display.warning(f"customer_ids: no customer has the id {unseen}.")
        for name, pattern in chosen.unmatched(customers):
            self.display.warning(f"{name}: {shown(pattern)} matches no customer.")
        for customer in customers:
            for name in chosen.doubtful(customer):
                self.display.warning(
                    f"{name}: the service returned it without details for customer {customer.id}; skipped."
                )
        self._populate([(names[customer.id], customer) for customer in customers if chosen.takes(customer)])

    def _configuration(self, path: str) -> t.Mapping[str, t.Any]:
        """What the file says. :raises AnsibleParserError: also for keys that would be ignored."""
        # Ansible would make a number or a choice even of a variable that is empty; for all of this collection such a
        # variable is not set.
        for name in options.ARGUMENT_SPEC:
            if os.environ.get(options.variable(name)) == "":
                del os.environ[options.variable(name)]
        if not os.path.isfile(path):
            raise AnsibleParserError(f"{path} is a pipe, a folder or a device, not a file.")
        reason = _too_large(path)
        if reason:
            raise AnsibleParserError(f"Nothing was sent. {path} {reason}.")
        config: dict[str, t.Any] = self._read_config_data(path)
        definitions = C.config.get_configuration_definitions("inventory", self._load_name)
        known = {
            name for option, definition in definitions.items() for name in (option, *definition.get("aliases", ()))
        }
        unknown = sorted(str(name) for name in config if name not in known)
        if unknown:
            raise AnsibleParserError(f"{', '.join(unknown)}: this plugin has no such option. Nothing was sent.")
        return config

    def _resolved(
        self, config: t.Mapping[str, t.Any], secrets: Secrets
    ) -> tuple[options.Settings, t.Any, tuple[str, ...]]:
        """Sign-in, filters and kinds of names. :raises OptionError: with everything that is wrong with them."""
        params: dict[str, t.Any] = {}
        problems: list[str] = [problem for name in config for problem in leftovers(str(name), config[name])]
        explicit: set[str] = set()
        environ = dict(os.environ)
        for name, definition in options.ARGUMENT_SPEC.items():
            params[name] = definition.get("default")
            given = [config[key] for key in (name, *definition.get("aliases", ())) if config.get(key) is not None]
            value = given[0] if given else self._vars.get(OWN_VARIABLE + name)
            if value is not None:
                explicit.add(name)
                params[name], found = self._evaluated(name, value, definition)
                problems += found
                continue
            value, origin = C.config.get_config_value_and_origin(
                name, plugin_type="inventory", plugin_name=self._load_name
            )
            if value is not None and origin != "default" and not str(origin).startswith("env: "):
                # What ansible.cfg says stands behind the collection's own variable and before those of Azure.
                environ.setdefault(options.variable(name), str(value))
        register(secrets, params, options.ARGUMENT_SPEC, environ, options.VARIABLES)
        settings = option_problems(lambda: options.resolve(params, explicit, environ), problems)
        problems += paths.problems(places(params, settings))
        chosen, wrong = selection({name: config[name] for name in FILTERS if name in config})
        problems += wrong
        preferred, wrong = preference(self.get_option("hostnames"))
        problems += wrong
        if problems:
            raise OptionError(problems)
        for warning in settings.warnings:
            self.display.warning(warning)
        return replace(settings, notify=self.display.warning), chosen, preferred

    def _evaluated(self, name: str, value: t.Any, definition: t.Mapping[str, t.Any]) -> tuple[t.Any, list[Problem]]:
        """A value of the file or of an extra variable: templates evaluated, vaults opened, paths expanded as in a
        module; and what is wrong with it."""
        if definition["type"] not in ("str", "path"):
            return value, []
        self.templar.available_variables = self._vars
        made = self.templar.template(value)
        text = "" if made is None else str(made)
        kind = kind_of(name, definition, {})
        # What omit itself becomes is a text in one version of ansible-core and an object in another.
        problems = text_problems(name, made, kind) or text_problems(name, text, kind)
        return os.path.expanduser(os.path.expandvars(text)) if definition["type"] == "path" else text, problems

    def _cached(self, key: str) -> list[Customer] | None:
        """The customers of the cache, or None if there are none, or anything about them is not as it was written.

        A list of nobody counts as none: a play over nobody would end with success, and asking costs a request.
        """
        try:
            records = list(self._cache[key])
            if records and all(map(_sound, records)):
                return [
                    Customer(**{**{name: record[name] for name in FIELDS}, "id": guid_key(record["id"])})
                    for record in records
                ]
        except KeyError:
            return None
        except Exception:  # of a file that was cut off, every plugin for caches raises something else
            pass
        self.display.warning("The cache of the inventory is empty or damaged; the customers are read again.")
        return None

    def _populate(self, hosts: list[tuple[str, Customer]]) -> None:
        self.inventory.add_group(GROUP)
        self.inventory.set_variable(GROUP, "ansible_connection", "local")
        # A template, because the inventory may be read on another machine than the play runs on.
        self.inventory.set_variable(GROUP, "ansible_python_interpreter", trusted("{{ ansible_playbook_python }}"))
        strict = self.get_option("strict")
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        for name, customer in sorted(hosts, key=lambda host: host[0]):
            self.inventory.add_host(name, group=GROUP)
            variables = {VARIABLE + field: untrusted(getattr(customer, field)) for field in FIELDS}
            host = self.inventory.hosts[name]
            for variable, value in variables.items():
                # Past the inventory, which looks for templates and places in each value: these are neither.
                host.set_variable(variable, value)
            if compose:
                self._set_composite_vars(compose, variables, name, strict=strict)
            if groups:
                self._add_host_to_composed_groups(groups, variables, name, strict=strict)
            if keyed:
                self._add_host_to_keyed_groups(keyed, variables, name, strict=strict)


def _listing(settings: options.Settings, secrets: Secrets) -> t.Iterator[Customer]:
    """All customers, from the service. :raises CollectionError:"""
    if http.REQUESTS_IMPORT_ERROR:
        raise CollectionError(
            "Python libraries are missing on the machine that reads the inventory: "
            f"{', '.join(missing(('msal',), 'requests'))}.",
            advice="Install them there.",
            reason="missing_library",
        )
    session = connect(settings, secrets, operation="Reading customers", read_only=True, app_only_allowed=True)
    yield from session.customers()


def _too_large(path: str) -> str | None:
    """Why the file is not to be read. One that is encrypted, or is no file, is left to Ansible."""
    try:
        with open(path, encoding="utf-8") as handle:
            return too_large(handle.read())
    except (OSError, UnicodeDecodeError):
        return None


def _unique(customers: t.Iterable[Customer]) -> list[Customer]:
    """Each customer once, even if a page repeated one because somebody was added meanwhile."""
    return list({customer.id: customer for customer in customers}.values())


def _sound(record: t.Mapping[str, t.Any]) -> bool:
    return is_guid(record["id"]) and all(record[name] is None or isinstance(record[name], str) for name in FIELDS)


def _account(settings: options.Settings) -> str | None:
    """Whose customers they are, as part of a key that is made of nothing secret; None if a token of somebody else could
    not be told apart."""
    tenant = settings.tenant_id
    if settings.access_token is not None:
        tenant = read_claims(settings.access_token.reveal()).get("tid")
    if not tenant:
        return None
    return hashlib.sha256("\n".join((settings.cloud.name, settings.api_url, guid_key(tenant))).encode()).hexdigest()[
        :16
    ]
