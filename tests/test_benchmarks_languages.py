"""The table of what adapters of single languages gain: which documents are read by which adapters, its means, what it
refuses.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_adapter, save_shelf

from benchmarks import languages
from benchmarks.quality import with_languages
from cascade import Document, Entity
from cascade.adapters.card import STAGES, AdapterShelf
from cascade.adapters.retrieval import Retriever
from cascade.model.base_model import BaseModel
from data_formats import write
from train.corpora.mixtures import Mixture, read_mixture


@pytest.fixture
def adapters(gemma: BaseModel, gemma_folder: Path, tmp_path: Path) -> Path:
    return save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=["de"])


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    for language, folder in (("de", "news"), ("de", "more"), ("en", "web")):
        (tmp_path / folder).mkdir()
        documents = [
            Document(str(number), f"Ada {number} in Bern", language, (Entity(0, 3, "PER"),)) for number in range(4)
        ]
        write(documents, str(tmp_path / folder / "test.jsonl"), "jsonl")
    entries = [
        {"path": "news/train.jsonl", "language": "de", "rename": {"PER": "person"}},
        {"path": "absent/train.jsonl", "language": "de"},
        {"path": "web/train.jsonl", "language": "en"},
        {"path": "more/train.jsonl", "replay": True},
    ]
    (tmp_path / "mixture.yaml").write_text(json.dumps({"corpora": entries}), encoding="utf-8")
    return tmp_path


def test_corpora_of_a_language_are_those_with_the_split_types_called_as_in_training(corpora: Path) -> None:
    mixture = read_mixture(corpora / "mixture.yaml")
    ((corpus,), missing) = languages.corpora_of(mixture, "de", corpora, "test")
    assert (corpus.name, [entity.type for document in corpus.documents for entity in document.entities]) == (
        "news/test",
        ["person"] * 4,
    )
    assert missing == ["absent"]
    assert languages.corpora_of(mixture, "de", corpora, "dev") == ([], ["news", "absent"])


def test_dev_documents_that_checkpoints_were_chosen_by_are_marked(corpora: Path) -> None:
    entry: dict[str, Any] = {"path": "news/test.jsonl", "language": "de", "dev": "news/test.jsonl"}
    for most, count, mark in ((1, 3, ""), (4, 4, "*")):
        mixture = Mixture(corpora / "mixture.yaml", (entry | {"dev_documents": most},), {})
        ((corpus,), missing) = languages.corpora_of(mixture, "de", corpora, "dev")
        assert (corpus.name, len(corpus.documents), corpus.mark, missing) == ("news/dev", count, mark, [])


def test_only_languages_with_adapters_of_their_own_are_read_by_these_and_by_the_multilingual(
    gemma_folder: Path, adapters: Path, corpora: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    read_by: list[tuple[str, ...]] = []

    def measure(cascade: Any, documents: list[Document], types: list[str], *, trained_on: Any) -> dict[str, Any]:
        assert trained_on == set()  # there is no training split beside
        (answered,) = cascade([Document("1", documents[0].text, documents[0].language)], types)
        read_by.append(answered.adapters)
        f1 = 0.5 + 0.02 * ("de/extractor" in answered.adapters)
        return {"sentences": len(documents), "f1": f1, "interval": [0.4, 0.6], "span_f1": 0.7, "type_accuracy": 0.8}

    monkeypatch.setattr(languages, "measure", measure)
    command = [
        "--data",
        str(corpora / "mixture.yaml"),
        "--base",
        str(gemma_folder),
        "--adapters",
        str(adapters),
        "--precision",
        "fp32",
        "--sentences",
        "3",
    ]
    assert languages.main([*command, "--json", str(corpora / "out.json")]) == 0
    assert read_by == [tuple(f"{name}/{stage}" for stage in STAGES) for name in ("multilingual", "de")]
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == "de news/test 3 50.0 [40.0, 60.0] 70.0 80.0 52.0 [40.0, 60.0] 70.0 80.0 +2.0".split()
    assert lines[2] == "left out, without test documents: absent"
    assert lines[3] == "mean gain of 1 languages: +2.0; worse by more than 0.3: none"
    written = json.loads((corpora / "out.json").read_text(encoding="utf-8"))
    assert {name: round(row["gain"], 6) for name, row in written.items()} == {"news/test": 0.02}
    assert languages.main([*command, "--also", str(corpora / "web" / "test.jsonl")]) == 2
    assert (
        "web/test: documents are in en; expected languages with adapters of their own, such as de"
        in capsys.readouterr().err
    )
    assert languages.main([*command, "--also", str(corpora / "news" / "test.jsonl")]) == 2
    assert (
        "news/test: two corpora are called so; expected files in folders of different names" in capsys.readouterr().err
    )
    assert languages.main([*command, "--data-root", str(corpora / "nowhere")]) == 2
    assert (
        f"{corpora / 'nowhere'}: news, absent have no test split there; expected one at least, or another --data-root"
        in capsys.readouterr().err
    )
    assert languages.main([*command, "--also", str(corpora / "more" / "test.jsonl")]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:3]] == ["news/test", "more/test"]


def test_other_pairs_for_many_languages_are_never_chosen_beside_the_one_that_is_measured(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    folder = save_shelf(gemma, gemma_folder, tmp_path / "adapters", own=["de"])
    for stage, seed in zip(STAGES, (31, 32), strict=True):  # reads more languages, as a pair for any types does
        save_adapter(
            gemma, gemma_folder, folder / "any" / stage, stage=stage, languages=["de", "en", "bs", "fr"], seed=seed
        )
    shelf = AdapterShelf(folder)
    own = with_languages(shelf, Retriever(shelf, by_hand="multilingual"))
    chosen = {
        language: [adapter.name.partition("/")[0] for adapter in own.named(language)]
        for language in ("de", "en", "bs", None)
    }
    widest = ["multilingual"] * 2
    assert chosen == {"de": ["de"] * 2, "en": widest, "bs": widest, None: widest}


def test_the_mean_is_of_languages_and_further_files_are_not_in_it() -> None:
    gains = (("de", "a", 0.04, False), ("de", "b", 0.02, False), ("en", "c", -0.01, False), ("de", "d", -0.2, True))
    results = {name: {"language": language, "gain": gain, "also": also} for language, name, gain, also in gains}
    assert languages.summary(results) == "mean gain of 2 languages: +1.0; worse by more than 0.3: c -1.0, d -20.0"
    assert (
        languages.summary({"d": results["d"]})
        == "mean gain of 0 languages: of no corpus; worse by more than 0.3: d -20.0"
    )


def test_languages_without_adapters_are_refused(gemma_folder: Path, adapters: Path, corpora: Path, capsys: Any) -> None:
    command = [
        "--data",
        str(corpora / "mixture.yaml"),
        "--base",
        str(gemma_folder),
        "--adapters",
        str(adapters),
        "--precision",
        "fp32",
    ]
    assert languages.main([*command, "--languages", "en"]) == 2
    assert "of the mixture's languages has adapters of de; expected those of en" in capsys.readouterr().err
