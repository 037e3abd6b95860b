"""Mixtures of corpora: what is drawn from each, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from cascade.document import Document, Entity
from data_formats.json_lines import to_object
from train.corpora.loading import Corpus, load_corpora, unseen_dev
from train.corpora.mixture_entry import MixtureError


def write_corpus(file: Path, count: int, language: str = "en") -> Path:
    """Documents of which every second has an entity and tokenised text."""
    file.parent.mkdir(parents=True, exist_ok=True)
    documents = [
        Document(
            str(number),
            f"Ada {number} .",
            language,
            (Entity(0, 3, "PER"), Entity(4, 4 + len(str(number)), "NUM")) if number % 2 else (),
        )
        for number in range(count)
    ]
    file.write_text("".join(json.dumps(to_object(document)) + "\n" for document in documents), encoding="utf-8")
    return file


def load(folder: Path, *entries: object, seed: int = 1, absent: dict[str, list[str]] | None = None) -> list[Corpus]:
    file = folder / "mixture.yaml"
    file.write_text(yaml.safe_dump({"absent": absent or {}, "corpora": list(entries)}), encoding="utf-8")
    return load_corpora(file, data_root=None, seed=seed)


def ids(documents: Sequence[Document]) -> list[int]:
    return [int(document.id) for document in documents]


def test_a_data_file_is_one_corpus(tmp_path: Path) -> None:
    (corpus,) = load_corpora(write_corpus(tmp_path / "news.jsonl", 4), data_root=None, seed=1)
    assert (corpus.name, ids(corpus.documents), corpus.languages, corpus.absent, corpus.dev) == (
        "news",
        [0, 1, 2, 3],
        ["en"],
        (),
        (),
    )


def test_documents_are_drawn_by_the_seed_alone(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 60)
    write_corpus(tmp_path / "b" / "train.jsonl", 60)
    first, second = {"path": "a/train.jsonl", "documents": 20}, {"path": "b/train.jsonl", "documents": 20}
    drawn = load(tmp_path, first, second)
    assert [corpus.name for corpus in drawn] == ["a", "b"]
    assert drawn == load(tmp_path, first, second)
    assert drawn[1] == load(tmp_path, second, first)[0]  # what stands beside a corpus does not change its draw
    assert len(set(ids(drawn[0].documents))) == 20
    assert ids(drawn[0].documents) != ids(drawn[1].documents)
    assert drawn != load(tmp_path, first, second, seed=2)


def test_epochs_draw_other_documents_but_dev_stays_the_same(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 60)
    write_corpus(tmp_path / "a" / "dev.jsonl", 60)
    (once,) = load(tmp_path, {"path": "a/train.jsonl", "documents": 20, "dev": "a/dev.jsonl", "dev_documents": 10})
    (later,) = load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1, epoch=1)
    (other,) = load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=2)
    assert once.documents != later.documents != other.documents != once.documents
    assert once.dev == later.dev == other.dev
    assert once.dev_types == later.dev_types == other.dev_types == ("NUM", "PER")


def test_dev_documents_that_no_checkpoint_is_chosen_by_are_those_after_the_first_ones(tmp_path: Path) -> None:
    for file in ("a/train.jsonl", "a/dev.jsonl"):
        write_corpus(tmp_path / file, 30)
    entry = {
        "path": "a/train.jsonl",
        "dev": "a/dev.jsonl",
        "dev_documents": 20,
        "rename": {"PER": "person", "NUM": None},
    }
    (corpus,) = load(tmp_path, entry)
    unseen, some = unseen_dev(entry, tmp_path)
    assert (some, sorted(ids([*corpus.dev, *unseen])), len(unseen)) == (True, list(range(30)), 10)
    assert {each.type for document in unseen for each in document.entities} == {"person"}
    (corpus,) = load(tmp_path, entry | {"dev_documents": 30})
    assert unseen_dev(entry | {"dev_documents": 30}, tmp_path) == (list(corpus.dev), False)
    held_out = {"path": "a/train.jsonl", "hold_out": 5}
    (corpus,) = load(tmp_path, held_out)
    assert unseen_dev(held_out, tmp_path) == (list(corpus.dev), False)
    assert sorted(ids(corpus.dev)) == list(range(25, 30))


def test_documents_held_out_are_for_dev_alone(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 40)
    (corpus,) = load(tmp_path, {"path": "a/train.jsonl", "hold_out": 10, "dev_documents": 6})
    assert set(ids(corpus.documents)) == set(range(30))
    assert set(ids(corpus.dev)) <= set(range(30, 40))
    assert len(corpus.dev) == 6
    for entry in (
        {"path": "a/train.jsonl", "hold_out": 40},
        {"path": "a/train.jsonl", "hold_out": 4, "dev": "a/train.jsonl"},
    ):
        with pytest.raises(MixtureError, match="expected fewer, and no `dev` beside it"):
            load(tmp_path, entry)


def test_dev_types_are_those_of_the_whole_file(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 60)
    (tmp_path / "a" / "dev.jsonl").write_text('{"id": "1", "text": "Ada", "entities": []}\n', encoding="utf-8")
    (corpus,) = load(tmp_path, {"path": "a/train.jsonl", "documents": 1, "dev": "a/dev.jsonl"})
    assert corpus.dev_types == ("NUM", "PER")


def test_of_few_documents_one_has_an_entity_at_least(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a.jsonl", 20)
    for seed in range(30):
        [corpus] = load(tmp_path, {"path": "a.jsonl", "documents": 1}, seed=seed)
        [document] = corpus.documents
        assert document.entities
    file = write_corpus(tmp_path / "none.jsonl", 1)  # its only document has none
    assert not load(tmp_path, {"path": file.name})[0].documents[0].entities


def test_documents_without_entities_are_thinned(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 400)
    (none,) = load(tmp_path, {"path": "a/train.jsonl", "without_entities": 0.0})
    assert sorted(ids(none.documents)) == list(range(1, 400, 2))
    (some,) = load(tmp_path, {"path": "a/train.jsonl", "without_entities": 0.5})
    assert 70 < sum(not document.entities for document in some.documents) < 130
    assert sum(bool(document.entities) for document in some.documents) == 200


def test_a_share_of_the_documents_is_detokenised(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 400)
    for share, low, high in ((0.0, 0, 0), (0.5, 150, 250), (1.0, 400, 400)):
        (corpus,) = load(tmp_path, {"path": "a/train.jsonl", "detokenise": share})
        assert (
            low
            <= sum(document.text.endswith(".") and " ." not in document.text for document in corpus.documents)
            <= high
        )


def test_types_are_renamed_or_dropped_in_training_and_dev(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 10)
    write_corpus(tmp_path / "a" / "dev.jsonl", 30)
    (corpus,) = load(
        tmp_path,
        {"path": "a/train.jsonl", "rename": {"PER": "person", "NUM": None}, "dev": "a/dev.jsonl", "dev_documents": 7},
    )
    assert {entity.type for document in (*corpus.documents, *corpus.dev) for entity in document.entities} == {"person"}
    assert len(corpus.dev) == 7


def test_a_corpus_has_its_name_licence_and_absent_types(tmp_path: Path) -> None:
    write_corpus(tmp_path / "data" / "a.jsonl", 2, "de")
    (corpus,) = load(
        tmp_path,
        {"path": "data/a.jsonl", "name": "mine", "licence": "MIT", "absent": "general"},
        absent={"general": ["protein"]},
    )
    assert (corpus.name, corpus.licence, corpus.absent, corpus.languages) == ("mine", "MIT", ("protein",), ["de"])


def test_paths_start_from_the_data_root(tmp_path: Path) -> None:
    write_corpus(tmp_path / "elsewhere" / "a.jsonl", 2)
    file = tmp_path / "mixture.yml"
    file.write_text(yaml.safe_dump({"corpora": [{"path": "a.jsonl"}]}), encoding="utf-8")
    assert len(load_corpora(file, data_root=tmp_path / "elsewhere", seed=1)[0].documents) == 2


def test_broader_types_of_a_mixture_are_known_to_all_its_corpora(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 4)
    file = tmp_path / "mixture.yaml"
    file.write_text(
        "broader: {name: [PER], thing: [NUM, PER]}\ncorpora: [{path: a/train.jsonl}, {path: a/train.jsonl, name: b}]\n",
        encoding="utf-8",
    )
    assert [corpus.broader for corpus in load_corpora(file, data_root=None, seed=1)] == [
        {"PER": ("name", "thing"), "NUM": ("thing",)}
    ] * 2
    file.write_text("broader: [name]\ncorpora: [{path: a/train.jsonl}]\n", encoding="utf-8")
    with pytest.raises(MixtureError) as error:
        load_corpora(file, data_root=None, seed=1)
    assert (
        str(error.value) == f"{file}: broader is ['name']; expected lists of types by name, as in train/zero_shot.yaml"
    )


def test_paragraphs_of_neighbours_are_drawn_whole(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 400)
    (corpus,) = load(tmp_path, {"path": "a/train.jsonl", "documents": 200, "paragraphs": 0.5})
    sizes = [document.text.count(".") for document in corpus.documents]
    assert 200 <= sum(sizes) <= 203  # the last paragraph is not cut
    assert 70 <= sum(size for size in sizes if size > 1) <= 130
    for document, size in zip(corpus.documents, sizes, strict=True):
        numbers = [int(word) for word in document.text.split() if word.isdigit()]
        assert numbers == list(range(numbers[0], numbers[0] + size))


def test_paragraphs_are_as_long_as_an_entry_asks_for(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 400)
    (corpus,) = load(tmp_path, {"path": "a/train.jsonl", "paragraphs": 1.0, "paragraph_sentences": 9})
    assert max(document.text.count(".") for document in corpus.documents) == 9


def test_a_type_that_no_document_has_is_not_renamed_silently(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a.jsonl", 4)
    with pytest.raises(MixtureError) as error:
        load(tmp_path, {"path": "a.jsonl", "rename": {"PER": "person", "LOC": "location"}})
    assert (
        str(error.value)
        == f"{tmp_path / 'mixture.yaml'}: corpora[0]: rename: LOC: no document has such a type; expected some of NUM, "
        "PER"
    )


def test_texts_of_other_files_are_not_drawn_nor_those_that_are_held_out(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a.jsonl", 6)
    tested = [Document("x", "ADA  2 . "), Document("y", "Ada 4 ."), Document("z", "Ada 9 .")]  # but for case and blanks
    (tmp_path / "test.jsonl").write_text(
        "".join(json.dumps(to_object(document)) + "\n" for document in tested), encoding="utf-8"
    )
    (corpus,) = load(tmp_path, {"path": "a.jsonl", "not_in": ["test.jsonl"]})
    assert sorted(ids(corpus.documents)) == [0, 1, 3, 5]
    again = [Document("6", "Ada 1 ."), Document("7", "Ada 7 .")]
    with (tmp_path / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write("".join(json.dumps(to_object(document)) + "\n" for document in again))
    (corpus,) = load(tmp_path, {"path": "a.jsonl", "hold_out": 2})
    assert sorted(ids(corpus.documents)) == [0, 2, 3, 4, 5]
    assert sorted(ids(corpus.dev)) == [6, 7]
