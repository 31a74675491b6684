"""Certificate assertions: what is verified, each claim and the signature bent in turn."""

from __future__ import annotations

import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import load_pem_x509_certificate
from emulator.entra.certificates import ClientCertificate
from emulator.entra.standalone import StandaloneServer

WEB_APP = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"
SCOPE = "https://api.partnercenter.microsoft.com/.default"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with StandaloneServer(tmp_path_factory.mktemp("entra")) as running:
        yield running


@pytest.fixture(autouse=True)
def as_seeded(server):
    server.core.reset()


@pytest.fixture(scope="module")
def foreign_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def endpoint(server):
    return f"{server.url}/{server.core.partner['tenant_id']}/oauth2/v2.0/token"


def assertion(server, key=None, algorithm="PS256", header=None, **changes):
    """The assertion that msal would make (exp and iat are floats, there is no nbf), with changes; None removes a claim."""
    pem = (server.state_dir / "client.pem").read_bytes()
    certificate = ClientCertificate.from_certificate(load_pem_x509_certificate(pem))
    now = time.time()
    claims = {
        "aud": endpoint(server),
        "iss": WEB_APP,
        "sub": WEB_APP,
        "jti": "one",
        "exp": now + 600.5,
        "iat": now,
        **changes,
    }
    headers = {"x5t#S256": certificate.sha256} if header is None else header
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None},
        key or serialization.load_pem_private_key(pem, None),
        algorithm=algorithm,
        headers=headers,
    )


def sign_in(server, text, **form):
    form = {
        "client_id": WEB_APP,
        "client_assertion_type": ASSERTION_TYPE,
        "grant_type": "client_credentials",
        "scope": SCOPE,
        **form,
    }
    return server.token(client_assertion=text, **{name: value for name, value in form.items() if value is not None})


def refusal(answer):
    return answer.status_code, answer.json()["error"], answer.json()["error_codes"]


def test_the_assertion_alone_names_the_client(server):
    assert sign_in(server, assertion(server), client_id=None).status_code == 200


def test_padding_and_either_thumbprint_are_accepted(server):
    pem = (server.state_dir / "client.pem").read_bytes()
    certificate = ClientCertificate.from_certificate(load_pem_x509_certificate(pem))
    for header in ({"x5t": certificate.sha1}, {"x5t": certificate.sha1 + "="}, {"x5t#S256": certificate.sha256 + "="}):
        assert sign_in(server, assertion(server, header=header, algorithm="RS256")).status_code == 200


def test_a_changed_claim_breaks_the_signature(server):
    head, _claims, signature = assertion(server).split(".")
    _head, claims, _signature = assertion(server, exp=time.time() + 5000).split(".")
    assert refusal(sign_in(server, f"{head}.{claims}.{signature}")) == (401, "invalid_client", [700027])


def test_another_key_under_the_registered_thumbprint(server, foreign_key):
    assert refusal(sign_in(server, assertion(server, key=foreign_key))) == (401, "invalid_client", [700027])


def test_an_unknown_certificate_is_named_in_the_refusal(server, foreign_key):
    answer = sign_in(server, assertion(server, key=foreign_key, header={"x5t#S256": "unknown-thumbprint"}))
    assert refusal(answer) == (401, "invalid_client", [700027])
    assert "unknown-thumbprint" in answer.json()["error_description"]


def test_a_shared_secret_is_not_a_signature(server):
    text = assertion(server, key="emulator-client-secret-of-32-bytes", algorithm="HS256")
    assert refusal(sign_in(server, text)) == (401, "invalid_client", [700027])


@pytest.mark.parametrize("part", ["https://localhost/tenant/oauth2/v2.0/token", "without port", "another path"])
def test_an_assertion_for_another_audience(server, part):
    wrong = {
        "without port": endpoint(server).replace(server.url, "https://localhost"),
        "another path": endpoint(server) + "/",
    }.get(part, part)
    assert refusal(sign_in(server, assertion(server, aud=wrong))) == (401, "invalid_client", [700023])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "11111111-2222-3333-4444-555555555555"}, 50048),
        ({"iss": "11111111-2222-3333-4444-555555555555", "sub": "11111111-2222-3333-4444-555555555555"}, 700021),
        ({"exp": 1.5}, 700024),
        ({"nbf": 4e9}, 700024),
    ],
)
def test_claims_that_do_not_fit(server, changes, code):
    assert refusal(sign_in(server, assertion(server, **changes))) == (401, "invalid_client", [code])


@pytest.mark.parametrize("text", ["nonsense", "a.b.c"])
def test_what_is_not_a_token(server, text):
    assert refusal(sign_in(server, text)) == (400, "invalid_request", [50027])


def test_an_assertion_without_an_end_is_malformed(server):
    assert refusal(sign_in(server, assertion(server, exp=None)))[2] == [50027]


def test_a_foreign_issuer_is_not_trusted(server, foreign_key):
    answer = sign_in(
        server, assertion(server, key=foreign_key, algorithm="RS256", header={"kid": "k"}, iss="https://issuer.example")
    )
    assert refusal(answer) == (401, "invalid_client", [700211])


def test_moving_the_clock_outdates_assertions_only_when_asked(server):
    server.core.clock.advance(86400)
    assert sign_in(server, assertion(server)).status_code == 200
    server.core.switches["assertion_clock"] = "emulator"
    assert refusal(sign_in(server, assertion(server))) == (401, "invalid_client", [700024])
