"""How well corpora are told apart by centroids: its shares and its table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.domains import main, shares
from cascade import Document
from data_formats import write


def test_the_share_of_documents_nearest_to_their_own_corpus() -> None:
    train = [np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[9.0, 0.0], [9.0, 1.0]])]
    dev = [np.array([[1.0, 0.0], [8.0, 0.0], [0.0, 0.5], [2.0, 1.0]]), np.array([[7.0, 0.5]])]
    assert shares(train, dev) == [0.75, 1.0]


def test_the_command_prints_a_column_a_size(
    gemma_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {
        "plain": ["Ada met Charles.", "They met in London.", "The river bank."],
        "russian": ["Война и мир.", "Роман Толстого о России.", "Мир и роман."],
    }
    for name, sentences in texts.items():
        (tmp_path / name).mkdir()
        documents = [Document(str(number), text) for number, text in enumerate(sentences)]
        write(documents, str(tmp_path / name / "train.jsonl"), "jsonl")
        write(documents[:2], str(tmp_path / name / "dev.jsonl"), "jsonl")
    command = [
        "--data",
        str(tmp_path),
        "--corpora",
        "plain,russian",
        "--sizes",
        "2",
        "3",
        "--base",
        str(gemma_folder),
        "--json",
        str(tmp_path / "out.json"),
    ]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["corpus", "plain", "russian", "mean"]
    assert lines[0].split()[1:] == ["2", "3"]
    assert lines[-1].split()[-1] == "100.0"
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["3"] == {"plain": 1.0, "russian": 1.0}
