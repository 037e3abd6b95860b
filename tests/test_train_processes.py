"""Training in several processes, under ms-swift's own launcher, is the training of one process."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from project_tree import ROOT
from safetensors.torch import load_file

from train.prepare import main as prepare

STEPS = 3
NUMBERS = {"max_steps": STEPS, "eval_steps": STEPS, "save_steps": STEPS, "logging_steps": 1}
ALIKE = 1e-3  # losses are logged with four digits


def labelled(file: Path, count: int, source: random.Random) -> Path:
    rows = []
    for number in range(count):
        name, place = source.choice(("Ada", "Bob", "Cleo", "Dan")), source.choice(("Rome", "Oslo", "Lima", "London"))
        text = f"{name} went to {place} again, and then {name} saw the river bank in {place}."
        spans = [(0, len(name), "person"), (text.index(place), text.index(place) + len(place), "location")]
        entities = [{"start": start, "end": end, "type": kind} for start, end, kind in spans]
        rows.append({"id": str(number), "text": text, "language": "en", "entities": entities})
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def launched(folder: Path, data: Path, out: Path, *, processes: int, accumulated: int) -> list[float]:
    """Trains the extractor by `swift sft` in so many processes; returns the losses of its steps."""
    common = {"model": folder, "model_type": "gemma3_text", "output_dir": out, **NUMBERS, "use_cpu": True}
    common |= {"torch_dtype": "float32", "bf16": False, "report_to": "none", "gradient_accumulation_steps": accumulated}
    common |= {"dataset": data / "train.jsonl", "val_dataset": data / "dev.jsonl"}
    given = [text for name, value in common.items() for text in (f"--{name}", str(value))]
    environment = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": str(ROOT)}
    if processes > 1:
        environment |= {"NPROC_PER_NODE": str(processes), "MASTER_PORT": str(free_port())}
    result = subprocess.run(
        [sys.executable, "-m", "swift.cli.main", "sft", "train/extractor.yaml", *given],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=900,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return [float(loss) for loss in re.findall(r"'loss': '([0-9.]+)'", result.stdout + result.stderr)]


@pytest.mark.slow
def test_two_processes_have_the_losses_and_the_weights_of_one_with_the_same_batch(
    gemma_folder: Path, tmp_path: Path
) -> None:
    base, data, source = gemma_folder, tmp_path / "data", random.Random(1)
    train, dev = labelled(tmp_path / "train.jsonl", 60, source), labelled(tmp_path / "dev.jsonl", 4, source)
    given = ["--data", str(train), "--dev", str(dev), "--base", str(base), "--out", str(data)]
    assert prepare(["--stage", "extractor", *given]) == 0
    assert len((data / "train.jsonl").read_text(encoding="utf-8").splitlines()) >= 2 * STEPS  # no step is cut short
    alone = launched(base, data, tmp_path / "one", processes=1, accumulated=2)
    together = launched(base, data, tmp_path / "two", processes=2, accumulated=1)
    assert len(set(alone)) == STEPS  # the steps differ, so that the comparison can fail
    assert together == pytest.approx(alone, abs=ALIKE)
    one, two = (
        load_file(tmp_path / run / f"checkpoint-{STEPS}" / "adapter_model.safetensors") for run in ("one", "two")
    )
    assert one.keys() == two.keys()
    learnt = sum(float(one[name].square().sum()) for name in one if "lora_B" in name)  # these begin at zero
    apart = sum(float((one[name] - two[name]).square().sum()) for name in one)
    assert apart < 1e-4 * learnt
