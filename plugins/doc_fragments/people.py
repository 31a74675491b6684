# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """The same people in many customers."""

    DOCUMENTATION = r"""
options:
  people:
    description:
      - The same people in many customers, instead of O(users), alone or together with O(customers). See
        U(https://github.com/tenantops/partner_center/blob/main/docs/people.md).
      - Each person is a row at each customer. Only users that the declaration created, or that are in O(people.adopt), are changed. If another user has the
        name, the row fails with the reason V(not_made_by_this_declaration).
      - If a person is removed from the list, the user is deleted at the selected customers, if O(people.record_file) shows that the declaration created it.
        O(max_delete_total) applies to these deletions. The files in O(record_directory), which is required, can restore the users.
    type: dict
    version_added: 0.3.0
    suboptions:
      name:
        description: The name of the declaration. Its record has the same name; a record of another declaration is rejected.
        type: str
      record_file:
        description:
          - The record of the users that the declaration created, required. JSON lines, mode 0600, flushed to disk before and after each user is
            created. Only one run at a time can use it. Back it up. Without it, no user is deleted, and no user counts as created by the declaration.
        type: path
      defaults:
        description: Options for all people that do not set them.
        type: dict
        suboptions: &person
          user_principal_name:
            description:
              - Template of the sign-in name. C({local}) is the person, C({customer.default_domain}) the domain that Partner Center lists for the customer,
                C({customer.domain}) the same or, if that is a Microsoft domain, the customer's only custom domain.
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
          phone_number:
            description: The phone number.
            type: str
          force_change_password:
            description: Whether the user must change the password at the next sign-in.
            type: bool
          update_password:
            description: When a password is set.
            type: str
            choices: [on_create, always]
          state:
            description: V(absent) deletes the user, if O(people.record_file) shows that the declaration created it.
            type: str
            choices: [present, absent]
          on_deleted:
            description: What C(state=present) does if only soft-deleted users have the UPN.
            type: str
            choices: [fail, restore, create]
          allow_synced:
            description: Allow deleting, renaming and changing the names of a user that is synced from on-premises Active Directory.
            type: bool
          licenses:
            description:
              - The licenses that the user must have, each as the part number, the product name or the id of a SKU, or as a dictionary with C(sku)
                and C(excluded_plans). Or a dictionary of lists, with C(add) and C(remove), or with C(set). See
                O(tenantops.partner_center.customer_user#module:licenses).
            type: raw
          purge_licenses:
            description: Remove all licenses that are not in the list C(licenses).
            type: bool
          roles:
            description:
              - The directory roles that the user must have, by name or id. Or a dictionary of lists, with C(add) and C(remove), or with C(set). See
                O(tenantops.partner_center.customer_user#module:roles).
            type: raw
          purge_roles:
            description: Remove all directory roles that are not in the list C(roles).
            type: bool
          expires_at:
            description:
              - When the access of the person ends at all customers, in ISO 8601 with a time zone. See
                O(tenantops.partner_center.customer_user#module:expires_at). An entry of C(licenses) or C(roles) can have a separate end. Users who were
                adopted are not deleted.
            type: raw
          lasts:
            description: How long the grant lasts at each customer, from the first run that created the user there. Needs O(access_file).
            type: str
          granted_for:
            description: The reason for the grant, such as a ticket. With C(lasts), another value starts a new grant.
            type: str
          change_reference:
            description: The ticket for changes to the users. It wins over the one of the task.
            type: str
      people:
        description: The people.
        type: list
        elements: dict
        suboptions:
          local:
            description: The name of the person in the declaration and in its record; the value of C({local}).
            type: str
          <<: *person
          source:
            description: Where the person comes from. Only for messages and results.
            type: str
      customers:
        description: The customers.
        type: dict
        suboptions:
          all:
            description: All customers of the partner, except those that Partner Center lists with the relationship V(none).
            type: bool
          ids:
            description: Customers by their tenant id.
            type: list
            elements: str
          domains:
            description: Customers by the domain that Partner Center lists for them.
            type: list
            elements: str
          groups:
            description:
              - Groups of the inventory whose hosts are customers. A host has its customer's id in C(partner_center_customer_id), as hosts of the inventory
                plugin P(tenantops.partner_center.customers#inventory), or in C(customer_id).
            type: list
            elements: str
      except:
        description:
          - Exceptions at a customer, for one person or for all. An exception for a person at a customer wins over one for the customer, which wins over the
            person and O(people.defaults).
          - An exception for a customer that is not selected fails the task before the first write.
        type: list
        elements: dict
        suboptions:
          customer:
            description: The customer, by its id or by the domain that Partner Center lists for it.
            type: str
          person:
            description: C(local) of the person. If omitted, the exception applies to all people.
            type: str
          leave_out:
            description: Declares nothing there. Existing users are not changed.
            type: bool
          <<: *person
      adopt:
        description:
          - People whose users may already exist, each as C(local) for all customers, or as a dictionary with C(person) and C(customer). The
            declaration changes their users, but never deletes them.
        type: list
        elements: raw
      max_renames:
        description:
          - How many users may be renamed because the declaration has a different name for them than the record, across all customers. If there are
            more, none of these users is renamed or changed, and the task fails with the reason V(renames_not_approved).
        type: int
        default: 25
"""
