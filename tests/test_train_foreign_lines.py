"""Lines that belong to no text, put beside training sentences."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from test_train_corpora import load, write_corpus

from benchmarks.injected_instructions import forms
from cascade.document import Document, Entity
from train.corpora.foreign_lines import foreign_lines, with_foreign_line

TEXT = "Ada Lovelace lebte in London, sagt man."
DOCUMENT = Document("1", TEXT, "de", (Entity(0, 12, "person"), Entity(22, 28, "location")), ((0, 3), (4, 12)))


def test_entities_keep_their_texts_and_the_line_is_one_of_the_language_or_of_none() -> None:
    known = {*foreign_lines()["de"], *foreign_lines()["und"]}
    places = set()
    for seed in range(300):
        made = with_foreign_line(DOCUMENT, random.Random(seed))
        assert [made.text_of(each) for each in made.entities] == ["Ada Lovelace", "London"]
        assert made.tokens is None
        longer = len(made.text) - len(TEXT)
        added = {  # a line that begins or ends as the text does may stand at several places
            made.text[place : place + longer].strip()
            for place in range(len(TEXT) + 1)
            if made.text[:place] + made.text[place + longer :] == TEXT
        }
        assert added & known
        places.add("front" if made.text.endswith(TEXT) else "behind" if made.text.startswith(TEXT) else "within")
    assert places == {"front", "behind", "within"}


@pytest.mark.parametrize("text", ["", "Ada", "Ada Lovelace"])
def test_a_text_without_a_blank_outside_of_entities_gets_it_in_front_or_behind(text: str) -> None:
    document = Document("1", text, None, (Entity(0, len(text), "person"),) if text else ())
    for seed in range(50):
        made = with_foreign_line(document, random.Random(seed)).text
        assert made.endswith(text) or made.startswith(text)
        assert any(line in made for line in (*foreign_lines()["en"], *foreign_lines()["und"]))


def test_a_share_of_the_documents_of_an_entry_has_such_a_line(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a.jsonl", 3000)
    (corpus,) = load(tmp_path, {"path": "a.jsonl", "foreign_lines": 0.3})
    plain = {document.text for document in load(tmp_path, {"path": "a.jsonl"})[0].documents}
    changed = sum(document.text not in plain for document in corpus.documents)
    assert changed / len(corpus.documents) == pytest.approx(0.3, abs=0.03)
    assert all(
        each.start < each.end <= len(document.text) for document in corpus.documents for each in document.entities
    )


def _runs(text: str) -> set[str]:
    """Four words in a row, or eight characters where words are not parted."""
    words = text.casefold().split()
    runs = {" ".join(words[place : place + 4]) for place in range(len(words) - 3)}
    dense = "".join(words) if any("぀" <= each <= "鿿" for each in text) else ""
    return runs | {dense[place : place + 8] for place in range(len(dense) - 7)}


def test_they_are_kept_apart_from_the_lines_that_are_measured_with() -> None:
    measured = [line for of_language in forms().values() for line in of_language]
    known = [line for of_language in foreign_lines().values() for line in of_language]
    assert len(known) >= 500
    assert len(set(known)) == len(known)
    assert not [line for line in known for other in measured if other.casefold() in line.casefold()]
    runs = {run for line in measured for run in _runs(line)}
    assert runs
    assert not [line for line in known if runs & _runs(line)]
