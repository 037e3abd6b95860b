"""spaCy's training data: DocBin and JSON."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from random_documents import found, random_documents

import data_formats
from cascade.document import Document, Entity
from cascade.errors import FormatError
from data_formats.annotation_tools.docbin import GROUPS, LINKS, UNANNOTATED, spaced_words
from data_formats.registry import opened
from data_formats.report import BLANK_EDGES, MARKS_FOR_OUTSIDE, NESTED_ENTITIES

WHY = "compares with the package spacy, which is not installed"


def kept(document: Document) -> list[tuple[int, int, str]]:
    """The entities that do not overlap and do not begin or end in white space: the slow, obvious way."""
    chosen: list[Entity] = []
    blank = {entity for entity in document.entities if (text := document.text_of(entity)) != text.strip()}
    for entity in sorted(document.entities, key=lambda entity: (entity.start - entity.end, entity.start, entity.type)):
        if entity not in blank and all(entity.end <= other.start or other.end <= entity.start for other in chosen):
            chosen.append(entity)
    return sorted((entity.start, entity.end, entity.type) for entity in chosen)


@pytest.mark.parametrize("seed", range(40))
def test_random_documents_survive_in_json_without_overlaps(tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    report = data_formats.write(documents, tmp_path / "a", "spacy-json")
    assert opened(tmp_path / "a").format.name == "spacy-json"
    copies = list(data_formats.read(tmp_path / "a"))
    assert [found(copy)[1:] for copy in copies] == [(d.text, kept(d)) for d in documents]
    lost = sum(len(d.entities) - len(copy.entities) for d, copy in zip(documents, copies, strict=True))
    assert report.losses[NESTED_ENTITIES] + report.losses[BLANK_EDGES] == lost


TOKENS = [{"orth": "Ada", "ner": "U-PER"}, {"orth": "in", "ner": "-"}, {"orth": "Rome"}]


@pytest.mark.parametrize(
    ("content", "losses"),
    [
        ([["Ada in Rome", {"entities": [[0, 3, "PER"]]}]], {}),
        (["Ada in Rome", {"entities": [[0, 3, "PER"]]}], {}),
        ([{"text": "Ada in Rome", "ents": [{"start": 0, "end": 3, "label": "PER"}]}], {}),
        (
            [{"id": 0, "paragraphs": [{"raw": "Ada in Rome", "sentences": [{"tokens": TOKENS}]}]}],
            {MARKS_FOR_OUTSIDE: 1},
        ),
        ([{"id": 0, "paragraphs": [{"sentences": [{"tokens": TOKENS}]}]}], {MARKS_FOR_OUTSIDE: 1}),
    ],
)
def test_all_forms_of_json_are_read(tmp_path: Path, content: object, losses: dict[str, int]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    report = data_formats.Report()
    assert opened(tmp_path / "a.json").format.name == "spacy-json"
    assert list(data_formats.read(tmp_path / "a.json", report=report)) == [
        Document("document-1", "Ada in Rome", None, (Entity(0, 3, "PER"),))
    ]
    assert report.losses == losses


def test_examples_a_line_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text('["Ada", {"entities": [[0, 3, "PER"]]}]\n["in", {"entities": []}]\n')
    assert [document.text for document in data_formats.read(tmp_path / "a")] == ["Ada", "in"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            [["Ada", {"entities": [[0, 4, "PER"]]}]],
            "[0, 4, 'PER'] is no entity of a text of 3 characters; expected a start, an end and a type",
        ),
        ([["Ada", {"entities": 3}]], "the entities are 3; expected a list"),
        (
            [["Ada", {"cats": {}}]],
            "['Ada', {'cats': {}}] is no training example of spaCy; expected [text, {\"entities\": [[start, end, "
            'type]]}], or an object with "text" and "ents", or "paragraphs"',
        ),
        (
            [{"paragraphs": [{"raw": "Ada Rome", "sentences": [{"tokens": TOKENS}]}]}],
            "the token 'in' is not in the text at 3; expected the text's tokens",
        ),
        (
            [{"paragraphs": [{"sentences": ["x"]}]}],
            "'x' is no sentence; expected an object with a list of 'tokens'",
        ),
        (
            [{"paragraphs": [{"sentences": [{"tokens": None}]}]}],
            "{'tokens': None} is no sentence; expected an object with a list of 'tokens'",
        ),
        (
            [{"paragraphs": [{"sentences": [{"tokens": ["x"]}]}]}],
            "{'tokens': ['x']} is no sentence; expected an object with a list of 'tokens'",
        ),
    ],
)
def test_ill_formed_json(tmp_path: Path, content: object, message: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.json", "spacy-json"))
    assert str(caught.value) == f"{tmp_path}/a.json: document 1: {message}"


def test_words_and_blanks_give_the_text_again() -> None:
    text = " \tAda  in\n Rome. "
    words, spaces = spaced_words(text, [(2, 5), (7, 9), (11, 15), (15, 16)])
    assert words == [" \t", "Ada", " ", "in", "\n ", "Rome", "."]
    assert "".join(word + " " * space for word, space in zip(words, spaces, strict=True)) == text


def test_a_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(FormatError) as caught:
        data_formats.write([], tmp_path / "a.spacy")
    assert str(caught.value) == (
        "the format spacy needs the package spacy; install it with pip install 'cascade-ner[spacy]', or use the format "
        "spacy-json, which needs none"
    )


@pytest.fixture
def spacy() -> Any:
    return pytest.importorskip("spacy", reason=WHY)


@pytest.mark.parametrize("seed", range(20))
def test_random_documents_survive_in_docbins(spacy: Any, tmp_path: Path, seed: int) -> None:
    documents = random_documents(seed)
    data_formats.write(documents, tmp_path / "a.spacy")
    assert opened(tmp_path / "a.spacy").format.name == "spacy"
    expected = [(document.id, document.text, kept(document)) for document in documents]
    assert [found(copy) for copy in data_formats.read(tmp_path / "a.spacy")] == expected
    theirs = []
    for doc in spacy.tokens.DocBin().from_disk(tmp_path / "a.spacy").get_docs(spacy.blank("xx").vocab):
        theirs.append((doc.user_data["id"], doc.text, [(e.start_char, e.end_char, e.label_) for e in doc.ents]))
    assert theirs == expected


@pytest.mark.parametrize("seed", range(5))
def test_spacy_takes_the_json_as_training_data_and_its_own_json_is_read(spacy: Any, tmp_path: Path, seed: int) -> None:
    data_formats.write(random_documents(seed), tmp_path / "a", "spacy-json", keep_tokens=True)
    rows = json.loads((tmp_path / "a").read_text(encoding="utf-8"))
    docs = [spacy.blank("xx").make_doc(text) for text, _ in rows]
    for doc, (_, annotation) in zip(docs, rows, strict=True):
        spans = [doc.char_span(start, end, label=type_) for start, end, type_ in annotation["entities"]]
        doc.ents = [span for span in spans if span is not None]
    (tmp_path / "b").write_text(json.dumps([doc.to_json() for doc in docs]), encoding="utf-8")
    copies = list(data_formats.read(tmp_path / "b"))
    assert [found(copy)[1:] for copy in copies] == [
        (doc.text, [(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents]) for doc in docs
    ]


def test_what_docs_hold_beside_entities_is_counted(spacy: Any, tmp_path: Path) -> None:
    doc = spacy.blank("xx")("Ada in Rome")
    doc.ents = [doc.char_span(0, 3, label="PER", kb_id="Q1")]
    doc.spans["sc"] = [doc.char_span(0, 3, label="A"), doc.char_span(0, 11, label="B")]
    without = spacy.blank("xx")("Ada in Rome")
    spacy.tokens.DocBin(docs=[doc, without]).to_disk(tmp_path / "a.spacy")
    report = data_formats.Report()
    first, second = data_formats.read(tmp_path / "a.spacy", report=report)
    assert (first.id, first.entities, second.entities) == ("document-1", (Entity(0, 3, "PER"),), ())
    assert report.losses == {LINKS: 1, GROUPS.format(group="sc"): 2, UNANNOTATED: 1}
    [nested, _] = data_formats.read(tmp_path / "a.spacy", layer="sc")
    assert nested.entities == (Entity(0, 3, "A"), Entity(0, 11, "B"))


def test_other_files_are_no_docbins(spacy: Any, tmp_path: Path) -> None:
    (tmp_path / "a.spacy").write_bytes(b"no")
    with pytest.raises(FormatError) as caught:
        list(data_formats.read(tmp_path / "a.spacy"))
    assert str(caught.value).startswith(f"{tmp_path}/a.spacy: the file is no DocBin of spaCy: ")


def test_streams_of_text_hold_no_docbin(spacy: Any) -> None:
    with pytest.raises(FormatError) as caught:
        data_formats.write([], io.StringIO(), "spacy")
    assert str(caught.value) == "the format spacy is binary, and a stream of text cannot hold it; name a file"
