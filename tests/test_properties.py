"""Properties of any text and any document, by hypothesis: the examples are the same in each run."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import data_formats
from cascade.document import Document, Entity
from cascade.errors import shown
from cascade.model.base_model import BaseModel
from cascade.stages.decisions import best_sequence, labels_of, spans_of
from cascade.stages.extractor import Extractor
from cascade.taxonomy.parsing import parse_taxonomy
from cascade.text.line_breaks import line_breaks
from cascade.text.pieces import cut
from cascade.text.sentences import sentence_starts
from cascade.text.windows import windows
from data_formats.annotation_tools.utf16 import Utf16Text
from data_formats.columns.labels import SCHEMES, Span, decoded, encoded
from data_formats.geic import located

many: Callable[[Any], Any] = settings(max_examples=150, deadline=None, derandomize=True, database=None)
few: Callable[[Any], Any] = settings(max_examples=15, deadline=None, derandomize=True, database=None)

ODD = "\t\n\r\x0b\x0c\x1c\x85\xa0\u0301\u200b\u200d\u2028\u202e\ufeff\uffffİß漢ไ한😀<>&|;,'\"\\#@[]{}"
CHARACTERS = st.one_of(st.sampled_from(list(ODD)), st.characters(exclude_categories=["Cs"]), st.sampled_from("ab A."))
TEXTS = st.text(CHARACTERS, max_size=60)
# others are read as these are (tests/test_formats_types_with_blanks.py)
TYPES = st.text(CHARACTERS, min_size=1, max_size=8).map(lambda name: " ".join(name.split())).filter(bool)
# what a format may change in a text, and counts; the rest must come back as it was
LOSSLESS = ("jsonl", "prodigy", "doccano", "spans-csv", "bioc-json")


@st.composite
def documents(draw: Any) -> Document:
    """A document with up to four entities anywhere in it."""
    text = draw(TEXTS)
    entities = []
    for _ in range(draw(st.integers(0, 4)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        entities.append(Entity(start, draw(st.integers(start + 1, len(text))), draw(TYPES)))
    return Document(draw(st.sampled_from(["a", "b c", "é/1"])), text, None, tuple(entities))


@many
@given(TEXTS)
def test_pieces_cover_all_that_is_visible(text: str) -> None:
    pieces = cut(text)
    covered = "".join(text[piece.lead : piece.end] for piece in pieces)
    assert text.startswith(covered)
    assert not text[len(covered) :].strip()
    assert all(text[piece.start : piece.end] == text[piece.start : piece.end].strip() for piece in pieces)
    assert all(0 <= start < len(pieces) for start in sentence_starts(text, pieces))
    assert all(0 < place < len(text) for place in line_breaks(text))


@many
@given(st.lists(st.integers(1, 300), max_size=80))
def test_windows_keep_each_piece_once_and_read_what_they_keep(counts: list[int]) -> None:
    found = windows(counts)
    assert [place for each in found for place in range(each.keep_first, each.keep_last)] == list(range(len(counts)))
    assert all(each.first <= each.keep_first and each.keep_last <= each.last for each in found)
    assert all(sum(counts[each.first : each.last]) <= 256 or each.last - each.first == 1 for each in found)


@many
@given(st.lists(st.lists(st.floats(-50, 0), min_size=5, max_size=5), max_size=12))
def test_decisions_of_any_scores_spell_whole_spans(scores: list[list[float]]) -> None:
    labels = best_sequence(np.array(scores, dtype=np.float64).reshape(len(scores), 5))
    assert labels_of(spans_of(labels), len(labels)) == labels


@pytest.mark.parametrize("format", LOSSLESS)
@few
@given(document=documents())
def test_documents_come_back_as_they_were(format: str, document: Document, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.getbasetemp() / f"back.{format}"
    report = data_formats.write([document], path, format)
    [again] = data_formats.read(path, format)
    assert again.text == document.text
    if not report.losses:
        assert again.entities == document.entities


@many
@given(documents(), st.sampled_from(["conll", "conllu", "indexed", "geic", "text", "pubtator", "html", "terminal"]))
def test_any_document_can_be_written_in_any_format(document: Document, format: str) -> None:
    report = data_formats.write([document], io.StringIO(), format)
    assert all("\n" not in line for line in report.lines())


@many
@given(TEXTS, st.integers(0, 60))
def test_offsets_in_utf_16_units_lead_back(text: str, place: int) -> None:
    place = min(place, len(text))
    units = Utf16Text(text)
    assert units.units(place) == len(text[:place].encode("utf-16-le")) // 2
    assert units.offset(units.units(place)) == place


@many
@given(TEXTS, st.lists(st.tuples(st.integers(0, 59), st.integers(1, 9)), max_size=5))
def test_located_strings_are_where_they_are_said_to_be(text: str, spans: list[tuple[int, int]]) -> None:
    strings = [text[start : start + size] for start, size in spans if text[start : start + size]]
    found = located(strings, text)
    assert all(
        span is not None and text[span[0] : span[1]] == string
        for string, span in zip(strings, found, strict=True)
        if strings.count(string) == 1
    )


@many
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.sampled_from(["a", "b"])), max_size=4), st.data())
def test_labels_of_spans_spell_these_spans(gaps: list[tuple[int, int, str]], data: st.DataObject) -> None:
    spans, end = [], 0
    for gap, size, type_ in gaps:
        spans.append(Span(end + gap, end + gap + size, type_))
        end += gap + size
    assert "bio" in SCHEMES
    assert decoded(list(encoded(spans, end + data.draw(st.integers(0, 2)))), "bio", repair=None, place=str) == spans


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3) | st.tuples(inner)
    ),
    max_leaves=12,
)


@many
@given(VALUES)
def test_a_shown_value_is_its_representation_cut_to_sixty_characters(value: object) -> None:
    whole = repr(value)
    assert shown(value) == (whole if len(whole) <= 60 else f"{whole[:57]}...")


@many
@given(st.lists(st.text("abcXYZ é", min_size=1, max_size=6).filter(str.strip), min_size=1, max_size=5))
def test_a_taxonomy_has_a_label_for_each_name(names: list[str]) -> None:
    plain = [" ".join(name.split()) for name in names]
    if len({name.casefold() for name in plain}) == len(plain):
        assert list(parse_taxonomy(names).labels().values()) == plain


@few
@given(texts=st.lists(st.text(CHARACTERS, max_size=40), max_size=3))
def test_spans_of_any_text_lie_in_it(gemma: BaseModel, texts: list[str]) -> None:
    found = Extractor(gemma.reader(), gemma.tokens, 2048)(texts, ["person"])
    assert len(found) == len(texts)
    for text, spans in zip(texts, found, strict=True):
        assert all(0 <= span.start < span.end <= len(text) for span in spans)
        assert all(left.end <= right.start for left, right in itertools.pairwise(spans))
