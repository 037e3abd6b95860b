"""Ray itself: a job of two actors on this machine, one of which is killed amid its work, and two replicas."""

from __future__ import annotations

import json
import os
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import ray_stand_in
from job_commands import TOO_LONG, FirstWords, lines_of, words
from project_tree import ROOT

from cascade.commands import infer as infer_command
from cascade.commands import infer_ray
from cascade.scale.ray_serving import Replicas, serve_on_ray

__all__ = ["words"]

pytestmark = [
    pytest.mark.ray,
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed (pip install 'cascade-ner[scale]')"),
    pytest.mark.filterwarnings("default"),  # what Ray warns of is not ours
]
DOCUMENTS = 60


@pytest.fixture(scope="module")
def ray_here() -> Iterator[None]:
    """Ray on this machine, or at the address that RAY_ADDRESS names."""
    import ray

    given = os.environ.get("RAY_ADDRESS")
    found = {} if given else {"num_cpus": 4, "include_dashboard": False}
    paths = os.pathsep.join([str(Path(__file__).parent), str(ROOT)])  # of what stands in for the cascade, in workers
    ray.init(given or "local", log_to_driver=False, runtime_env={"env_vars": {"PYTHONPATH": paths}}, **found)
    yield
    ray.shutdown()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """An input of 60 documents, one of which kills the process that reads it first."""
    lines = lines_of(range(DOCUMENTS)).splitlines()
    lines[20] = json.dumps({"id": "d20", "text": ray_stand_in.FATAL, "entities": []})
    lines[31] = json.dumps({"id": "d31", "text": ray_stand_in.REFUSED, "entities": []})
    file = tmp_path / "in.jsonl"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.usefixtures("ray_here")
def test_two_actors_of_which_one_is_killed_write_what_the_local_job_writes(
    source: Path, words: FirstWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    words.refused[ray_stand_in.REFUSED] = TOO_LONG
    local, out = source.with_name("local.jsonl"), source.with_name("ray.jsonl")
    options = ["--shard-size", "4", "--max-failures", "1"]
    assert infer_command.main([str(source), "-o", str(local), "--job", *options]) == 3
    monkeypatch.setattr(infer_ray, "_loaded", ray_stand_in.load)
    monkeypatch.setattr(infer_ray, "_marks", ray_stand_in.marks)
    given = [str(source), "-o", str(out), "--ray", "--concurrency", "2", *options]
    assert infer_command.main(given) == 3
    assert out.read_bytes() == local.read_bytes()
    assert Path(f"{out}.failed.jsonl").read_bytes() == Path(f"{local}.failed.jsonl").read_bytes()
    assert out.with_suffix(".killed").exists()
    read = ray_stand_in.noted(out)
    assert len({process for _, process in read}) == 3  # two actors, and the one in the killed one's place
    assert {identifier for identifier, _ in read} == {f"d{number}" for number in range(DOCUMENTS)} - {"d31"}


@pytest.mark.usefixtures("ray_here")
def test_a_job_that_was_cut_off_goes_on(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = source.with_name("ray.jsonl")
    monkeypatch.setattr(infer_ray, "_loaded", ray_stand_in.load)
    monkeypatch.setattr(infer_ray, "_marks", ray_stand_in.marks)
    given = [str(source), "-o", str(out), "--ray", "--concurrency", "2", "--shard-size", "4"]
    assert infer_command.main(given) == 2  # the text that is too long
    manifest = json.loads(Path(f"{out}.job/manifest.json").read_text())
    assert (manifest["read"], manifest["failed"]) == (28, 0)
    before = len(ray_stand_in.noted(out))
    assert infer_command.main([*given, "--max-failures", "1"]) == 3
    ids = [json.loads(line)["id"] for line in out.read_text().splitlines()]
    assert ids == [f"d{number}" for number in range(DOCUMENTS) if number != 31]
    again = {identifier for identifier, _ in ray_stand_in.noted(out)[before:]}
    assert again.isdisjoint({f"d{number}" for number in range(28)})


@pytest.mark.usefixtures("ray_here")
def test_a_text_that_kills_every_process_that_reads_it_ends_the_job_after_three_tries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "ray.jsonl"
    fatal = json.dumps({"id": "fatal", "text": ray_stand_in.ALWAYS_FATAL, "entities": []})
    source.write_text(lines_of(range(4)) + fatal + "\n", encoding="utf-8")
    monkeypatch.setattr(infer_ray, "_loaded", ray_stand_in.load)
    monkeypatch.setattr(infer_ray, "_marks", ray_stand_in.marks)
    assert infer_command.main([str(source), "-o", str(out), "--ray", "--shard-size", "4"]) == 2
    [told] = capsys.readouterr().err.splitlines()
    assert told.startswith("error: the cluster of Ray gave up: The actor ")
    assert (
        ". The same command reads that part again; if it ends so again, a text among the next ones kills every process "
        "that reads it, by its memory for instance: leave it out, or give actors more memory"
    ) in told
    assert "goes on" not in told
    processes = out.with_suffix(".killed").read_text(encoding="utf-8").splitlines()
    assert len(set(processes)) == len(processes) == 3


@pytest.mark.usefixtures("ray_here")
def test_a_fault_in_an_actor_is_told_in_one_line_with_its_cause(
    source: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(infer_ray, "_loaded", ray_stand_in.load_what_is_missing)
    monkeypatch.setattr(infer_ray, "_marks", ray_stand_in.marks)
    assert infer_command.main([str(source), "-o", str(source.with_name("ray.jsonl")), "--ray"]) == 2
    assert capfd.readouterr().err == "error: the cluster of Ray gave up: ValueError: no model here\n"


@pytest.mark.usefixtures("ray_here")
def test_replicas_answer_as_the_server_does_until_it_is_ended() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started, end = threading.Event(), threading.Event()
    running = threading.Thread(
        target=serve_on_ray,
        args=(ray_stand_in.served, "", Replicas(2)),
        kwargs={"host": "127.0.0.1", "port": port, "started": started.set, "ended": end},
    )
    running.start()
    place = f"http://127.0.0.1:{port}/v1/entities"
    body = json.dumps({"texts": ["Ada met Bob"], "types": ["person"]}).encode()
    asked = urllib.request.Request(place, body, {"content-type": "application/json"})
    elsewhere = urllib.request.Request(place, body, {"host": "elsewhere.org"})
    try:
        assert started.wait(600)
        with urllib.request.urlopen(asked, timeout=60) as answer:
            [document] = json.load(answer)["documents"]
        with pytest.raises(urllib.error.HTTPError, match="HTTP Error 421"):  # as a page of another site would ask
            urllib.request.urlopen(elsewhere, timeout=60)
    finally:
        end.set()
        running.join(120)
    assert [(each["text"], each["type"]) for each in document["entities"]] == [("Ada", "person"), ("Bob", "person")]
    assert not running.is_alive()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(asked, timeout=5)
