"""Federated credentials: which one counts, where it comes from, that it is fetched late and kept nowhere."""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import threading
import typing as t
from pathlib import Path

import pytest
import trustme
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CollectionError,
    OptionError,
    SignInError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.option_secrets import register
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.assertion import AssertionSource
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.settings import (
    ARGUMENT_SPEC,
    VARIABLES,
    Settings,
    resolve,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.tokens import TokenSource, cache_of
from support.refused import refused

CLIENT = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"
OTHER = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b02"
BASE = {"tenant_id": "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10", "refresh_token": "the-refresh-token"}
JOB = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://pipelines.example/token?api-version=2",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-token-of-the-job",
}


def made(options: dict[str, t.Any] | None = None, environ: dict[str, str] | None = None) -> Settings:
    given = {**BASE, **(options or {})}
    params = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()} | given
    return resolve(params, list(given), environ or {})


def jwt(**claims: t.Any) -> str:
    def part(data: dict[str, t.Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()

    return ".".join((part({"alg": "RS256"}), part(claims), "c2lnbmF0dXJl"))


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "projected-token"
    path.write_text(
        jwt(
            iss="https://cluster.example",
            sub="system:serviceaccount:a:b",
            aud="api://AzureADTokenExchange",
            exp=1_800_000_000,
        )
        + "\n"
    )
    return str(path)


class TestWhichOneCounts:
    def test_an_option_is_taken(self, file: str) -> None:
        assert made({"client_id": CLIENT, "client_assertion_file": file}).client_assertion_file == file
        assert made({"client_id": CLIENT, "client_assertion": "a-b-c"}).federated

    @pytest.mark.parametrize(
        "pair",
        [
            ("client_assertion", "client_secret"),
            ("client_assertion_file", "client_assertion"),
            ("client_secret", "client_assertion_file"),
        ],
    )
    def test_two_of_a_task_exclude_each_other(self, file: str, pair: tuple[str, str]) -> None:
        values = {"client_assertion": "a-b-c", "client_assertion_file": file, "client_secret": "secret"}
        with refused(OptionError, reason="contradiction") as caught:
            made({"client_id": CLIENT, **{name: values[name] for name in pair}})
        assert min(pair) in caught.value.message and max(pair) in caught.value.message

    def test_the_family_of_another_identity_is_left_alone(self, file: str) -> None:
        """In a pipeline and in a pod AZURE_* is the identity that deploys; it stands for its own client id only."""
        environ = {"AZURE_CLIENT_ID": OTHER, "AZURE_FEDERATED_TOKEN_FILE": file}
        assert not made({"client_id": CLIENT}, environ).federated
        assert not made({}, {**environ, "PARTNER_CENTER_CLIENT_ID": CLIENT}).federated
        pod = made({}, environ)
        assert (pod.client_id, pod.client_assertion_file) == (OTHER, file)

    def test_a_variable_of_the_collection_comes_before_that_of_the_pod(self, file: str) -> None:
        environ = {
            "AZURE_CLIENT_ID": OTHER,
            "AZURE_FEDERATED_TOKEN_FILE": file,
            "PARTNER_CENTER_CLIENT_SECRET": "secret",
        }
        settings = made({}, environ)
        assert settings.client_secret is not None and not settings.federated

    def test_among_variables_the_certificate_then_the_assertion_then_the_secret(
        self, file: str, tmp_path: Path
    ) -> None:
        (tmp_path / "c.pem").write_text("x")
        environ = {
            "PARTNER_CENTER_CLIENT_ID": CLIENT,
            "PARTNER_CENTER_CLIENT_SECRET": "secret",
            "PARTNER_CENTER_CLIENT_ASSERTION": "a-b-c",
            "PARTNER_CENTER_CLIENT_CERTIFICATE_PATH": str(tmp_path / "c.pem"),
        }
        assert made({}, environ).client_certificate_path
        del environ["PARTNER_CENTER_CLIENT_CERTIFICATE_PATH"]
        assert made({}, environ).client_assertion and not made({}, environ).client_secret
        del environ["PARTNER_CENTER_CLIENT_ASSERTION"]
        assert made({}, environ).client_secret

    def test_the_job_of_a_pipeline_counts_only_when_nothing_else_does(self, file: str) -> None:
        assert made({"client_id": CLIENT}, JOB).client_assertion_request is not None
        for other in ({"client_secret": "secret"}, {"client_assertion_file": file}):
            assert made({"client_id": CLIENT, **other}, JOB).client_assertion_request is None
        assert not made(
            {"client_id": CLIENT}, {"ACTIONS_ID_TOKEN_REQUEST_URL": JOB["ACTIONS_ID_TOKEN_REQUEST_URL"]}
        ).federated

    def test_the_token_of_the_job_goes_nowhere_in_clear_text(self) -> None:
        with refused(OptionError, reason="not_a_url"):
            made({"client_id": CLIENT}, {**JOB, "ACTIONS_ID_TOKEN_REQUEST_URL": "http://pipelines.example/"})
        known: list[str] = []
        register(Secrets(known.append), {}, ARGUMENT_SPEC, JOB, VARIABLES)
        assert JOB["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] in known
        assert JOB["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] not in repr(made({"client_id": CLIENT}, JOB))

    def test_app_only_accepts_one_too(self, file: str) -> None:
        assert made({"client_id": CLIENT, "client_assertion_file": file, "auth_method": "client_credentials"}).federated
        with refused(OptionError, reason="option_missing", option="client_secret"):
            made({"client_id": CLIENT, "auth_method": "client_credentials"})


class TestTheFile:
    def source(self, file: str) -> AssertionSource:
        return AssertionSource(made({"client_id": CLIENT, "client_assertion_file": file}), Secrets())

    def test_it_is_read_anew_each_time(self, file: str) -> None:
        source = self.source(file)
        first = source.fetch()
        Path(file).write_text(jwt(iss="x", sub="y"))
        assert source.fetch() != first and "sub 'y'" in source.described()

    def test_what_entra_compares_is_said(self, file: str) -> None:
        source = self.source(file)
        assert source.described() == ""
        source.fetch()
        said = source.described()
        for claim in (
            "iss 'https://cluster.example'",
            "sub 'system:serviceaccount:a:b'",
            "aud 'api://AzureADTokenExchange'",
        ):
            assert claim in said
        assert said.endswith(" 2027-01-15T08:00:00Z.")

    @pytest.mark.parametrize("content", ["", " \n", "two tokens"])
    def test_a_file_that_was_not_written_yet(self, file: str, content: str) -> None:
        source = self.source(file)
        Path(file).write_text(content)
        with refused(SignInError, error_class="assertion_source") as caught:
            source.fetch()
        assert caught.value.details["error_class"] == "assertion_source"

    def test_a_file_that_is_gone(self, file: str) -> None:
        source = self.source(file)
        Path(file).unlink()
        with refused(SignInError, error_class="assertion_source"):
            source.fetch()

    def test_only_the_very_assertion_finds_the_token_that_it_got(self, file: str) -> None:
        """The claims of an assertion are anybody's to write: one with the same claims and a wrong signature gets "
        "nothing from the cache."""

        def path(options: dict[str, t.Any], environ: dict[str, str] | None = None) -> str:
            settings = made({"client_id": CLIENT, **options}, environ)
            return cache_of(settings, Secrets(), settings.refresh_token).path

        first = path({"client_assertion_file": file})
        assert path({"client_assertion_file": file}) == first
        assertion = Path(file).read_text().strip()
        assert path({"client_assertion": assertion}) == first
        assert path({"client_assertion": assertion.rpartition(".")[0] + ".Zm9yZ2Vk"}) != first
        Path(file).write_text(
            jwt(
                iss="https://cluster.example",
                sub="system:serviceaccount:a:b",
                aud="api://AzureADTokenExchange",
                exp=1_900_000_000,
            )
        )
        assert path({"client_assertion_file": file}) != first
        assert path({"client_assertion": "opaque-1"}) != path({"client_assertion": "opaque-2"})
        assert path({}, JOB) == path({}, JOB)
        assert path({}, JOB) != path({}, {**JOB, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-token-of-another-job"})

    @pytest.mark.parametrize("expires", [1e300, -1e300, 10**400, float("inf")])
    def test_an_end_that_is_no_date_is_shown_as_such(self, expires: float) -> None:
        settings = made({"client_id": CLIENT, "client_assertion": jwt(iss="https://issuer.example", exp=expires)})
        source = AssertionSource(settings, Secrets())
        source.fetch()
        assert "invalid time" in source.described()


class Pipeline:
    """The token service of a pipeline's jobs."""

    def __init__(self, directory: Path) -> None:
        self.status, self.body = 200, json.dumps({"value": "the-id-token"}).encode()
        self.requests: list[tuple[str, str | None]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                outer.requests.append((self.path, self.headers.get("Authorization")))
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_args: t.Any) -> None:
                pass

        ca = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("localhost").configure_cert(context)
        self.ca_path = directory / "pipeline-ca.pem"
        ca.cert_pem.write_to_path(self.ca_path)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_address[1]}/token?api-version=2"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def source(self, **options: t.Any) -> AssertionSource:
        environ = {"ACTIONS_ID_TOKEN_REQUEST_URL": self.url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the-token-of-the-job"}
        return AssertionSource(made({"client_id": CLIENT, "ca_path": str(self.ca_path), **options}, environ), Secrets())


class TestTheJob:
    @pytest.fixture
    def pipeline(self, tmp_path: Path) -> t.Iterator[Pipeline]:
        running = Pipeline(tmp_path)
        yield running
        running.server.shutdown()
        running.server.server_close()

    def test_an_id_token_is_asked_for_each_time_with_the_audience_of_the_cloud(self, pipeline: Pipeline) -> None:
        source = pipeline.source()
        assert pipeline.requests == [], "nothing is fetched before it is needed"
        assert source.fetch() == source.fetch() == "the-id-token"
        expected = "/token?api-version=2&audience=api%3A%2F%2FAzureADTokenExchange"
        assert pipeline.requests == [(expected, "Bearer the-token-of-the-job")] * 2
        pipeline.source(cloud_environment="AzureUSGovernment").fetch()
        assert pipeline.requests[-1][0].endswith("AzureADTokenExchangeUSGov")

    @pytest.mark.parametrize(
        ("status", "body"),
        [(403, b"{}"), (302, b""), (200, b"<html>"), (200, b"{}"), (200, b'{"value": 1}'), (200, b"[]")],
    )
    def test_other_answers(self, pipeline: Pipeline, status: int, body: bytes) -> None:
        pipeline.status, pipeline.body = status, body
        with pytest.raises(SignInError) as caught:
            pipeline.source().fetch()
        assert (
            caught.value.details["error_class"] == "assertion_source"
            and "the-token-of-the-job" not in caught.value.message
        )

    def test_a_public_client_is_told_whose_token_was_taken(self) -> None:
        settings = made({"client_id": CLIENT}, JOB)
        source = TokenSource(settings, Secrets(), WaitBudget(0), operation="Testing")
        error = source.refused(
            {"error": "invalid_client", "error_codes": [700025], "error_description": "AADSTS700025: Client is public"}
        )
        assert error.details["error_class"] == "public_client" and "GitHub" in error.message

    def test_nobody_answers(self, pipeline: Pipeline) -> None:
        pipeline.url = "https://localhost:9/?x=the-token-of-the-job"
        with refused(CollectionError, reason="unreachable") as caught:
            pipeline.source().fetch()
        assert "the-token" not in caught.value.message
