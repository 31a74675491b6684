"""Whom a connection trusts: the store of the operating system only where truststore is installed and nothing else was said."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import urllib3
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import http
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import TransportError
from support.raw_server import RawServer, Visitor, serving

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def answer(visitor: Visitor) -> None:
    visitor.answer(b"{}")


@pytest.fixture
def server(tmp_path: Path) -> t.Iterator[RawServer]:
    """A server whose authority nobody knows."""
    with serving(tmp_path, answer) as running:
        yield running


@pytest.fixture
def other(tmp_path: Path) -> t.Iterator[str]:
    """The authority of somebody else."""
    place = tmp_path / "other"
    place.mkdir()
    with serving(place, answer) as running:
        yield running.ca_path


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*BUNDLES, "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def status(server: RawServer, verify: bool | str = True) -> int:
    with http.session(verify, 5) as session:
        try:
            return session.get(server.url).status_code
        except http.requests.exceptions.RequestException as exc:
            raise http.explain(exc, server.url, verify) from None


def refused(server: RawServer, verify: bool | str = True) -> bool:
    with pytest.raises(TransportError) as caught:
        status(server, verify)
    return caught.value.details["error_class"] == "tls" and not server.requests


OLD = urllib3.__version__.startswith("1.")
needs_addresses = pytest.mark.skipif(OLD, reason="this urllib3 tells a context no addresses")


def test_with_an_old_urllib3_nothing_changes(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib3, "__version__", "1.26.20")
    monkeypatch.setenv("SSL_CERT_FILE", server.ca_path)
    assert refused(server) and status(server, server.ca_path) == 200


@needs_addresses
def test_the_store_of_the_system_is_believed(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(server)
    monkeypatch.setenv("SSL_CERT_FILE", server.ca_path)
    assert status(server) == 200


def test_without_truststore_nothing_changes(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "truststore", None)
    monkeypatch.setenv("SSL_CERT_FILE", server.ca_path)
    assert refused(server)


@needs_addresses
def test_the_authorities_that_come_with_requests_stay(
    server: RawServer, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image may have no store of its own."""
    monkeypatch.setenv("SSL_CERT_FILE", other)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", server.ca_path)
    assert status(server) == 200


@pytest.mark.parametrize("how", ["ca_path", *BUNDLES])
def test_who_names_a_bundle_trusts_nobody_else(
    server: RawServer, other: str, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", server.ca_path)
    if how != "ca_path":
        monkeypatch.setenv(how, other)
    assert refused(server, other if how == "ca_path" else True)
    if how != "ca_path":
        monkeypatch.setenv(how, server.ca_path)
    monkeypatch.setenv("SSL_CERT_FILE", other)
    assert status(server, server.ca_path if how == "ca_path" else True) == 200


def test_a_certificate_for_another_name_is_refused(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", server.ca_path)
    server.url = server.url.replace("127.0.0.1", "127.0.0.2")
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("127.0.0.1", server.port))])
    assert refused(server)


def test_who_switches_the_check_off_needs_no_store(server: RawServer) -> None:
    assert status(server, False) == 200


@needs_addresses
def test_the_bounds_still_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, lambda visitor: visitor.drip(b"HTTP/1.1 200 OK")) as server:
        monkeypatch.setenv("SSL_CERT_FILE", server.ca_path)
        with http.session(True, 0.4) as session, pytest.raises(http.requests.exceptions.RequestException) as caught:  # type: ignore[arg-type]
            session.get(server.url)
        assert http.explain(caught.value, server.url, True).details["error_class"] == "answer_too_slow"
