# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of what is declared about users: of one, and of the rows and purges of many."""

from __future__ import annotations


class ModuleDocFragment:
    """Used as C(tenantops.partner_center.user), the options of one user, and C(tenantops.partner_center.user.rows),
    those of many."""

    DOCUMENTATION = r"""
options:
  user_principal_name:
    description:
      - The sign-in name, C(user@domain). It is compared without regard to case, so a difference only in case is no change.
      - With O(user_id), it is the UPN that the user must have. With O(state=absent), it must match the id.
      - O(user_principal_name) or O(user_id) is required.
    type: str
  user_id:
    description:
      - The user's object id, a GUID. Reading a user by id takes one request. Reading by name takes one request per 500 users, up to the page with the user.
      - It selects one of several deleted users with the same UPN.
    type: str
  previous_user_principal_name:
    description:
      - The name before a rename. If this user exists and O(user_principal_name) does not, the user is renamed and keeps id, mailbox, roles
        and licenses. After the rename, the option has no effect. A rename never deletes and creates a user.
    type: str
  display_name:
    description:
      - The display name. Required to create a user.
    type: str
  first_name:
    description:
      - The given name.
    type: str
  last_name:
    description:
      - The surname.
    type: str
  usage_location:
    description:
      - The country where the user works, as an ISO 3166-1 alpha-2 code such as V(US). There is no default, because this is a legal statement. Required
        for licenses.
    type: str
  immutable_id:
    description:
      - The id that ties the user to on-premises Active Directory; only for users in a custom or federated domain.
    type: str
  phone_number:
    description:
      - The phone number.
    type: str
  password:
    description:
      - The password of a new user, or the one to set with O(update_password=always).
      - From 8 to 256 characters, including three of lower case, upper case, digits and symbols.
    type: str
  force_change_password:
    description:
      - Whether the user must change the password at the next sign-in. Takes effect only with a password.
    type: bool
  update_password:
    description:
      - With V(on_create), a password is only set when the user is created. An existing or restored user keeps the password.
      - With V(always), the password is set in every run, and every run reports changed, because a password cannot be read and compared.
    type: str
    choices: [on_create, always]
    default: on_create
  state:
    description:
      - V(present) means that the user exists, is active, and has the declared attributes.
      - V(absent) means that there is no active user. Attributes are ignored. The user can be restored for 30 days.
      - The last Global Administrator is never deleted. The directory roles are read before a deletion, which needs the
        directory role Directory Readers at the customer.
      - V(restored) is like V(present), but never creates a user. An active user stays, and a deleted user is restored.
    type: str
    choices: [present, absent, restored]
    default: present
  on_deleted:
    description:
      - What O(state=present) does if no active user has the UPN, but a soft-deleted user does.
      - V(fail) changes nothing; the message names the user, the days left to restore, and the options.
      - V(restore) restores the deleted user. If there are several, choose one with O(user_id).
      - V(create) creates a new user and gives up the restore.
    type: str
    choices: [fail, restore, create]
    default: fail
  allow_synced:
    description:
      - Allow deleting, renaming and changing the names of a user that is synced from on-premises Active Directory. Otherwise, this is
        rejected, because the next sync would undo it.
    type: bool
    default: false
  licenses:
    description:
      - The licenses that the user must have, each as the part number, the product name or the id of a SKU that the customer has subscribed to
        (a string), or as a dictionary with C(sku) and C(excluded_plans).
      - C(excluded_plans) are the service plans that are off, by name, display name or id. V([]) switches all plans on. If omitted, a
        new license has all plans on, and the plans of an existing license are not changed.
      - Licenses that are not listed stay, unless O(purge_licenses=true). Omitting the option, or V([]) alone, changes nothing.
      - Instead of a list, it can be a dictionary of lists. C(add) are licenses that the user must have, and C(remove) licenses that the user must
        not have, each by its name. All others stay. C(set) are all licenses that the user may have, like a list with O(purge_licenses=true).
      - C(set) is mutually exclusive with C(add) and C(remove), and so is the dictionary with O(purge_licenses=true).
      - The user needs a usage location, already set or declared with O(usage_location).
      - Partner Center may also restore the earlier licenses of a restored user. So check mode shows what the user needs without them,
        with C(before) V(null). The run reads the licenses after the restore, and writes only the difference.
      - The dictionary was added in version 0.3.0.
    type: raw
    version_added: 0.2.0
  purge_licenses:
    description:
      - Remove all licenses that are not in the list O(licenses). With O(licenses=[]), all licenses are removed.
    type: bool
    default: false
    version_added: 0.2.0
  roles:
    description:
      - The directory roles that the user must have, by name or id. Older role names work as well. For example, V(Company Administrator)
        is V(Global Administrator).
      - Roles that are not listed stay, unless O(purge_roles=true). Omitting the option, or V([]) alone, changes nothing.
      - An entry can be a dictionary with C(name), and O(expires_at), O(lasts) and O(granted_for) for this role alone.
      - Instead of a list, it can be a dictionary of lists. C(add) are roles that the user must have, and C(remove) roles that the user must not
        have. All others stay. C(set) are all roles that the user may have, like a list with O(purge_roles=true).
      - C(set) is mutually exclusive with C(add) and C(remove), and so is the dictionary with O(purge_roles=true).
      - The dictionary was added in version 0.3.0.
    type: raw
    version_added: 0.2.0
  purge_roles:
    description:
      - Remove all directory roles that are not in the list O(roles). With O(roles=[]), all roles are removed.
      - Never removes the role of the last Global Administrator, or a role of the signed-in account. The same applies to O(roles) as a dictionary.
    type: bool
    default: false
    version_added: 0.2.0
  expires_at:
    description:
      - When the access of the user ends, in ISO 8601 with a time zone, such as V(2026-12-31T18:00:00Z). From then on, the user is V(absent).
      - An entry of O(licenses) or O(roles) can have a separate end.
    type: raw
    version_added: 0.3.0
  lasts:
    description:
      - How long the grant lasts, such as V(2h), V(30d) or V(PT2H), from the first run that granted it. With O(expires_at), the
        earlier end applies. V(m) means minutes.
    type: str
    version_added: 0.3.0
  granted_for:
    description:
      - The reason for the grant, such as a ticket. With O(lasts), another value starts a new grant; a grant that has ended is not renewed for the same value.
    type: str
    version_added: 0.3.0
"""

    ROWS = r"""
options:
  users:
    description:
      - The users of the customer in O(customer_id) or O(customer_domain), one row each. The options of a row are those of
        M(tenantops.partner_center.customer_user).
    type: list
    elements: dict
    suboptions: &row
      user_principal_name:
        description: The sign-in name.
        type: str
      user_id:
        description: The object id.
        type: str
      previous_user_principal_name:
        description: The name before a rename. Chains and swaps of names within one run are rejected.
        type: str
      display_name:
        description: The display name.
        type: str
      first_name:
        description: The given name.
        type: str
      last_name:
        description: The surname.
        type: str
      usage_location:
        description: The country where the user works, as an ISO 3166-1 alpha-2 code. Put V("NO") in quotes.
        type: str
      immutable_id:
        description: The id that ties the user to on-premises Active Directory.
        type: str
      phone_number:
        description: The phone number.
        type: str
      password:
        description: The password of a new user, or the one to set with C(update_password=always).
        type: str
      force_change_password:
        description: Whether the user must change the password at the next sign-in.
        type: bool
      update_password:
        description: When a password is set.
        type: str
        choices: [on_create, always]
        default: on_create
      state:
        description: The desired state of the user.
        type: str
        choices: [present, absent, restored]
        default: present
      on_deleted:
        description: What C(state=present) does if only soft-deleted users have the UPN.
        type: str
        choices: [fail, restore, create]
        default: fail
      allow_synced:
        description: Allow deleting, renaming and changing the names of a user that is synced from on-premises Active Directory.
        type: bool
        default: false
      licenses:
        description:
          - The licenses that the user must have, each as the part number, the product name or the id of a SKU, or as a dictionary with C(sku),
            C(excluded_plans) and an end. Or a dictionary of lists, with C(add) and C(remove), or with C(set). See
            O(tenantops.partner_center.customer_user#module:licenses).
        type: raw
        version_added: 0.2.0
      purge_licenses:
        description: Remove all licenses that are not in the list C(licenses).
        type: bool
        default: false
        version_added: 0.2.0
      roles:
        description:
          - The directory roles that the user must have, by name or id, or as a dictionary with C(name) and an end. Or a dictionary of
            lists, with C(add) and C(remove), or with C(set). See O(tenantops.partner_center.customer_user#module:roles).
        type: raw
        version_added: 0.2.0
      purge_roles:
        description: Remove all directory roles that are not in the list C(roles).
        type: bool
        default: false
        version_added: 0.2.0
      expires_at:
        description:
          - When the access of the user ends, in ISO 8601 with a time zone, such as V(2026-12-31T18:00:00Z). From then on, the user is C(state=absent).
          - An entry of C(licenses) or C(roles) can have a separate end.
        type: raw
        version_added: 0.3.0
      lasts:
        description:
          - How long the grant lasts, such as V(2h), V(30d) or V(PT2H), from the first run that granted it. With C(expires_at), the
            earlier end applies. V(m) means minutes.
        type: str
        version_added: 0.3.0
      granted_for:
        description:
          - The reason for the grant, such as a ticket. With C(lasts), another value starts a new grant; a grant that has ended is not renewed for the
            same value.
        type: str
        version_added: 0.3.0
      change_reference:
        description: The ticket, the change or the pull request for changes to the user. It wins over the one of the task.
        type: str
        version_added: 0.3.0
      source:
        description: Where the row comes from, such as V(users.csv:17). Only for messages and results.
        type: str
  defaults: &defaults
    description:
      - Options for all rows that do not set them. Names, ids and passwords are not allowed here.
    type: dict
  customers:
    description:
      - Many customers, each with its own rows. Mutually exclusive with O(customer_id), O(customer_domain) and O(users).
    type: list
    elements: dict
    suboptions:
      customer_id:
        description: The customer's tenant id.
        type: str
      customer_domain:
        description: The customer's domain as Partner Center lists it.
        type: str
      users:
        description: The users of this customer.
        type: list
        elements: dict
        suboptions: *row
      defaults: *defaults
      purge:
        description: Like O(purge), for this customer.
        type: bool
      purge_scope: &scope
        description:
          - The users in scope of a purge. Required, because a purge never means all users. A user must match every key that is set.
        type: dict
        suboptions:
          domains:
            description: Users in these domains. Patterns belong in C(user_principal_names).
            type: list
            elements: str
          user_principal_names:
            description: Users whose name matches one of these patterns (V(*), V(?), V([seq]), regardless of case).
            type: list
            elements: str
      purge_protected: &protected
        description:
          - Patterns of names that are never purged. Those of a customer are added to those of the task.
          - Obvious mistakes are rejected, such as a list inside a string, quotes, and a pattern that no user principal name matches. A pattern
            that matches no user is a warning.
        type: list
        elements: str
  purge:
    description:
      - Delete active users in O(purge_scope) that no row declares. Deleted users can be restored for 30 days.
      - Never deletes directory-synced users, guests, the signed-in account, users with privileged directory roles (those that Microsoft
        labels privileged, such as Global Administrator), or users that match O(purge_protected).
      - A purge is last, and happens only if every row of the customer is as declared and the listing is complete.
    type: bool
    default: false
  purge_scope: *scope
  purge_protected: *protected
"""
