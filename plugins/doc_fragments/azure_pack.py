# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the connection options that all modules of Windows Azure Pack share."""

from __future__ import annotations


class ModuleDocFragment:
    """Used as C(tenantops.partner_center.azure_pack)."""

    DOCUMENTATION = r"""
options:
  endpoint:
    description:
      - The address of the Service Management API. A host, C(host:port), or a URL that starts with V(https://).
      - A host without a port means port 30004 for O(api=admin) and port 30005 for O(api=tenant). A URL without a port means 443.
      - If not set, the environment variable E(AZURE_PACK_ENDPOINT) is used.
    type: str
  api:
    description:
      - The API at O(endpoint). Both APIs manage single users. Only V(admin) lists all users.
      - It determines the default port and the audience of the token, C(http://azureservices/AdminSite) for V(admin) and
        C(http://azureservices/TenantSite) for V(tenant).
      - If not set, E(AZURE_PACK_API) is used.
    type: str
    choices: [admin, tenant]
    default: admin
  access_token:
    description:
      - A token (JWT), from C(Get-MgmtSvcToken) or M(tenantops.partner_center.azure_pack_access_token_info). It cannot be renewed.
      - It usually lasts 8 hours.
      - If not set, E(AZURE_PACK_ACCESS_TOKEN) is used.
    type: str
  principal_id:
    description:
      - The account for which requests are sent (C(x-ms-principal-id)), such as V(WAP01\\Administrator). The admin API writes it to its records.
        In the tenant API, it is the user of the request.
      - The default is the name in the token, or V(tenantops.partner_center) if it has none.
      - If not set, E(AZURE_PACK_PRINCIPAL_ID) is used.
      - M(tenantops.partner_center.azure_pack_access_token_info) does not use it; it signs in as O(ignore:username).
    type: str
  client_request_id:
    description:
      - The id of the task's requests in the service's logs. The time of each request is added to it (C(x-ms-client-request-id)).
      - A new GUID by default. If not set, E(AZURE_PACK_CLIENT_REQUEST_ID) is used.
    type: str
  client_session_id:
    description:
      - The id of all requests of a session (C(x-ms-client-session-id)).
      - A new GUID by default. If not set, E(AZURE_PACK_CLIENT_SESSION_ID) is used.
    type: str
  validate_certs:
    description:
      - Whether to check TLS certificates. Windows Azure Pack installs self-signed certificates. Set O(ca_path) instead of
        disabling the check.
      - If not set, E(AZURE_PACK_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A CA bundle (file or folder) to check TLS certificates with.
      - If not set, E(AZURE_PACK_CA_PATH) is used. Otherwise, the usual variables such as E(REQUESTS_CA_BUNDLE) apply.
      - If none of them sets a bundle and the Python library truststore is installed, the certificate store of the operating system is trusted, too.
    type: path
    aliases: [ca_cert]
  timeout:
    description:
      - Timeout of one request in seconds, from the connection to the last byte of the response, from 1 to 3600.
      - If not set, E(AZURE_PACK_TIMEOUT) is used.
    type: int
    default: 60
  max_wait:
    description:
      - Seconds that the whole task may spend waiting for retries of reads and for read-backs after lost responses, from 0 to 86400. Waiting for a deletion to
        finish has a separate option.
      - If not set, E(AZURE_PACK_MAX_WAIT) is used.
    type: int
    default: 120
  record_traffic:
    description:
      - A file that receives every request and its response, one JSON object per line, for a bug report.
      - Passwords are left out, and tokens are shown by their claims. Names, addresses, hosts, ids, plans and the messages of the service are replaced.
        Within one task, the same value always gets the same stand-in. Read the file before you send it.
      - The file has mode C(0600). If it already is a recording, new traffic is appended.
      - If not set, E(AZURE_PACK_RECORD_TRAFFIC) is used.
    type: path
    version_added: 0.3.0
notes:
  - Environment variables, files and Python libraries are those of the machine that runs the module. Run it on the control node
    (C(connection) local, or C(delegate_to) localhost).
  - Proxies are taken from E(HTTPS_PROXY) and E(NO_PROXY).
requirements:
  - python >= 3.11
  - requests >= 2.31
  - truststore >= 0.10.4 and urllib3 >= 2 (only to trust the store of the operating system)
seealso:
  - module: tenantops.partner_center.azure_pack_access_token_info
"""

    WAIT = r"""
options:
  wait:
    description:
      - Wait until a deletion is finished. The service accepts a deletion at once and carries it out later. Deleting virtual machines takes minutes.
      - With V(false), the task ends when the deletion is accepted, and does not report the user as deleted.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for each deletion, from 1 to 86400. After that, the task fails, and the deletion continues. To keep waiting, run the task again with
        O(ignore:expected) as in the message, so that a new user of the same name is not deleted.
    type: int
    default: 600
  wait_interval:
    description:
      - Seconds between two reads of a user during the deletion, from 1 to 3600. The first reads come sooner.
    type: int
    default: 5
"""
