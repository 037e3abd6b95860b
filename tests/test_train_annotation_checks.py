"""Faults of annotation in training documents: counted, named, and used or refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.languages.identification import is_known_language
from cascade.model.base_model import BaseModel
from data_formats import write
from train import prepare
from train.corpora.annotation_checks import annotation_faults, check_types, refuse_faults
from train.corpora.loading import Corpus

TEXT = "Ada Lovelace met Bob in  New York2."


def entities(*spans: tuple[int, int, str]) -> tuple[Entity, ...]:
    return tuple(Entity(*span) for span in spans)


def faults(*documents: Document) -> list[str]:
    return annotation_faults([Corpus("news", documents)])


def document(*spans: tuple[int, int, str], name: str = "a", language: str | None = "en") -> Document:
    return Document(name, TEXT, language, entities(*spans))


def test_documents_without_faults_have_none() -> None:
    assert faults(
        document((0, 12, "person"), (17, 20, "person")),
        Document("b", "Nothing here.", None),
        document(name="c", language="und"),
    ) == [
        "corpus 'news': texts that stand there again with other entities, of which all are learnt: 1, the first "
        "document 'c'"
    ]
    assert (
        faults(
            document((0, 12, "person"), (17, 20, "person")), document((0, 12, "person"), (17, 20, "person"), name="b")
        )
        == []
    )


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (
            [(0, 12, "person"), (0, 3, "given name"), (4, 16, "person")],
            "entities that overlap longer ones, or ones as long and earlier: the extractor learns those alone, the "
            "classifier all: 2, the first 0..3",
        ),
        (
            [(0, 3, "person"), (0, 3, "scientist")],
            "spans of several types: the extractor learns each once, the classifier all its types: 1, the first "
            "person and scientist at 0..3",
        ),
        (
            [(1, 3, "person"), (16, 20, "person"), (25, 34, "place")],
            "entities that begin or end inside a word or number or with blanks, which are learnt as the whole words: "
            "2, the first 1..3",
        ),
        ([(23, 25, "place")], "entities of blanks alone, which are left out: 1, the first 23..25"),
    ],
)
def test_each_fault_is_counted_and_named(spans: list[tuple[int, int, str]], expected: str) -> None:
    assert faults(document(*spans)) == [f"corpus 'news': {expected} in document 'a'"]


def test_a_language_that_nobody_knows_is_named() -> None:
    assert faults(
        document(language="englisch"), document(language="xq", name="b"), document(language="gsw", name="c")
    ) == [
        "corpus 'news': documents whose language is none that is known, by which nothing is retrieved: 2, the first "
        "'englisch' in document 'a'"
    ]
    assert [is_known_language(tag) for tag in ("de", "de-AT", "ger", "und", "", "gsw", "xx", "dutsch")] == [
        True
    ] * 6 + [False] * 2


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ("Person", "person"),
            "types 'Person' and 'person' differ in case, blanks or how accents are encoded alone; expected one of them",
        ),
        (
            ("caf\u00e9", "cafe\u0301"),
            "types 'cafe\u0301' and 'caf\u00e9' differ in case, blanks or how accents are encoded alone; "
            "expected one of them",
        ),
        (
            ("food, drink", "person"),
            "type name 'food, drink' holds ',', which ends a name in the prompt, so that it would be read as two; "
            "expected a name without. Part types by commas; within a name write a word such as 'and' instead",
        ),
        (
            ("person", "place|area"),
            "type name 'place|area' holds '|', which ends a name in the prompt, so that it would be read as two; "
            "expected a name without. Part types by commas; within a name write a word such as 'and' instead",
        ),
        (
            ("None of These", "person"),
            "'None of These' is what the classifier answers for everything else; expected a type of another name",
        ),
    ],
)
def test_types_that_no_prompt_could_name_or_tell_apart_are_refused(
    gemma: BaseModel, names: tuple[str, str], message: str
) -> None:
    one, other = names
    check_types(
        [Corpus("a", (document((0, 3, "Person")),)), Corpus("b", (document((0, 3, "person")),))], gemma.tokens
    )  # each has prompts of its own
    with pytest.raises(CascadeError) as error:
        check_types([Corpus("news", (document((0, 3, one)), document((0, 3, other), name="b")))], gemma.tokens)
    assert str(error.value) == f"corpus 'news': {message}. Call it otherwise in the file, or with `rename` in a mixture"


def test_faults_are_refused_where_the_user_says_so() -> None:
    refuse_faults([])
    with pytest.raises(CascadeError) as error:
        refuse_faults(["corpus 'a': 1 x", "corpus 'b': 2 y"])
    assert str(error.value) == (
        "the training documents have faults, which --annotation-faults refuse forbids: corpus 'a': 1 x; corpus "
        "'b': 2 y. Mend them, or train with --annotation-faults use"
    )


def test_the_command_says_what_it_uses_or_refuses_it(
    tmp_path: Path, gemma_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [document((1, 3, "person"), (17, 20, "person"), name=str(number)) for number in range(6)]
    write(made, str(tmp_path / "train.jsonl"), "jsonl")
    command = [
        "--stage",
        "extractor",
        "--data",
        str(tmp_path / "train.jsonl"),
        "--dev",
        str(tmp_path / "train.jsonl"),
        "--base",
        str(gemma_folder),
    ]
    line = "corpus 'train': "
    line += (
        "entities that begin or end inside a word or number or with blanks, which are learnt as the whole words: "
        "6, the first 1..3 in document '0'"
    )
    assert prepare.main([*command, "--out", str(tmp_path / "used")]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"note: {line}"
    assert prepare.main([*command, "--out", str(tmp_path / "refused"), "--annotation-faults", "refuse"]) == 2
    assert f"which --annotation-faults refuse forbids: {line}. Mend them" in capsys.readouterr().err
    assert not (tmp_path / "refused").exists()


def test_types_of_documents_that_list_theirs_are_compared_within_their_list(gemma: BaseModel) -> None:
    lists = {"a": ["Person", "Datum"], "b": ["person", "datum"]}
    listed = [replace(document(name=name), fields={"marked_types": types}) for name, types in lists.items()]
    check_types([Corpus("texts", (*listed, document((0, 3, "person"), name="c")), own_prompts=True)], gemma.tokens)
    alike = replace(listed[0], fields={"marked_types": ["Person", "person"]})
    with pytest.raises(CascadeError, match="corpus 'texts': types 'Person' and 'person' differ in case"):
        check_types([Corpus("texts", (alike, listed[1]), own_prompts=True)], gemma.tokens)
