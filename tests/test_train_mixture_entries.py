"""Which entries of a mixture are read: of a language, for replay, without some; and the languages of documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_train_corpora import load, write_corpus

from cascade.errors import CascadeError
from train.corpora.loading import load_corpora
from train.corpora.mixture_entry import MixtureError


def test_of_a_language_only_its_entries_are_read(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 4)
    entries = [
        {"path": "a/train.jsonl", "language": "de", "name": "one"},
        {"path": "missing.jsonl", "language": "fi"},
        {"path": "also missing.jsonl"},
    ]
    with pytest.raises(CascadeError):
        load(tmp_path, *entries)
    assert [
        corpus.name for corpus in load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1, language="de")
    ] == ["one"]
    with pytest.raises(MixtureError) as error:
        load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1, language="xx")
    assert str(error.value) == f"{tmp_path / 'mixture.yaml'}: no entry is of language 'xx'; expected one of de, fi"


def test_those_for_replay_are_read_with_every_language(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_corpus(tmp_path / name / "train.jsonl", 4)
    entries = [{"path": "a/train.jsonl", "language": "de"}, {"path": "c/train.jsonl", "language": "fi"}]
    load(tmp_path, *entries, *({"path": f"{name}/train.jsonl", "replay": True} for name in ("a", "b")))
    mixture = tmp_path / "mixture.yaml"
    corpora = load_corpora(mixture, data_root=None, seed=1, language="fi")
    assert [(corpus.name, corpus.replay) for corpus in corpora] == [("c", False), ("a", True), ("b", True)]
    corpora = load_corpora(mixture, data_root=None, seed=1, language="de", replay=False)
    assert [(corpus.name, corpus.replay) for corpus in corpora] == [("a", False)]
    with pytest.raises(MixtureError) as error:
        load_corpora(mixture, data_root=None, seed=1, language="xx")
    assert str(error.value) == f"{mixture}: no entry is of language 'xx'; expected one of de, fi"
    with pytest.raises(MixtureError) as error:
        load_corpora(mixture, data_root=None, seed=1, language="fi", without=["c"])
    assert str(error.value) == f"{mixture}: --without-corpora leaves no entry but for replay; expected at least one"
    with pytest.raises(MixtureError) as error:
        load_corpora(mixture, data_root=None, seed=1, without=["x"])
    assert str(error.value) == f"{mixture}: no entry is called x; expected some of a, b, c for --without-corpora"


def test_documents_of_a_file_that_name_no_language_get_the_one_given(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(
        '{"text": "Ada", "language": "en", "entities": []}\n{"text": "Bob", "entities": []}\n', encoding="utf-8"
    )
    (corpus,) = load_corpora(tmp_path / "x.jsonl", data_root=None, seed=1, language="de")
    assert [document.language for document in corpus.documents] == ["en", "de"]


@pytest.mark.parametrize(("named", "expected"), [("de", ["en", "de"]), ("bs+hr", ["en", None])])
def test_documents_of_an_entry_that_name_no_language_have_its_one(
    tmp_path: Path, named: str, expected: list[str | None]
) -> None:
    (tmp_path / "x.jsonl").write_text(
        '{"text": "Ada", "language": "en", "entities": []}\n{"text": "Bob", "entities": []}\n', encoding="utf-8"
    )
    (corpus,) = load(tmp_path, {"path": "x.jsonl", "dev": "x.jsonl", "language": named})
    for documents in (corpus.documents, corpus.dev):
        assert [document.language for document in sorted(documents, key=lambda document: document.text)] == expected


def test_types_of_entries_that_are_left_out_are_not_trained_on_as_absent(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_corpus(tmp_path / name / "train.jsonl", 4)
    entries = "{path: a/train.jsonl, absent: rare}, {path: b/train.jsonl, rename: {NUM: number}}"
    (tmp_path / "mixture.yaml").write_text(
        f"absent: {{rare: [number, PER, virus]}}\ncorpora: [{entries}]", encoding="utf-8"
    )
    assert load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1)[0].absent == ("number", "PER", "virus")
    (corpus,) = load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1, without=["b"])
    assert corpus.absent == ("virus",)


def test_entries_can_be_left_out(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write_corpus(tmp_path / name / "train.jsonl", 4)
    whole = load(tmp_path, *({"path": f"{name}/train.jsonl", "documents": 2} for name in ("a", "b", "c")))
    mixture = tmp_path / "mixture.yaml"
    assert load_corpora(mixture, data_root=None, seed=1, without=["b"]) == [
        whole[0],
        whole[2],
    ]  # the others are drawn as ever
    with pytest.raises(MixtureError) as error:
        load_corpora(mixture, data_root=None, seed=1, without=["b", "d"])
    assert str(error.value) == f"{mixture}: no entry is called d; expected some of a, b, c for --without-corpora"
    with pytest.raises(MixtureError) as error:
        load_corpora(mixture, data_root=None, seed=1, without=["a", "b", "c"])
    assert str(error.value) == f"{mixture}: --without-corpora leaves no entry; expected at least one"
    with pytest.raises(MixtureError, match="leave --without-corpora out"):
        load_corpora(tmp_path / "a" / "train.jsonl", data_root=None, seed=1, without=["a"])
