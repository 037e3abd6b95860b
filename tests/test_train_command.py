"""`python -m train.run` on tiny random models: from documents to two adapter folders through ms-swift, offline, resumed
where it stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_models import save_adapter

from cascade import Cascade, Document
from cascade.adapters.card import STAGES, WEIGHTS, AdapterShelf, read_adapter
from cascade.adapters.centroid import read_centroid
from cascade.adapters.retrieval import Retriever
from cascade.errors import AdapterError, CascadeError
from cascade.model.base_model import BaseModel
from train.export import export_adapter
from train.rows.prepared_data import SAMPLE, prepared_before
from train.sft import TrainingResult

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("Ada", "Bob", "Cleo", "Dan")
PLACES = ("Rome", "Oslo", "Lima", "Bonn")

pytestmark = pytest.mark.slow


def write_documents(file: Path, count: int) -> Path:
    with file.open("w", encoding="utf-8") as out:
        for number in range(count):
            name, place = NAMES[number % 4], PLACES[number // 4 % 4]
            text = f"{name} went to {place} again."
            start = text.index(place)
            entities = [
                {"start": 0, "end": len(name), "type": "person"},
                {"start": start, "end": start + len(place), "type": "location"},
            ]
            out.write(
                json.dumps({"id": f"{file.stem}-{number}", "text": text, "language": "en", "entities": entities}) + "\n"
            )
    return file


def train(folder: Path, base: Path, *extra: str) -> subprocess.CompletedProcess[str]:
    arguments = [
        "--data",
        folder / "train.jsonl",
        "--dev",
        folder / "dev.jsonl",
        "--out",
        folder / "adapters",
        "--work",
        folder / "work",
        "--base",
        base,
        *extra,
    ]
    # no route to any host: a look-up would fail loudly instead of waiting for a hub
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    return subprocess.run(
        [sys.executable, "-m", "train.run", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=environment,
    )


@pytest.mark.parametrize("kind", ["gemma", "qwen"])
def test_documents_become_two_adapters_and_an_interrupted_run_goes_on(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    base = request.getfixturevalue(f"{kind}_folder")
    write_documents(tmp_path / "train.jsonl", 480)
    write_documents(tmp_path / "dev.jsonl", 8)

    stopped = train(tmp_path, base, "--stages", "extractor", "--max-steps", "2")
    assert stopped.returncode == 0, stopped.stderr[-3000:]
    assert (
        json.loads((tmp_path / "work/extractor/checkpoint-2/trainer_state.json").read_text(encoding="utf-8"))[
            "global_step"
        ]
        == 2
    )

    done = train(tmp_path, base, "--max-steps", "4")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "extractor: starts from a new adapter\n" in stopped.stdout
    assert f"extractor: goes on from {tmp_path / 'work/extractor/checkpoint-2'}\n" in done.stdout
    assert f"classifier: starts from the adapter in {tmp_path / 'work/extractor/checkpoint-'}" in done.stdout
    state = json.loads((tmp_path / "work/extractor/checkpoint-4/trainer_state.json").read_text(encoding="utf-8"))
    assert [entry["step"] for entry in state["log_history"] if "eval_f1" in entry] == [
        1,
        2,
        3,
        4,
    ]  # 1 and 2 were kept, not trained again
    cards = {
        stage: json.loads((tmp_path / "adapters" / stage / "card.json").read_text(encoding="utf-8"))
        for stage in ("extractor", "classifier")
    }
    for stage, card in cards.items():
        line = next(line for line in done.stdout.splitlines() if line.startswith(f"{stage}: dev F1"))
        assert f", temperature {card['temperature']}; adapter in {tmp_path / 'adapters' / stage}" in line
    assert cards["extractor"]["types"] == ["location", "person"]
    assert cards["extractor"]["languages"] == ["en"]
    assert all(
        (tmp_path / "adapters" / stage / name).is_file()
        for stage in cards
        for name in ("adapter_model.safetensors", "log.jsonl", "curve.png")
    )
    model, texts = (
        BaseModel.load(str(base), device="cpu"),
        sorted({f"{name} went to {place} again." for name in NAMES for place in PLACES}),
    )
    expected = np.mean([model.embedding_of(text) for text in texts], axis=0)
    assert all(
        read_centroid(tmp_path / "adapters" / stage).mean == pytest.approx(expected, abs=1e-5) for stage in cards
    )

    weights = (tmp_path / "adapters" / "extractor" / WEIGHTS).read_bytes()
    finished = train(tmp_path, base, "--max-steps", "4", "--stages", "extractor")
    assert finished.returncode == 0, finished.stderr[-3000:]
    assert (
        tmp_path / "adapters" / "extractor" / WEIGHTS
    ).read_bytes() == weights  # a training at its end is not trained on
    assert read_adapter(tmp_path / "adapters" / "extractor").card.training["steps"] == 4
    other = train(tmp_path, base, "--max-steps", "4", "--learning-rate", "1e-6")
    assert other.returncode == 2
    assert "holds a training with learning_rate 'None' instead of '1e-06'" in other.stderr.splitlines()[-1]
    unknown = train(tmp_path, base, "--work", str(tmp_path / "unknown"), "--recipe-values", "lora_rang=8")
    assert unknown.returncode == 2
    assert (
        "the recipe of the extractor holds lora_rang; expected arguments that ms-swift has"
        in unknown.stderr.splitlines()[-1]
    )

    shutil.copytree(tmp_path / "adapters", tmp_path / "first")
    little = ("--max-steps", "1", "--learning-rate", "1e-9", "--demonstrations", "sentence")
    again = train(tmp_path, base, "--start-from", str(tmp_path / "first"), "--work", str(tmp_path / "second"), *little)
    assert again.returncode == 0, again.stderr[-3000:]
    assert {read_adapter(tmp_path / "adapters" / stage).card.demonstrations for stage in STAGES} == {"sentence"}
    for stage in cards:  # a step that changes nothing leaves what it started from
        started = load_file(tmp_path / "first" / stage / WEIGHTS)
        ended = load_file(tmp_path / "adapters" / stage / WEIGHTS)
        assert all(torch.equal(started[name], ended[name]) for name in started)

    in_own_folder = ("--work", str(tmp_path / "differences"), "--max-steps", "1")
    changed = ("--recipe-values", "target_modules=[q_proj, v_proj]", "label_smoothing_factor=0.1")
    built = train(
        tmp_path,
        base,
        "--build-on",
        str(tmp_path / "first"),
        "--rank",
        "2",
        "--out",
        str(tmp_path / "first" / "en"),
        *in_own_folder,
        *changed,
    )
    assert built.returncode == 0, built.stderr[-3000:]
    assert (
        f"extractor: starts from a new adapter, which is a difference to {tmp_path / 'first' / 'extractor'}\n"
        in built.stdout
    )
    assert all(
        f", temperature {read_adapter(tmp_path / 'first' / 'en' / stage).card.temperature};" in built.stdout
        for stage in STAGES
    )
    refused = train(tmp_path, base, "--start-from", str(tmp_path / "first" / "en"), "--work", str(tmp_path / "third"))
    assert refused.returncode == 2
    assert "is itself a difference to another adapter" in refused.stderr.splitlines()[-1]
    shelf = AdapterShelf(tmp_path / "first")
    own = Retriever(shelf).named("en")
    assert [adapter.name for adapter in own] == ["en/extractor", "en/classifier"]
    assert [shelf.root(adapter).folder for adapter in own] == [tmp_path / "first" / stage for stage in STAGES]
    assert {name.split(".")[-3] for name in load_file(own[0].folder / WEIGHTS)} == {"q_proj", "v_proj"}
    assert {weight.shape[0] for name, weight in load_file(own[0].folder / WEIGHTS).items() if "lora_A" in name} == {2}
    assert (
        Cascade.load(str(base), adapters=tmp_path / "first", device="cpu")(
            Document("1", "Ada went to Rome again.", "en"), ["person", "location"]
        ).id
        == "1"
    )

    cascade = Cascade.load(str(base), adapters=tmp_path / "adapters", device="cpu")
    assert cascade("Ada went to Rome again.", ["person", "location"]).text == "Ada went to Rome again."


def test_prepared_data_is_used_again_only_where_it_was_made_as_asked_for_and_whole(tmp_path: Path) -> None:
    asked = {"seed": "1", "data": "a.jsonl"}
    assert prepared_before(tmp_path, asked) is None
    (tmp_path / "task.json").write_text(json.dumps({"provenance": asked}), encoding="utf-8")
    assert (
        prepared_before(tmp_path, asked) is None
    )  # without the sample, as version 0.1 left it when it was interrupted
    assert prepared_before(tmp_path, asked | {"seed": "2"}) is None
    (tmp_path / SAMPLE).write_text("", encoding="utf-8")
    assert prepared_before(tmp_path, asked) == {"provenance": asked}
    with pytest.raises(CascadeError) as error:
        prepared_before(tmp_path, asked | {"seed": "2"})
    assert (
        str(error.value)
        == f"{tmp_path} holds data prepared for something else (seed); name another --work folder or remove it"
    )


def test_no_dev_documents_is_an_error_that_says_so(gemma_folder: Path, tmp_path: Path) -> None:
    write_documents(tmp_path / "train.jsonl", 8)
    (tmp_path / "dev.jsonl").write_text("", encoding="utf-8")
    done = train(tmp_path, gemma_folder)
    assert done.returncode == 2
    assert (
        done.stderr.splitlines()[-1]
        == "error: there are no dev documents with entities to pick the best checkpoint by; name some with --dev"
    )


def test_starting_from_a_folder_without_adapters_is_an_error_that_names_it(gemma_folder: Path, tmp_path: Path) -> None:
    write_documents(tmp_path / "train.jsonl", 8)
    write_documents(tmp_path / "dev.jsonl", 2)
    done = train(tmp_path, gemma_folder, "--start-from", str(tmp_path / "none"))
    assert done.returncode == 2
    expected = (
        f"error: {tmp_path / 'none' / 'extractor'}: has no card.json; expected an adapter folder as `python -m "
        "train.run` writes it"
    )
    assert done.stderr.splitlines()[-1] == expected


def test_weights_have_no_card_until_all_is_done(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> None:
    target = save_adapter(gemma, gemma_folder, tmp_path / "target", stage="extractor", languages=["en"], seed=1)
    checkpoint = Path(shutil.copytree(target, tmp_path / "checkpoint-1"))
    task = {
        "stage": "extractor",
        "base": "tiny",
        "languages": ["en"],
        "types": ["person"],
        "data": [],
        "tokens": 1,
        "decisions": 1,
        "seed": 1,
    }
    options = {"data": str(tmp_path / "de.yaml"), "seed": "1"}
    adapter = export_adapter(
        TrainingResult(checkpoint, 0.5, [{"step": 1}]),
        task,
        base_fingerprint="v2:0",
        target=target,
        options=options,
    )
    assert adapter.card.training["command"] == {
        "data": "de.yaml",
        "seed": "1",
    }  # folders of one machine are not for a card
    with pytest.raises(AdapterError):
        read_adapter(target)
    adapter.card.write(target)
    assert read_adapter(target).card == adapter.card
    replace(adapter.card, only_types=["person"]).write(target)
    beside = export_adapter(
        TrainingResult(checkpoint, 0.5, [{"step": 1}]),
        task,
        base_fingerprint="v2:0",
        target=tmp_path / "beside",
        options=options,
        root=read_adapter(target),
    )
    assert (beside.card.builds_on, beside.card.only_types) == (adapter.checksum(), ["person"])
