# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the sign-in and connection options that all Partner Center modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Used as C(tenantops.partner_center.sign_in), and C(.plugins) in addition for plugins."""

    DOCUMENTATION = r"""
options:
  auth_method:
    description:
      - How to get an access token.
      - With V(auto), O(access_token) is used if it is set, otherwise O(refresh_token) or O(refresh_token_file). Task options
        take precedence over environment variables. App-only sign-in must be selected explicitly.
      - V(refresh_token) is the usual method (App+User, the Secure Application Model). Partner Center requires it for all operations on
        users.
      - V(client_credentials) is app-only; only M(tenantops.partner_center.customer_info) and
        M(tenantops.partner_center.access_token_info) accept it.
      - If not set, the environment variable E(PARTNER_CENTER_AUTH_METHOD) is used.
    type: str
    choices: [auto, refresh_token, access_token, client_credentials]
    default: auto
  tenant_id:
    description:
      - The partner's own tenant (not the customer's), as a GUID or a domain.
      - If not set, E(PARTNER_CENTER_TENANT_ID), E(AZURE_TENANT_ID) or E(AZURE_TENANT) is used.
    type: str
  client_id:
    description:
      - Application (client) id of the registered application, a GUID.
      - If not set, E(PARTNER_CENTER_CLIENT_ID) or E(AZURE_CLIENT_ID) is used.
    type: str
    aliases: [application_id]
  client_secret:
    description:
      - The application's client secret. Prefer a certificate.
      - If not set, E(PARTNER_CENTER_CLIENT_SECRET) is used; E(AZURE_CLIENT_SECRET) or E(AZURE_SECRET) only if the client id comes
        from E(AZURE_CLIENT_ID), because a refresh token is bound to its own application.
    type: str
    aliases: [secret]
  client_certificate_path:
    description:
      - The application's certificate with its private key, as PFX (PKCS#12) or PEM.
      - In a PEM file, only the blocks are read, in any order. The certificate that belongs to the key is used, and the others are its chain.
      - Within a task, mutually exclusive with the other kinds of client credential. If several environment variables are set, the certificate is used.
      - If not set, E(PARTNER_CENTER_CLIENT_CERTIFICATE_PATH) is used; E(AZURE_CLIENT_CERTIFICATE_PATH) or
        E(AZURE_X509_CERTIFICATE_PATH) only if the client id comes from E(AZURE_CLIENT_ID).
    type: path
    aliases: [x509_certificate_path]
  client_certificate_password:
    description:
      - Password of the certificate file.
      - If not set, E(PARTNER_CENTER_CLIENT_CERTIFICATE_PASSWORD) is used; E(AZURE_CLIENT_CERTIFICATE_PASSWORD) only if the client id
        comes from E(AZURE_CLIENT_ID).
    type: str
  client_certificate_send_chain:
    description:
      - Also send the certificate (header C(x5c)), for applications that trust by subject name and issuer.
      - If not set, E(PARTNER_CENTER_CLIENT_CERTIFICATE_SEND_CHAIN) is used; E(AZURE_CLIENT_SEND_CERTIFICATE_CHAIN) only if the client
        id comes from E(AZURE_CLIENT_ID).
    type: bool
    default: false
  client_assertion:
    description:
      - A token of a pipeline or a cluster that replaces the application's credential (a federated credential, no stored secret). Within a task,
        mutually exclusive with the other kinds of client credential.
      - GitLab provides it in the variable that C(id_tokens) of the job sets.
      - In a job of GitHub Actions with the permission C(id-token) V(write), and without any other client credential, the job's token is
        fetched from E(ACTIONS_ID_TOKEN_REQUEST_URL) each time it is needed.
      - If not set, E(PARTNER_CENTER_CLIENT_ASSERTION) is used.
    type: str
    version_added: 0.2.0
  client_assertion_file:
    description:
      - File with such a token, read each time one is needed. In Kubernetes it is the projected token of the service account.
      - If not set, E(PARTNER_CENTER_CLIENT_ASSERTION_FILE) is used; E(AZURE_FEDERATED_TOKEN_FILE) only if the client id comes from
        E(AZURE_CLIENT_ID).
    type: path
    version_added: 0.2.0
  refresh_token:
    description:
      - Refresh token that the service account obtained interactively, with MFA. It gives access to all customers, so keep it in a vault.
      - If not set, E(PARTNER_CENTER_REFRESH_TOKEN) is used.
    type: str
  refresh_token_file:
    description:
      - File that contains only the refresh token. Mutually exclusive with O(refresh_token) within a task.
      - If not set, E(PARTNER_CENTER_REFRESH_TOKEN_FILE) is used.
    type: path
  rotate_after:
    description:
      - Rotate the token in O(refresh_token_file) when it is this many days old, from 1 to 89. The new one replaces it atomically; the old
        one stays next to it, with the suffix C(.previous), until the new one has worked once. The file with the suffix C(.state) holds dates, but no secret.
      - A token expires 90 days after its issue, even if it is used every day. The task warns from day 60 on.
      - Tokens are also rotated in check mode, because this does not change what is managed.
      - If not set, E(PARTNER_CENTER_ROTATE_AFTER) is used. By default, a token is not rotated.
    type: int
    version_added: 0.2.0
  access_token:
    description:
      - An existing access token, for example from M(tenantops.partner_center.access_token_info). It cannot be renewed.
      - If not set, E(PARTNER_CENTER_ACCESS_TOKEN) is used.
    type: str
  cloud_environment:
    description:
      - The cloud of the partner's tenant. It determines the sign-in host, the API host, the token's audience, and the operations that are
        rejected because the cloud does not offer them.
      - If not set, E(PARTNER_CENTER_CLOUD_ENVIRONMENT) or E(AZURE_CLOUD_ENVIRONMENT) is used.
    type: str
    choices: [AzureCloud, AzureChinaCloud, AzureUSGovernment]
    default: AzureCloud
  authority_host:
    description:
      - URL of the sign-in host, without the tenant. The default follows from O(cloud_environment).
      - If not set, E(PARTNER_CENTER_AUTHORITY_HOST) or E(AZURE_AUTHORITY_HOST) is used.
    type: str
  api_url:
    description:
      - URL of the API, without C(/v1). The default follows from O(cloud_environment).
      - If not set, E(PARTNER_CENTER_API_URL) is used.
    type: str
    aliases: [base_url]
  validate_certs:
    description:
      - Whether to check TLS certificates. Set O(ca_path) instead of disabling the check.
      - If not set, E(PARTNER_CENTER_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A CA bundle (file or folder) to check TLS certificates with, for both hosts.
      - If not set, E(PARTNER_CENTER_CA_PATH) is used. Otherwise, the usual variables such as E(REQUESTS_CA_BUNDLE) apply.
      - If none of them sets a bundle and the Python library truststore is installed, the certificate store of the operating system is trusted, too.
    type: path
    aliases: [ca_cert]
  timeout:
    description:
      - Timeout of one request in seconds, from the connection to the last byte of the response, from 1 to 3600.
      - If not set, E(PARTNER_CENTER_TIMEOUT) is used.
      - If neither is set, the timeout is 120 seconds for a write to Partner Center, and the default for all other requests.
    type: int
    default: 60
  max_wait:
    description:
      - Seconds that the whole task may spend waiting for throttling, retries and read-backs, from 0 to 86400.
      - In M(tenantops.partner_center.customer_users) each customer has its own budget, so one customer cannot use up the time of the others.
        If every customer gets only rejections for three times as long, the run starts no further customer.
      - If not set, E(PARTNER_CENTER_MAX_WAIT) is used.
    type: int
    default: 120
  token_cache:
    description:
      - Keep the access token in a file (mode 0600) between tasks, so that only the first task signs in. The file contains no refresh token
        and no client credential. By default, the modules write no access token to disk.
      - If the file cannot be written, or others can write to the folder, the task warns, and each task signs in.
      - If not set, E(PARTNER_CENTER_TOKEN_CACHE) is used.
    type: bool
    default: false
  token_cache_path:
    description:
      - Folder of the token cache. The default is C(ansible-partner-center) below E(XDG_RUNTIME_DIR) or below C(~/.cache).
      - If not set, E(PARTNER_CENTER_TOKEN_CACHE_PATH) is used.
    type: path
  record_traffic:
    description:
      - A file that receives every request to Partner Center and to the sign-in host, and its response, one JSON object per line, for a bug report.
      - Passwords, secrets, assertions and codes are left out. Tokens are shown by their claims. Ids, names, domains and hosts are replaced. Within
        one task, the same value always gets the same stand-in. Products and roles are kept. Read the file before you send it.
      - The file has mode C(0600). If it already is a recording, new traffic is appended.
      - If not set, E(PARTNER_CENTER_RECORD_TRAFFIC) is used.
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
  - msal >= 1.30 (not needed with O(access_token), or when the token cache has a token)
  - cryptography >= 43 (only for certificates, and to encrypt passwords)
seealso:
  - module: tenantops.partner_center.access_token_info
"""

    # What plugins that run on the control node have besides: settings in ansible.cfg and variables. Only the
    # collection's own environment variables are listed, because module_utils/_entra/settings.py alone decides when
    # those of Azure count.
    PLUGINS = r"""
options:
  auth_method:
    env: [{name: PARTNER_CENTER_AUTH_METHOD}]
    ini: [{section: partner_center, key: auth_method}]
    vars: [{name: partner_center_auth_method}]
  tenant_id:
    env: [{name: PARTNER_CENTER_TENANT_ID}]
    ini: [{section: partner_center, key: tenant_id}]
    vars: [{name: partner_center_tenant_id}]
  client_id:
    env: [{name: PARTNER_CENTER_CLIENT_ID}]
    ini: [{section: partner_center, key: client_id}]
    vars: [{name: partner_center_client_id}]
  client_secret:
    env: [{name: PARTNER_CENTER_CLIENT_SECRET}]
    ini: [{section: partner_center, key: client_secret}]
    vars: [{name: partner_center_client_secret}]
  client_certificate_path:
    env: [{name: PARTNER_CENTER_CLIENT_CERTIFICATE_PATH}]
    ini: [{section: partner_center, key: client_certificate_path}]
    vars: [{name: partner_center_client_certificate_path}]
  client_certificate_password:
    env: [{name: PARTNER_CENTER_CLIENT_CERTIFICATE_PASSWORD}]
    ini: [{section: partner_center, key: client_certificate_password}]
    vars: [{name: partner_center_client_certificate_password}]
  client_certificate_send_chain:
    env: [{name: PARTNER_CENTER_CLIENT_CERTIFICATE_SEND_CHAIN}]
    ini: [{section: partner_center, key: client_certificate_send_chain}]
    vars: [{name: partner_center_client_certificate_send_chain}]
  client_assertion:
    env: [{name: PARTNER_CENTER_CLIENT_ASSERTION}]
    ini: [{section: partner_center, key: client_assertion}]
    vars: [{name: partner_center_client_assertion}]
  client_assertion_file:
    env: [{name: PARTNER_CENTER_CLIENT_ASSERTION_FILE}]
    ini: [{section: partner_center, key: client_assertion_file}]
    vars: [{name: partner_center_client_assertion_file}]
  refresh_token:
    env: [{name: PARTNER_CENTER_REFRESH_TOKEN}]
    ini: [{section: partner_center, key: refresh_token}]
    vars: [{name: partner_center_refresh_token}]
  refresh_token_file:
    env: [{name: PARTNER_CENTER_REFRESH_TOKEN_FILE}]
    ini: [{section: partner_center, key: refresh_token_file}]
    vars: [{name: partner_center_refresh_token_file}]
  rotate_after:
    env: [{name: PARTNER_CENTER_ROTATE_AFTER}]
    ini: [{section: partner_center, key: rotate_after}]
    vars: [{name: partner_center_rotate_after}]
  access_token:
    env: [{name: PARTNER_CENTER_ACCESS_TOKEN}]
    ini: [{section: partner_center, key: access_token}]
    vars: [{name: partner_center_access_token}]
  cloud_environment:
    env: [{name: PARTNER_CENTER_CLOUD_ENVIRONMENT}]
    ini: [{section: partner_center, key: cloud_environment}]
    vars: [{name: partner_center_cloud_environment}]
  authority_host:
    env: [{name: PARTNER_CENTER_AUTHORITY_HOST}]
    ini: [{section: partner_center, key: authority_host}]
    vars: [{name: partner_center_authority_host}]
  api_url:
    env: [{name: PARTNER_CENTER_API_URL}]
    ini: [{section: partner_center, key: api_url}]
    vars: [{name: partner_center_api_url}]
  validate_certs:
    env: [{name: PARTNER_CENTER_VALIDATE_CERTS}]
    ini: [{section: partner_center, key: validate_certs}]
    vars: [{name: partner_center_validate_certs}]
  ca_path:
    env: [{name: PARTNER_CENTER_CA_PATH}]
    ini: [{section: partner_center, key: ca_path}]
    vars: [{name: partner_center_ca_path}]
  timeout:
    env: [{name: PARTNER_CENTER_TIMEOUT}]
    ini: [{section: partner_center, key: timeout}]
    vars: [{name: partner_center_timeout}]
  max_wait:
    env: [{name: PARTNER_CENTER_MAX_WAIT}]
    ini: [{section: partner_center, key: max_wait}]
    vars: [{name: partner_center_max_wait}]
  token_cache:
    env: [{name: PARTNER_CENTER_TOKEN_CACHE}]
    ini: [{section: partner_center, key: token_cache}]
    vars: [{name: partner_center_token_cache}]
  token_cache_path:
    env: [{name: PARTNER_CENTER_TOKEN_CACHE_PATH}]
    ini: [{section: partner_center, key: token_cache_path}]
    vars: [{name: partner_center_token_cache_path}]
  record_traffic:
    env: [{name: PARTNER_CENTER_RECORD_TRAFFIC}]
    ini: [{section: partner_center, key: record_traffic}]
    vars: [{name: partner_center_record_traffic}]
"""
