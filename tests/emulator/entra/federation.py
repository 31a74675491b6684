"""Test issuers of workload identities: documents, keys, and the tokens that pipelines and pods get from them.

One issuer for each kind of workload, at `{login}/issuers/{name}`, with an OpenID Connect configuration document and a
key set, as GitHub Actions, GitLab and Kubernetes have them. Claims: "OpenID Connect reference" (GitHub Actions), "ID
token authentication" (GitLab), "Managing service accounts" (Kubernetes). The keys are not those of the sign-in server.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator.entra import signing_key, tenants
from emulator.entra.seed import EXCHANGE_AUDIENCE
from emulator.entra.switches import switch

KEY_NAME = "issuer-signing-key.pem"
TOKEN_FILE = "workload-identity-token"
#: name -> (seconds that a token lives, its subject in the default seed, the rest of its claims)
ISSUERS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "github": (
        300,
        "repo:northwind-partner/users:ref:refs/heads/main",
        {
            "actor": "octocat",
            "event_name": "schedule",
            "job_workflow_ref": "northwind-partner/users/.github/workflows/users.yml@refs/heads/main",
            "ref": "refs/heads/main",
            "repository": "northwind-partner/users",
            "repository_owner": "northwind-partner",
            "run_id": "1000000001",
            "workflow": "users",
        },
    ),
    "gitlab": (
        3600,
        "project_path:northwind-partner/users:ref_type:branch:ref:main",
        {
            "namespace_path": "northwind-partner",
            "pipeline_source": "schedule",
            "project_path": "northwind-partner/users",
            "ref": "main",
            "ref_type": "branch",
        },
    ),
    "kubernetes": (
        3600,
        "system:serviceaccount:northwind:user-automation",
        {"kubernetes.io": {"namespace": "northwind", "serviceaccount": {"name": "user-automation"}}},
    ),
}


class Issuers:
    """The keys (made at the first use), and the request tokens of GitHub Actions' jobs."""

    def __init__(self, core: Any) -> None:
        self._core = core
        self._key: rsa.RSAPrivateKey | None = None
        self._jobs: dict[str, dict[str, Any]] = {}

    def url(self, name: str) -> str:
        """The `iss` of an issuer of this server; an URL stays itself."""
        return f"{tenants.base(self._core)}/issuers/{name}" if name in ISSUERS else name

    def key_of(self, issuer: str, kid: str) -> rsa.RSAPublicKey | None:
        """The published key of an issuer; None where there is none (another server's documents are not read)."""
        if issuer not in [self.url(name) for name in ISSUERS]:
            return None
        key = self.key.public_key()
        return key if hmac.compare_digest(_kid(key).encode(), kid.encode()) else None

    def jwks(self) -> dict[str, Any]:
        public = self.key.public_key()
        numbers = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
        return {
            "keys": [
                {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": _kid(public), "n": numbers["n"], "e": numbers["e"]}
            ]
        }

    @property
    def key(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            self._key = signing_key.load_or_create(self._core.tokens.state_dir, KEY_NAME)
        return self._key

    def mint(
        self,
        name: str,
        *,
        subject: str | None = None,
        audience: Any = EXCHANGE_AUDIENCE,
        expires_in: int | None = None,
        claims: dict[str, Any] | None = None,
        signed_by: str = "issuer",
    ) -> str:
        """A token of an issuer. `claims` are laid over the usual ones, null removes one; `signed_by` "stranger" takes a
        key that nobody published."""
        if name not in ISSUERS:
            raise ValueError(f"issuer is one of {', '.join(ISSUERS)}, not {name!r}")
        if signed_by not in ("issuer", "stranger"):
            raise ValueError(f"signed_by is issuer or stranger, not {signed_by!r}")
        lifetime, usual_subject, more = ISSUERS[name]
        now = int(now_of(self._core))
        content = {
            "jti": secrets.token_hex(16),
            "iss": self.url(name),
            "sub": subject or usual_subject,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": now + (lifetime if expires_in is None else int(expires_in)),
            **more,
            **(claims or {}),
        }
        kid = _kid(self.key.public_key())
        # GitHub's tokens have a thumbprint in their header, which must not be taken for that of a client's certificate.
        header = {"kid": kid, **({"x5t": kid} if name == "github" else {})}
        key = self.key if signed_by == "issuer" else signing_key.new_key()
        return jwt.encode(
            {each: value for each, value in content.items() if value is not None},
            key,
            algorithm="RS256",
            headers=header,
        )

    def start_job(self, options: dict[str, Any], seconds: int = 21600) -> dict[str, str]:
        """What a job of GitHub Actions finds in its environment. `options` are those of `mint`, for each token that it
        asks for."""
        token = secrets.token_urlsafe(48)
        self._jobs[token] = {"options": options, "ends": self._core.clock.now().timestamp() + seconds}
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url('github')}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": token,
        }

    def job(self, token: str) -> dict[str, Any] | None:
        job = self._jobs.get(token)
        return job["options"] if job and self._core.clock.now().timestamp() < job["ends"] else None

    def write_token(self, text: str) -> Path:
        """The file that a pod finds, replaced whole as the kubelet does."""
        path = Path(self._core.tokens.state_dir) / TOKEN_FILE
        signing_key.write_private(path, text.encode())
        return path


def configuration(issuers: Issuers, request: Request) -> Response:
    name = request.path_params["issuer"]
    if name not in ISSUERS:
        return JSONResponse({"error": "not found"}, status_code=404)
    url = issuers.url(name)
    return JSONResponse(
        {
            "issuer": url,
            "jwks_uri": f"{url}/.well-known/jwks",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
        }
    )


def keys(issuers: Issuers, request: Request) -> Response:
    if request.path_params["issuer"] not in ISSUERS:
        return JSONResponse({"error": "not found"}, status_code=404)
    return JSONResponse(issuers.jwks())


def job_token(issuers: Issuers, request: Request) -> Response:
    """GitHub Actions: `GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=...` with the request token as bearer gives `{count,
    value}`."""
    kind, _space, token = request.headers.get("authorization", "").partition(" ")
    options = issuers.job(token.strip()) if kind.lower() == "bearer" else None
    if options is None:
        return JSONResponse({"message": "The request token is not valid, or its job has ended."}, status_code=401)
    audience = request.query_params.get("audience") or "https://github.com/northwind-partner"
    return JSONResponse({"count": 1, "value": issuers.mint("github", **{"audience": audience, **options})})


def now_of(core: Any) -> float:
    """Seconds since 1970 by the clock that assertions are judged by."""
    return core.clock.now().timestamp() if switch(core, "assertion_clock") == "emulator" else time.time()


def _kid(key: rsa.RSAPublicKey) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()[:20]).rstrip(b"=").decode()
