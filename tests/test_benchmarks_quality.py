"""The quality table: corpora from files and in the hub's layout, means, Markdown and quoted rows."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from datasets import ClassLabel, Dataset, Features, List, Value

from benchmarks import quality
from benchmarks.hub_corpora import HubError, read_hub
from benchmarks.published import CROSSNER, PUBLISHED, published
from cascade import Document, Entity
from data_formats import write

TOKENS = [["Ada", "Lovelace", "met", "Bob"], ["In", "Rome"]]


def hub_folder(
    folder: Path, tags: list[list[Any]], kind: Any, column: str = "ner_tags", tokens: list[list[str]] = TOKENS
) -> Path:
    """A corpus in the hub's layout: one split as a parquet file."""
    folder.mkdir()
    features = Features({"tokens": List(Value("string")), column: List(kind)})
    Dataset.from_dict({"tokens": tokens, column: tags}, features=features).to_parquet(str(folder / "test.parquet"))
    return folder


@pytest.mark.parametrize(
    ("names", "tags"),
    [
        (["O", "B-PER", "I-PER", "B-LOC"], [[1, 2, 0, 1], [0, 3]]),
        (["O", "person", "LOC"], [[1, 1, 0, 1], [0, 2]]),  # a source that marks no beginnings
    ],
)
def test_corpora_in_the_hubs_layout_become_documents(tmp_path: Path, names: list[str], tags: list[list[int]]) -> None:
    folder = hub_folder(tmp_path / "x", tags, ClassLabel(names=names))
    assert read_hub(f"hub:{folder}::test") == [
        Document("test-0", "Ada Lovelace met Bob", None, (Entity(0, 12, "person"), Entity(17, 20, "person"))),
        Document("test-1", "In Rome", None, (Entity(3, 7, "location"),)),
    ]


def test_labels_may_be_strings(tmp_path: Path) -> None:
    folder = hub_folder(tmp_path / "x", [["B-PER", "I-PER", "O", "B-band"], ["O", "O"]], Value("string"), column="tags")
    assert [(entity.span, entity.type) for entity in read_hub(f"hub:{folder}::test")[0].entities] == [
        ((0, 12), "person"),
        ((17, 20), "band"),
    ]


def test_what_cannot_be_read_is_an_error_that_says_why(tmp_path: Path) -> None:
    numbers = hub_folder(tmp_path / "numbers", [[1, 2, 0, 1], [0, 3]], Value("int64"))
    with pytest.raises(HubError) as error:
        read_hub(f"hub:{numbers}::test")
    assert (
        str(error.value)
        == f"hub:{numbers}::test: 'ner_tags' holds numbers without names; expected labels by name, or a column that "
        "names its classes"
    )
    other = hub_folder(tmp_path / "other", [["O"], ["O"]], Value("string"), column="labels")
    with pytest.raises(HubError) as error:
        read_hub(f"hub:{other}::test")
    assert (
        str(error.value)
        == f"hub:{other}::test: has the columns tokens, labels; expected tokens and one of ner_tags, tags, ner"
    )
    with pytest.raises(
        HubError, match=r"Where there is no network, name a file or set HF_HOME to a cache that has the corpus"
    ):
        read_hub(f"hub:{tmp_path / 'none'}:de:test")
    with pytest.raises(HubError) as error:
        read_hub("hub:wikiann/de/test")
    assert (
        str(error.value)
        == "'hub:wikiann/de/test'; expected hub:NAME:CONFIG:SPLIT, such as hub:unimelb-nlp/wikiann:de:test"
    )


@pytest.mark.parametrize(
    ("tokens", "tags", "message"),
    [
        ([["Ada"]], [[1, 0]], "row 0 has 1 tokens and 2 labels; expected a label for each token"),
        ([["Ada"]], [[-1]], "row 0 has the labels [-1]; expected numbers of the 2 classes that 'ner_tags' names"),
    ],
)
def test_rows_that_do_not_fit_are_errors_with_their_place(
    tmp_path: Path, tokens: list[list[str]], tags: list[list[int]], message: str
) -> None:
    folder = hub_folder(tmp_path / "x", tags, ClassLabel(names=["O", "PER"]), tokens=tokens)
    with pytest.raises(HubError) as error:
        read_hub(f"hub:{folder}::test")
    assert str(error.value) == f"hub:{folder}::test: {message}"


def test_empty_tokens_are_left_out_and_a_config_is_no_language_but_wikianns(tmp_path: Path) -> None:
    folder = hub_folder(
        tmp_path / "wikiann", [["B-PER", "I-PER", "O"], ["O"]], Value("string"), tokens=[["Ada", "", "met"], [""]]
    )
    assert read_hub(f"hub:{folder}:default:test") == [
        Document("test-0", "Ada met", "default", (Entity(0, 3, "person"),)),
        Document("test-1", "", "default"),
    ]
    shutil.move(folder, tmp_path / "cross_ner")
    assert {document.language for document in read_hub(f"hub:{tmp_path / 'cross_ner'}:default:test")} == {None}


def test_corpora_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "news").mkdir()
    documents = [Document("a", "Ada in Rome", "en", (Entity(7, 11, "place"), Entity(0, 3, "person")))]
    write(documents, str(tmp_path / "news" / "dev.jsonl"), "jsonl")
    assert quality.corpus("news/dev", tmp_path) == documents
    assert quality.own_types(documents) == ["person", "place"]


