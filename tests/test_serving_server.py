"""The server over real sockets: concurrent, slow and absent clients, errors of the model, and the end."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest

pytest.importorskip("fastapi", reason="the packages of the extra serve are not installed")
from served import WAIT_S, Answer, FakeCascade, Served, served
from thread_work import at_once

from cascade.serving.gatekeeper import POLICY
from cascade.serving.limits import Limits
from cascade.serving.reading_queue import ReadingQueue


def request(body: bytes, *, length: int | None = None) -> bytes:
    """A request as it goes over the wire."""
    size = len(body) if length is None else length
    return (
        b"POST /v1/entities HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (size, body)
    )


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def everything(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def busy(server: Served, ner: FakeCascade, pool: ThreadPoolExecutor, text: str = "First") -> Future[Answer]:
    """A request that is being read until `ner.go` is set."""
    ner.go.clear()
    ner.reading.clear()
    asked = pool.submit(server.entities, text=text)
    assert ner.reading.wait(WAIT_S)
    return asked


def test_concurrent_requests_get_their_own_answers_and_are_read_together() -> None:
    ner = FakeCascade()
    with served(ner, limits=Limits(wait_s=0.2)) as server:
        answers = at_once(lambda number: server.entities(text=f"Ada{number} met Bob{number}"))
    assert [[each["text"] for each in answer.json["documents"][0]["entities"]] for answer in answers] == [
        [f"Ada{number}", f"Bob{number}"] for number in range(len(answers))
    ]
    assert sum(map(len, ner.calls)) == len(answers)
    assert len(ner.calls) < len(answers)


def test_more_than_may_wait_is_429_with_the_time_to_come_again() -> None:
    ner = FakeCascade()
    with served(ner, limits=Limits(wait_s=0, queue=1)) as server, ThreadPoolExecutor() as pool:
        first = busy(server, ner, pool)
        second = pool.submit(server.entities, text="Second")
        until(lambda: server.get("/health").json["waiting"] == 1)
        refused = server.entities(text="Third")
        assert (refused.status, refused.headers["retry-after"]) == (429, "1")
        assert refused.json["error"] == "1 texts wait already, and 1 may; try again in 1 s"
        ner.go.set()
        assert [first.result(WAIT_S).status, second.result(WAIT_S).status] == [200, 200]
    assert ner.calls == [["First"], ["Second"]]


def test_what_a_client_asked_that_is_gone_is_not_read() -> None:
    ner = FakeCascade()
    with served(ner) as server, ThreadPoolExecutor() as pool:
        first = busy(server, ner, pool)
        with socket.create_connection((server.host, server.port)) as gone:
            gone.sendall(request(b'{"text": "Gone"}'))
            until(lambda: server.get("/health").json["waiting"] == 1)
        until(lambda: server.get("/health").json["waiting"] == 0)
        assert server.figure("cascade_dropped_texts_total") == 1
        ner.go.set()
        assert first.result(WAIT_S).status == 200
        assert server.entities(text="Later").status == 200
    assert ner.calls == [["First"], ["Later"]]


def test_a_body_that_comes_too_slowly_is_408() -> None:
    with served(FakeCascade(), limits=Limits(body_s=0.2)) as server:
        with socket.create_connection((server.host, server.port), timeout=WAIT_S) as slow:
            slow.sendall(request(b'{"text": ', length=100))
            head, _, body = everything(slow).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert json.loads(body)["error"] == "the body did not arrive in time; expected it within 0.2 s"
        assert server.entities(text="Ada").status == 200


@pytest.mark.parametrize(
    ("first", "sent"),
    [(b"", b""), (b"", b"GET / HT"), (b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET / HT")],
)
def test_a_connection_whose_request_does_not_come_is_closed(first: bytes, sent: bytes) -> None:
    with (
        served(FakeCascade(), limits=Limits(body_s=0.2)) as server,
        socket.create_connection((server.host, server.port), timeout=WAIT_S) as slow,
    ):
        if first:
            slow.sendall(first)
            assert slow.recv(65_536).startswith(b"HTTP/1.1 200 ")
        slow.sendall(sent)
        with suppress(ConnectionResetError):
            everything(slow)
        until(lambda: not server.server.server_state.connections)


def test_a_client_that_does_not_take_its_answer_is_cut_off() -> None:
    limits = Limits(body_s=2, characters=9_000_000, wait_s=0)
    with served(FakeCascade(), limits=limits) as server, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((server.host, server.port))
        slow.sendall(request(json.dumps({"text": "a" * 9_000_000, "with_text": True}).encode()))
        until(lambda: server.figure("cascade_texts_total") == 1)
        until(lambda: not server.server.server_state.connections)
        assert server.figure('cascade_requests_total{method="POST",path="/v1/entities",status="200"}') == 1


def test_a_body_over_the_limit_is_413_and_its_client_sees_the_answer() -> None:
    with served(FakeCascade(), limits=Limits(characters=10)) as server:
        answer = server.post("/v1/entities", b" " * 500_000)
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert answer.json["error"] == (
            "the body has 500,000 bytes or more; expected at most 262,204. Send several requests, or start the server "
            "with a larger --max-characters"
        )
        with socket.create_connection((server.host, server.port), timeout=WAIT_S) as far_too_large:
            far_too_large.sendall(request(b"", length=10**12))
            assert everything(far_too_large).startswith(b"HTTP/1.1 413 ")


def test_an_error_of_the_model_is_500_in_one_line_and_the_server_lives_on() -> None:
    with served(FakeCascade()) as server:
        answer = server.entities(text="This fails")
        assert (answer.status, answer.json["error"]) == (500, "the model failed: RuntimeError: no such matrix")
        assert server.entities(text="Ada").status == 200
        assert server.figure("cascade_failed_requests_total") == 1


@pytest.mark.parametrize("place", ["requests_read.Desk._check_size", "gatekeeper.Gatekeeper._body"])
def test_an_unexpected_error_is_answered_and_logged_in_one_line(
    place: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("per\nson")

    with served(FakeCascade()) as server:
        with monkeypatch.context() as patch:
            patch.setattr(f"cascade.serving.{place}", broken)
            answer = server.entities(text="Ada")
        error = "the server failed on this request: KeyError: 'per\\nson'; its log says where"
        assert (answer.status, answer.headers["x-content-type-options"]) == (500, "nosniff")
        assert answer.json == {"error": error, "place": None, "problems": []}
        assert server.figure('cascade_requests_total{method="POST",path="/v1/entities",status="500"}') == 1
    [told] = [record for record in caplog.records if record.levelname == "ERROR"]
    line = broken.__code__.co_firstlineno + 1
    assert caplog.handler.format(told).endswith(
        f"POST /v1/entities failed: KeyError: 'per\\nson' (test_serving_server.py:{line})"
    )


def test_what_the_model_raises_is_logged_in_one_line_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    with served(FakeCascade()) as server:
        server.entities(text="This fails")
    [told] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert re.fullmatch(r"the model failed: RuntimeError: no such matrix \(served\.py:\d+\)", told.getMessage())
    assert told.exc_info is None


def test_requests_that_were_accepted_are_finished_when_the_server_is_stopped() -> None:
    ner = FakeCascade()
    with ThreadPoolExecutor() as pool, served(ner) as server:
        first = busy(server, ner, pool)
        second = pool.submit(server.entities, text="Second")
        until(lambda: server.get("/health").json["waiting"] == 1)
        server.server.should_exit = True
        until(lambda: not _listens(server))
        ner.go.set()
        assert [first.result(WAIT_S).status, second.result(WAIT_S).status] == [200, 200]
    assert ner.calls == [["First"], ["Second"]]


def test_stopping_is_over_in_time_whatever_the_model_does() -> None:
    ner = FakeCascade()
    with ThreadPoolExecutor() as pool, served(ner, limits=Limits(wait_s=0, shutdown_s=0.1)) as server:
        asked = busy(server, ner, pool)
        server.server.should_exit = True
        answer = asked.result(WAIT_S)
        assert (answer.status, answer.json["error"]) == (
            503,
            "the server is being stopped and did not get to this request; try again when it is back",
        )


@pytest.mark.parametrize(("shutdown_s", "waited"), [(30.0, 1.0), (0.1, 0.1)])
def test_the_model_is_not_given_the_time_for_stopping_once_more(
    shutdown_s: float, waited: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    close = ReadingQueue.close

    def noted(queue: ReadingQueue, time_s: float) -> None:
        asked.append(time_s)
        close(queue, time_s)

    monkeypatch.setattr(ReadingQueue, "close", noted)
    with served(FakeCascade(), limits=Limits(wait_s=0, shutdown_s=shutdown_s)):
        pass
    assert asked == [waited]


def _listens(server: Served) -> bool:
    try:
        socket.create_connection((server.host, server.port), timeout=1).close()
    except OSError:
        return False
    return True


def test_every_answer_forbids_scripts_of_others_and_is_not_kept() -> None:
    with served(FakeCascade()) as server:
        for answer in (server.get("/"), server.get("/nothing"), server.entities(text="a"), server.entities()):
            assert answer.headers["content-security-policy"] == POLICY
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert "access-control-allow-origin" not in answer.headers
    assert "unsafe" not in POLICY


def test_the_page_loads_from_the_server_alone() -> None:
    with served(FakeCascade()) as server:
        page = server.get("/").body.decode()
        files = [part.partition('"')[0] for part in page.split("/page/")[1:]]
        assert {f"/page/{file}": server.get(f"/page/{file}").status for file in files} == {
            f"/page/{name}": 200
            for name in ("icon.svg", "marks.css", "page.css", "told.js", "marks.js", "long_text.js", "page.js")
        }
        assert "http" not in page
        assert ".cascade-view mark" in server.get("/page/marks.css").body.decode()


def test_figures_count_what_was_read() -> None:
    with served(FakeCascade()) as server:
        server.entities(texts=["Ada met Bob", "nobody"])
        server.post("/v1/made-up", {})
        assert server.figure("cascade_texts_total") == 2
        assert server.figure("cascade_characters_total") == 17
        assert server.figure("cascade_entities_total") == 2
        assert server.figure("cascade_waiting_texts") == 0
        assert server.figure('cascade_requests_total{method="POST",path="/v1/entities",status="200"}') == 1
        assert server.figure('cascade_requests_total{method="POST",path="other",status="404"}') == 1


def test_threads_end_with_the_server() -> None:
    with served(FakeCascade()) as server:
        server.entities(text="Ada")
    assert [thread.name for thread in threading.enumerate() if thread.name == "cascade-model"] == []
