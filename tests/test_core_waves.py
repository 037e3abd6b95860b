"""Waves: texts read a few at a time give what they give all at once, and no more is kept than a wave's states."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from tiny_models import random_text

from cascade.model.base_model import BaseModel
from cascade.stages.classifier import by_window
from cascade.stages.extractor import Extractor, Readings
from cascade.stages.waves import _stretches, read_in_waves
from cascade.text.encoded import EncodedText, encode

TYPES = ["person", "place"]


def texts_of(base: BaseModel) -> list[EncodedText]:
    """Short texts, texts of many sentences, and one of a single sentence of several windows."""
    source = random.Random(8)
    made = [random_text(source, words) for words in (5, 0, 12, 300, 40, 7)]
    long = "Ada met Bob in London and Köln " * 60
    return [encode(text, base.tokens) for text in [*made[:4], long, *made[4:], "", long]]


def found_in(extractor: Extractor, texts: Sequence[EncodedText]) -> list[list[tuple[int, int]]]:
    found: list[list[tuple[int, int]]] = [[] for _ in texts]
    for wave in read_in_waves(extractor, texts, TYPES):
        assert len(wave.places) == len(wave.spans) == len(wave.readings.texts)
        for place, spans in zip(wave.places, wave.spans, strict=True):
            found[place] += [span[:2] for span in spans]
    return found


@pytest.mark.parametrize("most", [60, 200, 700, 10**6])
def test_waves_find_what_is_found_all_at_once(base: BaseModel, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    texts, extractor = texts_of(base), Extractor(base.reader(), base.tokens, 64)
    expected = [[span[:2] for span in spans] for spans in extractor(texts, TYPES)]
    assert sum(map(len, expected)) > 50
    monkeypatch.setattr("cascade.stages.waves._most", lambda extractor: most)
    assert found_in(extractor, texts) == expected


@pytest.mark.parametrize("most", [100, 600])
def test_no_more_is_kept_than_a_wave_holds(base: BaseModel, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    kept: list[int] = []
    real = Extractor.read

    def noted(self: Extractor, *texts: Any, **options: Any) -> Readings:
        readings = real(self, *texts, **options)
        kept.append(sum(int((batch.read.layout.segments >= 0).sum()) for batch in readings.kept))
        return readings

    monkeypatch.setattr("cascade.stages.waves._most", lambda extractor: most)
    monkeypatch.setattr(Extractor, "read", noted)
    texts = texts_of(base)
    found_in(Extractor(base.reader(), base.tokens, 64), texts)
    assert max(kept) <= max(most, 256)  # a window is never cut
    assert sum(kept) >= 0.9 * sum(sum(map(len, text.ids)) for text in texts)  # control: all of them are read


def test_sentences_are_stretches_and_the_windows_of_a_long_one_are_together(gemma: BaseModel) -> None:
    [*texts] = texts_of(gemma)
    for text in texts:
        parts = list(_stretches(3, text))
        assert [window for part in parts for window in part.text.windows] == list(text.windows)
        assert {part.place for part in parts} <= {3}
        for left, right in pairwise(parts):
            assert left.text.windows[-1].last <= right.text.windows[0].first
    assert len(list(_stretches(0, texts[4]))) == 1 < len(texts[4].windows)
    assert len(list(_stretches(0, texts[3]))) > 1
    assert list(_stretches(0, texts[1])) == []


def test_every_piece_is_kept_by_one_window(gemma: BaseModel) -> None:
    [stretch] = _stretches(0, texts_of(gemma)[4])
    pieces = stretch.text.pieces
    kept = by_window(stretch.text, [(piece.start, piece.end) for piece in pieces])
    assert sorted(kept) == list(range(len(stretch.text.windows)))
    assert sorted(member for members in kept.values() for member in members) == list(range(len(pieces)))
    for number, members in kept.items():
        window = stretch.text.windows[number]
        assert members == list(range(window.keep_first, window.keep_last))
