"""The command `serve`: mistakes in one line, and a real server with the embedded model."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the packages of the extra serve are not installed")
from documents import blocks
from project_tree import ROOT
from served import WAIT_S, Served
from thread_work import at_once
from tiny_models import save_shelf

from cascade import Cascade
from cascade.commands import serve as serve_command
from cascade.model.base_model import BaseModel

SLOW = """
import sys
import torch
from cascade.commands import serve
from cascade.pipeline import ready_stages
from served import FakeCascade

class SlowCascade(FakeCascade):
    def _found(self, documents, *_):
        matrix = torch.ones(600, 600)
        while documents:
            matrix @ matrix

serve.loaded_cascade = lambda *_, **__: SlowCascade()
serve.self_check = ready_stages.make_ready = lambda *_, **__: None
sys.exit(serve.main(sys.argv[2:]))
"""
START = "import sys; from cascade.commands.console import main; sys.exit(main(sys.argv[1:]))"
TEXTS = [
    "Angela Merkel besuchte Paris.",
    "Barack Obama was born in Honolulu.",
    "Pedro Sánchez viajó a Lisboa.",
    "Владимир Путин прибыл в Пекин.",
    "马云在杭州创立了阿里巴巴。",
    "Tim Cook leads Apple.",
    "Mark Rutte bezocht Brussel.",
    "安倍晋三は東京でトヨタ自動車の社長と会談した。",
]
TYPES = (None, ["person", "city", "company"])


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(serve_command.TOKEN_VARIABLE, raising=False)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (
            ["--host", "0.0.0.0"],
            "--host 0.0.0.0 lets other machines in, and no token is set; expected --token-file FILE or "
            "$CASCADE_NER_TOKEN, or --host 127.0.0.1",
        ),
        (["--concurrency", "2"], "--concurrency is given without --ray; expected both"),
        (
            ["--ray", "--port", "0"],
            "--port 0 is given with --ray, whose machines all listen at one port; expected a number",
        ),
        (
            ["--ray", "--threads", "2"],
            "--threads does not go with --ray; expected --actor-cores, the cores of each replica",
        ),
        (
            ["--token-file", "missing.txt"],
            "missing.txt: cannot be read: No such file or directory; expected a file that holds the token alone",
        ),
        (
            ["--token-file", "short.txt"],
            "the token has 5 characters; expected 16 or more, all of them printable ASCII, such as those that python "
            '-c "import secrets; print(secrets.token_urlsafe())" prints',
        ),
    ],
)
def test_mistakes_are_told_in_one_line_before_the_model_is_loaded(
    options: list[str], error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("short.txt").write_text("short\n", encoding="utf-8")
    assert serve_command.main(options) == 2
    assert capsys.readouterr().err == f"error: {error}\n"


def test_a_port_in_use_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert serve_command.main(["--port", str(port)]) == 2
    assert capsys.readouterr().err.startswith(
        f"error: cannot listen at 127.0.0.1:{port}: another program has port {port}"
    )


def test_a_missing_package_is_told_with_the_extra_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serve_command, "find_spec", lambda name: None if name == "prometheus_client" else object())
    assert serve_command.main([]) == 2
    assert capsys.readouterr().err == (
        "error: the package prometheus-client is not installed; run pip install 'cascade-ner[serve]'\n"
    )


@pytest.mark.parametrize(
    ("option", "value"), [("--port", "70000"), ("--port", "x"), ("--max-wait-ms", "-1"), ("--max-queue", "0")]
)
def test_options_out_of_range_are_refused(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        serve_command.main([option, value])
    assert end.value.code == 2
    assert f"argument {option}: found {value!r}; expected " in capsys.readouterr().err


@contextmanager
def started(*options: str, cwd: Path = ROOT, code: str = START) -> Iterator[tuple[subprocess.Popen[str], Served]]:
    """A server in a process of its own, and what asks it."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", "0", *options],
        cwd=cwd, env=environment, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        printed = []
        for line in process.stderr or ():
            printed.append(line)
            if found := re.search(r"listening at http://127\.0\.0\.1:(\d+)", line):
                yield process, Served("127.0.0.1", int(found[1]), None)  # type: ignore[arg-type]
                break
        else:
            pytest.fail("".join(printed))
    finally:
        process.kill()
        process.communicate(timeout=WAIT_S)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[str], Served]]:
    with started("--max-wait-ms", "50") as process:
        yield process


def shown(documents: list[Any]) -> list[list[tuple[str, str]]]:
    return [[(each["text"], each["type"]) for each in document["entities"]] for document in documents]


@pytest.mark.real_model
@pytest.mark.slow
def test_concurrent_requests_with_other_types_get_what_calls_get(
    running: tuple[subprocess.Popen[str], Served],
) -> None:
    _, server = running
    ner = Cascade.load(device="cpu")
    expected = [shown([ner(text, TYPES[place % 2]).to_dict()]) for place, text in enumerate(TEXTS)]
    answers = at_once(lambda place: server.entities(text=TEXTS[place], types=TYPES[place % 2]))
    found = [shown(answer.json["documents"]) for answer in answers]
    assert sum(map(len, found)) == len(TEXTS)
    same = sum(one == other for one, other in zip(found, expected, strict=True))
    assert same >= len(TEXTS) - 1  # a close decision may change when a text is read in another batch
    assert server.figure("cascade_texts_total") >= len(TEXTS)
    assert server.figure("cascade_batch_texts_count") < len(TEXTS)


@pytest.mark.real_model
@pytest.mark.slow
def test_the_requests_of_the_documents_get_the_answers_that_stand_there(
    running: tuple[subprocess.Popen[str], Served],
) -> None:
    _, server = running
    text = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    found = blocks(text)
    asked = 0
    for block, after in pairwise(found):
        if block.language != "bash" or "curl" not in block.text or after.language != "json":
            continue
        command = block.text.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{server.port}")
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, encoding="utf-8")
        assert without_scores(json.loads(done.stdout)) == without_scores(json.loads(after.text)), command
        asked += 1
    assert asked >= 4


def without_scores(value: Any) -> Any:
    """A JSON value without scores, which differ a little on other processors."""
    if isinstance(value, dict):
        return {name: without_scores(each) for name, each in value.items() if "score" not in name}
    return [without_scores(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_server_that_is_stopped_while_the_model_reads_ends_with_a_status(number: signal.Signals, status: int) -> None:
    with started("--shutdown-timeout", "1", code=SLOW) as (process, server):
        waiting = server.connection()
        waiting.request("POST", "/v1/entities", b'{"text": "Ada"}', {"Content-Type": "application/json"})
        while not server.figure("cascade_batch_texts_count"):
            pass
        waiting.close()
        process.send_signal(number)
        _, printed = process.communicate(timeout=WAIT_S)
        assert (process.returncode, printed) == (status, "stopped\n" if status else "")


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_stopped_server_ends_with_a_status_and_no_traceback(
    number: signal.Signals, status: int, gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    shelf = save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=[])
    options = ("--base", str(gemma_folder), "--adapters", str(shelf), "--precision", "fp32", "--device", "cpu")
    with started(*options) as (process, server):
        assert server.entities(text="Ada Lovelace met Bob.").status == 200
        process.send_signal(number)
        _, printed = process.communicate(timeout=WAIT_S)
        assert (process.returncode, printed) == (status, "stopped\n" if status else "")
