"""What callers give the cascade: documents, types and languages of every kind, read right or refused."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from tiny_models import save_shelf

from cascade import Cascade, Document
from cascade.adapters.card import AdapterShelf
from cascade.errors import AdapterError, CascadeError, DocumentError, LanguageError, TaxonomyError
from cascade.model.base_model import BaseModel
from cascade.stages.type_trie import build_trie

MISSING = "Leave missing values out, or give the whole column to cascade.integrations.annotate_column"
SEVERAL = "a list, a tuple or an iterator of texts and Documents"
TEXT = "Ada met Bob in London"


@pytest.fixture(scope="session")
def shelf(gemma: BaseModel, gemma_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> AdapterShelf:
    return AdapterShelf(save_shelf(gemma, gemma_folder, tmp_path_factory.mktemp("given"), own=["no", "tl"]))


@pytest.fixture
def cascade(gemma: BaseModel, shelf: AdapterShelf) -> Cascade:
    return Cascade(gemma, shelf, min_score=0.0)


def message_of(work: Any) -> str:
    with pytest.raises(CascadeError) as error:
        work()
    return str(error.value)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (
            {"text": TEXT},
            f"the documents are dict {{'text': '{TEXT}'}}; expected a text, a Document, or {SEVERAL}. "
            "Make a Document of it, such as Document(id, text)",
        ),
        (
            TEXT.encode(),
            f"the documents are bytes b'{TEXT}'; expected a text, a Document, or {SEVERAL}. "
            "Decode it, such as with .decode('utf-8')",
        ),
        (None, f"the documents are None; expected a text, a Document, or {SEVERAL}"),
        (5, f"the documents are int 5; expected a text, a Document, or {SEVERAL}"),
        (float("nan"), f"the documents are float nan; expected a text, a Document, or {SEVERAL}"),
        (
            PurePosixPath("news.txt"),
            f"the documents are PurePosixPath PurePosixPath('news.txt'); expected a text, a Document, or {SEVERAL}. "
            "Read the file, such as with data_formats.read(path)",
        ),
        (
            {TEXT},
            f"the documents are set {{'{TEXT}'}}, which has no order; expected {SEVERAL}. "
            "Sort it, so that results can be told apart",
        ),
        ([TEXT, None], "document 2 of those given is None; expected a text or a Document. " + MISSING),
        ([5], "document 1 of those given is int 5; expected a text or a Document"),
        (
            [TEXT, TEXT, float("nan")],
            "document 3 of those given is float nan; expected a text or a Document. " + MISSING,
        ),
        (
            [[TEXT, TEXT]],
            f"document 1 of those given is list ['{TEXT}', '{TEXT}']; expected a text or a Document. "
            "Give one list of all",
        ),
        (
            iter([{"text": TEXT}]),
            f"document 1 of those given is dict {{'text': '{TEXT}'}}; expected a text or a Document. "
            "Make a Document of it, such as Document(id, text)",
        ),
        (
            [b"Ada"],
            "document 1 of those given is bytes b'Ada'; expected a text or a Document. "
            "Decode it, such as with .decode('utf-8')",
        ),
        (
            (PurePosixPath("a"),),
            "document 1 of those given is PurePosixPath PurePosixPath('a'); expected a text or a Document. "
            "Read the file, such as with data_formats.read(path)",
        ),
    ],
)
def test_what_is_no_document_is_refused_with_its_place(cascade: Cascade, documents: Any, message: str) -> None:
    assert message_of(lambda: cascade(documents)) == message


@pytest.mark.parametrize("alone", [TEXT, Document("a", TEXT)])
def test_a_stream_of_one_text_is_refused_and_not_read_letter_by_letter(cascade: Cascade, alone: Any) -> None:
    end = f"; expected {SEVERAL}. Call the cascade itself with one text, or put it into a list"
    found = message_of(lambda: list(cascade.stream(alone)))
    assert found.startswith(f"the documents are {type(alone).__name__} ")
    assert found.endswith(end)


def test_texts_may_come_from_any_ordered_iterable(cascade: Cascade) -> None:
    expected = [TEXT, "Köln"]
    given: list[Iterable[str]] = [(TEXT, "Köln"), (text for text in expected), {TEXT: 1, "Köln": 2}.keys()]
    found = [list(cascade.stream(texts, ["person"])) for texts in given]
    assert [[document.text for document in documents] for documents in found] == [expected] * 3


@pytest.mark.parametrize("types", [{"person": {"scientist": {}}}, {"person": ["scientist"]}])
def test_nested_types_are_gone_down_and_not_flattened(cascade: Cascade, types: Any) -> None:
    found = cascade([TEXT] * 3, types)
    assert found == cascade([TEXT] * 3, [{"name": "person", "children": ["scientist"]}])  # type: ignore[list-item]
    assert {entity.type for document in found for entity in document.entities} <= {"person", "scientist"}


def test_types_without_an_order_are_refused(cascade: Cascade) -> None:
    with pytest.raises(
        TaxonomyError,
        match=r"which has no order, by which results may differ; expected a list of names, such as sorted\(types\)$",
    ):
        cascade(TEXT, {"person", "place"})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"language": 5}, "document 'a': language 5 is no string; expected a code such as 'de', or None"),
        (
            {"entities": [{"start": 0}]},
            "document 'a': {'start': 0} stands among the entities; expected values of the class Entity alone",
        ),
        ({"entities": 3}, "document 'a': 3 stands among the entities; expected values of the class Entity alone"),
    ],
)
def test_documents_of_other_values_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError) as error:
        Document("a", TEXT, **values)
    assert str(error.value) == message


# names of types that the base model has to say something about


@pytest.mark.slow
@pytest.mark.parametrize(
    ("types", "message"),
    [
        (
            ["</b>"],
            "type name '</b>' has the tokens by which spans are marked in the base model; expected a name in letters",
        ),
        (
            ["a<b>b"],
            "type name 'a<b>b' has the tokens by which spans are marked in the base model; expected a name in letters",
        ),
        (
            ["None Of These"],
            "'None Of These' is what the classifier answers for everything else; expected a type of another name",
        ),
        (
            ["person", "x" * 9_000],
            "the prompt that names 2 types has {size} tokens, {long} of them for "
            f"'{'x' * 56}...; expected at most 3,584 with this base model. "
            "Ask for fewer types at once, or for shorter names or descriptions, or put them into a taxonomy of levels",
        ),
    ],
)
def test_names_that_the_model_could_not_answer_with_or_hold_are_refused(
    cascade: Cascade, types: list[str], message: str
) -> None:
    tokens = cascade.base.tokens
    figures = {"size": f"{len(tokens.prefix(types)):,}", "long": f"{len(tokens.name(types[-1])):,}"}
    assert message_of(lambda: cascade(TEXT, types)) == message.format(**figures)


def test_a_name_is_read_alike_however_its_accents_are_encoded(gemma: BaseModel) -> None:
    apart, composed = "cafe\u0301", "caf\u00e9"
    assert gemma.tokens.name(apart) == gemma.tokens.name(composed)
    assert gemma.tokens.prefix([apart]) == gemma.tokens.prefix([composed])
    assert build_trie([apart], gemma.tokens).names[0] == apart


# languages that the caller names, and that documents name


@pytest.mark.parametrize(
    "language", ["no", "nb", "nn", "nob", "nno", "nor", "nb-NO", "Norwegian", "norwegian bokmål", "Nynorsk", "norsk"]
)
def test_all_that_is_norwegian_is_read_by_what_knows_norwegian(cascade: Cascade, language: str) -> None:
    assert cascade([TEXT], ["person"], language=language)[0].adapters == ("no/extractor", "no/classifier")
    assert cascade([Document("a", TEXT, language)], ["person"])[0].adapters == ("no/extractor", "no/classifier")
    assert not cascade.counts.untrained + cascade.counts.unknown_languages


@pytest.mark.parametrize("language", ["fil", "tl", "tgl", "Filipino", "tagalog"])
def test_filipino_is_read_by_what_knows_tagalog(cascade: Cascade, language: str) -> None:
    assert cascade([TEXT], ["person"], language=language)[0].adapters == ("tl/extractor", "tl/classifier")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("German", "de"),
        ("deutsch", "de"),
        (" de-AT ", "de-AT"),
        ("nb", "nb"),
        ("gsw", "gsw"),
        ("", None),
        ("und", None),
        (None, None),
    ],
)
def test_documents_get_the_tag_that_was_named_or_the_code_of_the_name(
    cascade: Cascade, language: str | None, expected: str | None
) -> None:
    assert cascade([TEXT], ["person"], language=language)[0].language == expected


UNKNOWN = "is none that is known; expected a code such as de, pt-BR or gsw, or a name such as German"


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("Germann", f"language 'Germann' {UNKNOWN}. The nearest is German (de)"),
        ("e", f"language 'e' {UNKNOWN}"),
        ("Swiss German", f"language 'Swiss German' {UNKNOWN}. The nearest is German (de)"),
        ("xx", f"language 'xx' {UNKNOWN}"),
        ("xyz", f"language 'xyz' {UNKNOWN}"),
        ("en,fr", f"language 'en,fr' {UNKNOWN}"),
        (
            "als",
            "language 'als' is ambiguous: Tosk Albanian in ISO 639-3 and Alemannic in Wikipedia and PAN-X; "
            "name sq or gsw",
        ),
        (5, "language 5 is int; expected a code such as 'de', or None"),
    ],
)
def test_a_language_that_is_not_known_is_refused_where_the_caller_names_it(
    cascade: Cascade, language: Any, message: str
) -> None:
    for work in (
        lambda: cascade(TEXT, ["person"], language=language),
        lambda: list(cascade.stream([], ["person"], language=language)),
        lambda: cascade.extractor(language),
        lambda: cascade.classifier(language),
    ):
        with pytest.raises(LanguageError) as error:
            work()
        assert str(error.value) == message


def test_a_language_that_is_not_known_in_a_document_is_counted_and_left_to_the_text(cascade: Cascade) -> None:
    named = [
        Document(name, TEXT, language)
        for name, language in (("a", "xx"), ("b", "als"), ("c", "xx"), ("d", "en"), ("e", None))
    ]
    found = cascade(named, ["person"])
    assert [document.language for document in found] == ["xx", "als", "xx", "en", None]
    assert {document.adapters for document in found[:3]} == {found[4].adapters}
    assert cascade.counts.unknown_languages == {"xx": 2, "als": 1}
    assert cascade.counts.untrained == {}


def test_a_language_of_the_caller_does_not_take_the_place_of_one_that_is_not_known(cascade: Cascade) -> None:
    found = cascade(
        [Document("a", TEXT, "xx"), Document("b", TEXT, "und"), Document("c", TEXT)], ["person"], language="nb"
    )
    assert [document.language for document in found] == ["xx", "nb", "nb"]


@pytest.mark.parametrize("adapters", ["", " "])
def test_a_folder_of_adapters_without_a_name_is_not_the_one_that_one_is_in(adapters: str) -> None:
    with pytest.raises(AdapterError) as error:
        Cascade.load(adapters=adapters)
    assert (
        str(error.value)
        == f"adapters {adapters!r} name no folder; expected one with adapters below it, or None for the shipped ones"
    )


def test_adapters_are_found_by_name_however_its_accents_are_encoded(
    gemma: BaseModel, gemma_folder: Path, tmp_path: Path
) -> None:
    save_shelf(gemma, gemma_folder, tmp_path, own=[], root="fran\u0063\u0327ais")
    from cascade.adapters.retrieval import Retriever

    assert Retriever(AdapterShelf(tmp_path), by_hand="fran\u00e7ais").named(None)[0].name == "franc\u0327ais/extractor"
