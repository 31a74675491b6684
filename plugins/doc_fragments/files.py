# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """Files of the control node that a task with many rows reads and writes."""

    DOCUMENTATION = r"""
options:
  declarations:
    description:
      - Files and folders with declarations, instead of O(users) and O(customers). YAML files are those of the lookup
        P(tenantops.partner_center.declarations#lookup), files that end in C(.csv) those of P(tenantops.partner_center.portal_csv#lookup).
      - They are read on the control node, and found like the files of lookups. Every message has the file and the line. If one of them has a
        problem, nothing is sent.
      - A YAML file includes its customer. If the task sets a customer, it must be the same; otherwise the task fails. For a CSV file, set
        the customer in the task.
    type: list
    elements: path
    version_added: 0.3.0
  records:
    description:
      - Like O(declarations), but only with files that restore users. These are records of an offboarding, files in O(record_directory), and
        undo files of a purge. The users of a customer can be in several files.
    type: list
    elements: path
    version_added: 0.3.0
  portal_csv:
    description:
      - For the CSV files in O(declarations), the options of the lookup P(tenantops.partner_center.portal_csv#lookup), such as C(extra_columns) and
        C(encoding).
    type: dict
    version_added: 0.3.0
  record_directory:
    description:
      - Folder that receives the licenses and roles of users who are declared V(absent), before they are deleted. A file for each customer, in the format of
        O(undo_file), is written and flushed to disk before the first write to the customer. If that fails, nothing is written to the customer.
      - Later runs add to it. If a user is deleted again, the last state counts. If a user is not deleted after all, the entry is removed.
      - The folder is created with mode 0700 if its parent folder exists. To restore users, use O(records).
      - Takes two reads for each user who is deleted. In check mode and with O(mode=plan), nothing is written.
    type: path
    version_added: 0.3.0
  report:
    description:
      - Files on the control node that receive a report of all rows. The file extension sets the format, C(.json), C(.md) or C(.html).
      - A file is not rewritten if its content is the same, and only a report is overwritten. Mode 0600. In check mode, no report is written. With
        O(mode=plan), it is written.
    type: list
    elements: path
    version_added: 0.3.0
  report_title:
    description: The heading of O(report).
    type: str
    version_added: 0.3.0
  report_template:
    description: Template for pages in O(report), as in P(tenantops.partner_center.to_report#filter).
    type: path
    version_added: 0.3.0
  report_logo:
    description: Image for pages in O(report), as in P(tenantops.partner_center.to_report#filter).
    type: path
    version_added: 0.3.0
  report_accent:
    description: Color for pages in O(report), as in P(tenantops.partner_center.to_report#filter).
    type: str
    version_added: 0.3.0
  summary_file:
    description:
      - File on the control node that receives the outcome as JSON, for a pipeline. C(status) is V(unchanged), V(changed), V(would_change) or
        V(failed), with C(message), C(reason) and the counts. Mode 0600.
      - The file of an earlier run is removed at the start. In check mode, nothing is written or removed.
    type: path
    version_added: 0.3.0
  progress_file:
    description:
      - File for counts during the run (JSON, replaced every second). Without it, and if the module runs on the control node,
        lines with the counts are printed, the first after 5 seconds and then every 15 seconds.
    type: path
  return_rows:
    description:
      - Which rows are in RV(rows) and RV(purged), and which of their writes in RV(operations). V(changed) are rows that changed or differ from their
        declaration. V(problems) are rows that are V(failed), V(skipped) or V(unknown).
      - With V(problems), RV(customers) has only customers with such rows or a message. With V(none), it is empty.
      - Counts, messages and O(report) always cover all rows.
    type: str
    choices: [all, changed, problems, none]
    default: all
    version_added: 0.3.0
"""
