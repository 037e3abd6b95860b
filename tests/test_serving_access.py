"""Who may ask a server, under which names, and where it listens."""

from __future__ import annotations

import socket
import threading
from typing import cast

import pytest

pytest.importorskip("fastapi", reason="the packages of the extra serve are not installed")
from served import FakeCascade, served

from cascade import Cascade
from cascade.errors import CascadeError
from cascade.serving.application import application
from cascade.serving.http_server import Server, ServingError, access_of, page_address, taken_port
from cascade.serving.limits import Limits

TOKEN = "a-token-of-some-length"


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ({}, "found no token; expected the header Authorization: Bearer TOKEN"),
        ({"Authorization": f"Bearer {TOKEN}x"}, "found another token; expected the header Authorization: Bearer TOKEN"),
        ({"Authorization": f"Basic {TOKEN}"}, "found another token; expected the header Authorization: Bearer TOKEN"),
        ({"Authorization": "Bearer \xff"}, "found another token; expected the header Authorization: Bearer TOKEN"),
    ],
)
def test_with_a_token_nothing_is_told_without_it(header: dict[str, str], error: str) -> None:
    with served(FakeCascade(), access=access_of("127.0.0.1", TOKEN)) as server:
        for path in ("/v1/adapters", "/metrics", "/openapi.json", "/supportedentities", "/nothing"):
            answer = server.get(path, **header)
            assert (answer.status, answer.json["error"]) == (401, error)
            assert answer.headers["www-authenticate"] == "Bearer"
        assert server.post("/v1/entities", {"text": "a"}, **header).status == 401


def test_with_a_token_its_owner_is_served_and_health_and_the_page_are_for_all() -> None:
    with served(FakeCascade(), access=access_of("127.0.0.1", TOKEN)) as server:
        assert server.post("/v1/entities", {"text": "a"}, Authorization=f"Bearer {TOKEN}").status == 200
        assert [server.get(path).status for path in ("/", "/page/page.js", "/health", "/health/live")] == [200] * 4


def test_other_names_than_the_servers_own_are_refused_as_they_may_be_those_of_pages_elsewhere() -> None:
    with served(FakeCascade(), access=access_of("127.0.0.1", None, ["NER.example:8443"])) as server:
        good = ("localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "ner.example:8443", "ner.example.:443")
        assert [server.get("/health", Host=name).status for name in good] == [200] * len(good)
        answer = server.get("/health", Host="evil.example:8000")
        assert (answer.status, answer.json["error"]) == (
            421,
            "the request is to the host 'evil.example'; expected one of 127.0.0.1, [::1], localhost, ner.example. "
            "Other names need --allow-host",
        )


def test_a_port_that_is_taken_is_told_of_with_a_free_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        message = (
            f"cannot listen at 127.0.0.1:{port}: another program has port {port}; expected a free one, such as --port "
            f"{port + 1}, or 0 for any"
        )
        with pytest.raises(CascadeError) as refused:
            taken_port("127.0.0.1", port)
        assert str(refused.value) == message


def test_a_port_that_another_server_took_first_is_told_of_when_the_model_is_loaded() -> None:
    first = taken_port("127.0.0.1", 0)
    port = first.getsockname()[1]
    second = taken_port("127.0.0.1", port)  # as neither listens before its model is loaded
    limits = Limits(wait_s=0)
    app = application(cast("Cascade", FakeCascade()), limits=limits, access=access_of("127.0.0.1", None))
    with first, second:
        first.listen()
        with pytest.raises(ServingError) as refused:
            Server(app, limits, lambda: None).run([second])
    assert str(refused.value) == (
        f"cannot listen at 127.0.0.1:{port}: another program has port {port}; expected a free one, such as --port "
        f"{port + 1}, or 0 for any"
    )
    assert "cascade-model" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_an_address_that_is_not_of_this_machine_is_refused(host: str) -> None:
    with pytest.raises(CascadeError, match=rf"^cannot listen at {host}:0: .+; expected an address of this machine"):
        taken_port(host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "0:0::1", "LocalHost"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    assert access_of(host, None).hosts == frozenset({"localhost", "127.0.0.1", "[::1]"})


def test_a_further_address_of_this_machine_is_a_name_of_the_server() -> None:
    assert access_of("127.1.2.3", None).hosts == frozenset({"localhost", "127.0.0.1", "[::1]", "127.1.2.3"})


@pytest.mark.parametrize(
    ("given", "name"),
    [("ner.example:8443", "ner.example"), ("FE80::1", "[fe80::1]"), ("[fe80::1]:8000", "[fe80::1]"), ("a.b.", "a.b")],
)
def test_a_further_name_is_compared_without_its_port(given: str, name: str) -> None:
    assert access_of("0.0.0.0", TOKEN, [given]).hosts == frozenset({"localhost", "127.0.0.1", "[::1]", name})


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.168.1.5", "http://192.168.1.5:8000"),
        ("NER.example", "http://ner.example:8000"),
        ("2001:DB8::1", "http://[2001:db8::1]:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_address_that_is_told_is_one_that_is_let_in(host: str, address: str) -> None:
    assert page_address(host, 8000) == address
    hosts = access_of(host, TOKEN, ["ner.example.org"]).hosts or frozenset()
    assert address.removeprefix("http://").removesuffix(":8000") in hosts
    assert "ner.example.org" in hosts


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "ner.example"])
def test_other_hosts_need_a_token_and_then_answer_to_any_name(host: str) -> None:
    with pytest.raises(CascadeError) as refused:
        access_of(host, None)
    assert str(refused.value) == (
        f"--host {host} lets other machines in, and no token is set; expected --token-file FILE or "
        "$CASCADE_NER_TOKEN, or --host 127.0.0.1"
    )
    assert access_of(host, TOKEN).hosts is None


@pytest.mark.parametrize(("token", "length"), [("", 0), ("short", 5), ("ü" * 20, 20), ("a" * 20 + "\n", 21)])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(token: str, length: int) -> None:
    with pytest.raises(CascadeError, match=f"^the token has {length} characters; expected 16 or more, all of them "):
        access_of("127.0.0.1", token)