def row(f1: float) -> dict[str, Any]:
    scores = {
        "f1": f1,
        "interval": [f1 - 0.01, f1 + 0.01],
        "span_f1": 0.9,
        "type_accuracy": 0.95,
        "calibration_error": 0.03,
    }
    return {"sentences": 1200, "entities": 5, "not_asked_for": 0, **scores}


def test_means_are_of_families() -> None:
    names = ("panx_de/test", "panx_en/test", "uner_pt/dev", "hub:a/wikiann:de:test", "hub:a/wikiann:en:test")
    figures = {name: row(f1) for name, f1 in zip(names, (0.8, 0.7, 0.6, 0.5, 0.3), strict=True)}
    assert quality.means(figures) == {"panx": pytest.approx(0.75), "wikiann": pytest.approx(0.4)}


def test_quoted_figures_stand_below_measured_ones_and_are_marked() -> None:
    figures = {"panx_de/test": row(0.837), "crossner_ai/test": row(0.6), "crossner_music/test": row(0.7)}
    table = quality.markdown(figures).splitlines()
    assert table[2:] == [
        "| panx_de/test | 1,200 | **83.7** [82.7, 84.7] | 90.0 | 95.0 | 3.0 |",
        "| *CascadeNER, Qwen2-1.5B, few-shot, quoted from arXiv 2409.11022* | | *82.8* | | | |",
        "| crossner_ai/test | 1,200 | **60.0** [59.0, 61.0] | 90.0 | 95.0 | 3.0 |",
        "| *GLiNER-L, zero-shot, quoted from arXiv 2311.08526* | | *57.2* | | | |",
        "| crossner_music/test | 1,200 | **70.0** [69.0, 71.0] | 90.0 | 95.0 | 3.0 |",
        "| *GLiNER-L, zero-shot, quoted from arXiv 2311.08526* | | *69.6* | | | |",
        "| crossner mean | | **65.0** | | | |",  # two of five: no printed mean is to be compared with it
    ]
    assert {len(line.split("|")) for line in table} == {8}
    assert "quoted" not in quality.markdown(figures, whole=False)
    assert "quoted" not in quality.markdown(
        {name: each | {"not_asked_for": 3} for name, each in figures.items()}
    )  # other types than the papers'


def test_printed_means_stand_below_whole_families() -> None:
    table = quality.markdown({name: row(0.6) for name in CROSSNER})
    assert "| *CascadeNER, Qwen2-1.5B, few-shot, quoted from arXiv 2409.11022* | | *78.7* | | | |" in table
    assert (
        "| *GLiNER-L, zero-shot, mean of the five that are printed, quoted from arXiv 2311.08526* | | *65.3* | | | |"
        in table
    )


def test_types_that_are_not_asked_for_are_not_scored_but_counted() -> None:
    class Found:
        def __call__(self, documents: list[Document], types: list[str], *, paragraphs: bool) -> list[Document]:
            together.append(paragraphs)
            return [document.with_entities([Entity(0, 3, "person")]) for document in documents]

    together: list[bool] = []
    found: Any = Found()
    gold = [Document("a", "Ada in Rome", "en", (Entity(7, 11, "place"), Entity(0, 3, "person")))]
    figures = quality.measure(found, gold, ["person"])
    assert (figures["f1"], figures["entities"], figures["not_asked_for"]) == (1.0, 1, 1)
    quality.measure(found, gold, ["person"], paragraphs=True)
    assert together == [False, True]


def test_neighbours_are_drawn_together() -> None:
    documents = [Document(str(number), "Ada") for number in range(50)]
    places = [int(document.id) for document in quality.drawn(documents, 10, random.Random(3), neighbours=True)]
    assert places == list(range(places[0], places[0] + 10))
    assert quality.drawn(documents, 50, random.Random(3), neighbours=True) == documents
    scattered = [int(document.id) for document in quality.drawn(documents, 10, random.Random(3), neighbours=False)]
    assert len(set(scattered)) == 10
    assert max(scattered) - min(scattered) > 10


def test_published_figures_are_percents_with_a_source() -> None:
    assert all(1.0 < each.f1 < 100.0 and each.source for each in PUBLISHED)
    assert published("no such corpus") == []


def test_sentences_that_the_training_split_has_too_are_scored_apart(tmp_path: Path) -> None:
    ada = (Entity(0, 3, "person"),)
    documents = [
        Document("1", "Ada met Bob", None, ada),
        Document("2", "Ada left", None, ada),
        Document("3", "Ada slept", None, ada),
    ]
    (tmp_path / "a").mkdir()
    write([Document("x", "ada  left ")], str(tmp_path / "a" / "train.jsonl"), "jsonl")

    class Found:
        def __call__(self, given: list[Document], types: list[str], *, paragraphs: bool) -> list[Document]:
            return [document.with_entities(ada if document.id != "1" else ()) for document in given]

    cascade: Any = Found()
    known = quality.training_texts("a/dev", tmp_path)
    figures = quality.measure(cascade, documents, ["person"], trained_on=known)
    assert (figures["recall"], figures["sentences"]) == (pytest.approx(2 / 3), 3)
    assert (figures["unseen"]["recall"], figures["unseen"]["sentences"]) == (0.5, 2)
    assert "unseen" not in quality.measure(cascade, documents, ["person"])
    assert (
        quality.training_texts("a/train", tmp_path)
        == quality.training_texts("b/dev", tmp_path)
        == quality.training_texts("hub:a:b:c", tmp_path)
        == set()
    )
