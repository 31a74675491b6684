"""Bounds of answers, over real connections: in time, in bytes, on the wire and decompressed; and what must go on
working."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import tracemalloc
import typing as t
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import bounded, http
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import TransportError
from hypothesis import given, settings
from hypothesis import strategies as st
from support.raw_server import RawServer, Visitor, serving

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
TIMEOUT = 0.4


def forever(part: bytes) -> t.Callable[[Visitor], None]:
    def act(visitor: Visitor) -> None:
        while True:
            visitor.say(part)

    return act


def after(head: bytes, part: bytes) -> t.Callable[[Visitor], None]:
    return lambda visitor: (visitor.say(head), forever(part)(visitor))[0]


def bomb() -> bytes:
    """1 GiB of blanks, compressed."""
    machine = zlib.compressobj(wbits=31)
    return b"".join(machine.compress(b" " * 1024 * 1024) for _mebibyte in range(1024)) + machine.flush()


BOMB = bomb()


SLOW: dict[str, t.Callable[[Visitor], None]] = {
    "status line": lambda visitor: visitor.drip(b"HTTP/1.1 200 OK"),
    "headers": lambda visitor: (visitor.say(HEAD), visitor.drip(b"X: y\r\n"))[0],
    "body": lambda visitor: (visitor.say(HEAD + b"Content-Length: 500\r\n\r\n"), visitor.drip(b" "))[0],
    "body without length": lambda visitor: (visitor.say(HEAD + b"\r\n"), visitor.drip(b" "))[0],
    "chunks": lambda visitor: (visitor.say(CHUNKED), visitor.drip(b"1\r\n \r\n"))[0],
    "size of a chunk": lambda visitor: (visitor.say(CHUNKED), visitor.drip(b"0"))[0],
    "trailers": lambda visitor: (visitor.say(CHUNKED + b"0\r\n"), visitor.drip(b"X: y\r\n"))[0],
    "interim answers": lambda visitor: visitor.drip(b"HTTP/1.1 102 Processing\r\n\r\n", 0.01),
}
LARGE: dict[str, t.Callable[[Visitor], None]] = {
    "headers": after(HEAD, b"X-More: " + b"y" * 1000 + b"\r\n"),
    "one header": after(HEAD + b"X: ", b"y" * 65536),
    "status line": after(b"HTTP/1.1 200 ", b"y" * 65536),
    "body": after(HEAD + b"\r\n", b" " * 65536),
    "chunks": after(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "size of a chunk": after(CHUNKED, b"0" * 65536),
    "trailers": after(CHUNKED + b"0\r\n", b"X: " + b"y" * 65536),
    "announced": after(HEAD + b"Content-Length: 8000000000\r\n\r\n", b" " * 65536),
    "interim answers": forever(b"HTTP/1.1 100 Continue\r\nX: " + b"y" * 60000 + b"\r\n\r\n"),
    "gzip": lambda visitor: visitor.answer(BOMB, "200 OK", "Content-Encoding: gzip"),
    "redirect": lambda visitor: visitor.answer(BOMB, "302 Found", "Content-Encoding: gzip", "Location: /"),
    "refusal": lambda visitor: visitor.answer(BOMB, "400 Bad", "Content-Encoding: gzip"),
    "gzip without end": after(HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b" " * 1_000_000)),
}


def ask(server: RawServer, timeout: float = TIMEOUT, largest: int = bounded.LARGEST) -> t.Any:
    """The answer, or the error that it becomes."""
    with http.session(server.ca_path, timeout, largest=largest) as session:
        try:
            return session.get(server.url)
        except http.requests.exceptions.RequestException as exc:
            raise http.explain(exc, server.url, server.ca_path) from None


@pytest.mark.parametrize("name", SLOW)
def test_an_answer_that_comes_byte_by_byte(tmp_path: Path, name: str) -> None:
    with serving(tmp_path, SLOW[name]) as server:
        started = time.monotonic()
        with pytest.raises(TransportError) as caught:
            ask(server)
        assert time.monotonic() - started < TIMEOUT + 1
    assert (
        caught.value.details == {"error_class": "answer_too_slow", "reason": "answer_too_slow"}
        and caught.value.ambiguous
    )


@pytest.mark.parametrize("name", LARGE)
def test_an_answer_without_end(tmp_path: Path, name: str) -> None:
    with serving(tmp_path, LARGE[name]) as server:
        tracemalloc.start()
        try:
            with pytest.raises(TransportError) as caught:
                ask(server, 20)
            assert tracemalloc.get_traced_memory()[1] < 60 * 1024 * 1024
        finally:
            tracemalloc.stop()
    # New versions of urllib3 bound the lines between chunks on their own.
    words = {"answer_too_large", "lost_answer"} if name in ("size of a chunk", "trailers") else {"answer_too_large"}
    assert caught.value.details["error_class"] in words and caught.value.ambiguous
    assert caught.value.details["reason"] == caught.value.details["error_class"]


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate, gzip", "identity, compress"])
def test_what_was_not_asked_for_is_not_decompressed(tmp_path: Path, encoding: str) -> None:
    with serving(tmp_path, lambda visitor: visitor.answer(b"{}", "200 OK", f"Content-Encoding: {encoding}")) as server:
        with pytest.raises(TransportError) as caught:
            ask(server)
        assert b"accept-encoding: gzip, deflate\r\n" in server.requests[0].lower() + b"\r\n"
    assert caught.value.ambiguous and caught.value.details["error_class"] == "lost_answer"


def test_silence_is_a_time_out_that_may_pass(tmp_path: Path) -> None:
    with serving(tmp_path, lambda visitor: time.sleep(5)) as server, pytest.raises(TransportError) as caught:
        ask(server)
    assert caught.value.ambiguous and caught.value.details["error_class"] == "timeout"


def test_a_handshake_that_never_ends_has_sent_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, serving(tmp_path, lambda visitor: None) as server:
        server.url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(TransportError) as caught:
            ask(server)
        assert time.monotonic() - started < TIMEOUT + 1
    assert not caught.value.ambiguous and caught.value.details["error_class"] == "unreachable"


@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints", "199 What"])
def test_an_interim_answer_is_not_the_answer_nor_is_the_answer_that_of_the_next_request(
    tmp_path: Path, status: str
) -> None:
    def act(visitor: Visitor) -> None:
        number = str(len(visitor.server.requests)).encode()
        visitor.say(f"HTTP/1.1 {status}\r\nLink: </x>\r\n\r\n".encode() * 3)
        time.sleep(0.05)
        visitor.answer(number, "200 OK")

    with serving(tmp_path, act) as server, http.session(server.ca_path, 5) as session:
        assert [
            (answer.status_code, answer.content) for answer in (session.get(server.url), session.get(server.url))
        ] == [(200, b"1"), (200, b"2")]
        assert server.connections == 1


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 1000 x\r\n\r\n",
        b"x\r\n\r\n",
    ],
)
def test_nothing_but_an_interim_answer_is_a_lost_one(tmp_path: Path, said: bytes) -> None:
    with (
        serving(tmp_path, lambda visitor: (visitor.say(said), visitor.connection.close())[0]) as server,
        pytest.raises(TransportError) as caught,
    ):
        ask(server)
    assert caught.value.ambiguous and caught.value.details["error_class"] == "lost_answer"


def test_good_answers_in_every_form_on_one_connection(tmp_path: Path) -> None:
    body = json.dumps({"items": list(range(2000))}).encode()
    raw = zlib.compressobj(wbits=-15)
    forms = [
        lambda visitor: visitor.answer(body),
        lambda visitor: visitor.answer(gzip.compress(body), "200 OK", "Content-Encoding: gzip"),
        lambda visitor: visitor.answer(
            gzip.compress(body[:9]) + gzip.compress(body[9:]), "200 OK", "Content-Encoding: x-gzip"
        ),
        lambda visitor: visitor.answer(zlib.compress(body), "200 OK", "Content-Encoding: deflate"),
        lambda visitor: visitor.answer(raw.compress(body) + raw.flush(), "200 OK", "Content-Encoding: deflate"),
        lambda visitor: visitor.say(
            CHUNKED, *[b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:])], b"0\r\n\r\n"
        ),
        lambda visitor: visitor.answer(b"", "204 No Content", "Content-Encoding: gzip"),
    ]
    left = iter(forms)

    def answer(visitor: Visitor) -> None:
        next(left)(visitor)

    with serving(tmp_path, answer) as server, http.session(server.ca_path, 5) as session:
        answers = [session.get(server.url).content for _form in forms]
    assert answers == [body] * 6 + [b""] and server.connections == 1


def test_a_redirect_is_handed_over_and_not_followed(tmp_path: Path) -> None:
    with serving(
        tmp_path, lambda visitor: visitor.answer(b"x", "302 Found", "Location: https://127.0.0.1:1/")
    ) as server:
        answer = ask(server)
    assert (answer.status_code, answer.content, len(server.requests)) == (302, b"x", 1)


def test_the_proxy_of_the_environment_is_used_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tunnels: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            tunnels.append(self.path)
            if len(tunnels) > 1:
                for _byte in range(100):
                    self.wfile.write(b"H")
                    time.sleep(0.1)
                return
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            host, _colon, port = self.path.partition(":")
            with socket.create_connection((host, int(port))) as other:
                threading.Thread(target=self._copy, args=(self.connection, other), daemon=True).start()
                self._copy(other, self.connection)

        @staticmethod
        def _copy(source: t.Any, target: t.Any) -> None:
            try:
                while part := source.recv(65536):
                    target.sendall(part)
            except OSError:
                pass

        def log_message(self, *_args: t.Any) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_port}")
    monkeypatch.setenv("NO_PROXY", "")
    try:
        with serving(tmp_path, lambda visitor: visitor.answer(b"{}")) as server:
            assert ask(server, 5).content == b"{}" and tunnels == [f"127.0.0.1:{server.port}"]
            started = time.monotonic()
            with pytest.raises(TransportError) as caught:
                ask(server)
            assert time.monotonic() - started < TIMEOUT + 1 and not caught.value.ambiguous
    finally:
        proxy.shutdown()
        proxy.server_close()


def test_addresses_that_do_not_answer_share_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, lambda visitor: visitor.answer(b"{}")) as server:
        real = socket.getaddrinfo
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))  # nobody listens
        dead = ["127.0.0.2", "127.0.0.3"]

        def several(host: str, port: int, *more: t.Any, **options: t.Any) -> t.Any:
            if host != "127.0.0.1":
                return real(host, port, *more, **options)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in [*dead, "127.0.0.1"]]

        monkeypatch.setattr(bounded.socket, "getaddrinfo", several)
        assert ask(server, 5).content == b"{}"
        listener.close()


@settings(deadline=None, max_examples=60)
@given(parts=st.lists(st.binary(max_size=40), max_size=6), cut=st.integers(0, 60), flip=st.integers(0, 255))
def test_decompression_is_bounded_and_right(parts: list[bytes], cut: int, flip: int) -> None:
    data = b"".join(parts)
    whole = b"".join(gzip.compress(part) for part in parts)
    inflate = bounded._Inflater(1000, deflate=False)
    out = b""
    for start in range(0, len(whole), 7):
        out += inflate(whole[start : start + 7], len(out))
    assert out == data[: len(out)] and len(out) == min(len(data), len(out))
    broken = bytearray(whole[:cut])
    if broken:
        broken[-1] ^= flip
    try:
        bounded._Inflater(10, deflate=bool(flip % 2))(bytes(broken), 0)
    except zlib.error:
        pass
