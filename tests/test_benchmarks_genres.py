"""F1 by genre of web text: which genre a text is of, and a row for each and for all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import genres
from benchmarks.genres import by_genre, genres_of, main
from cascade import CascadeError, Document, Entity
from data_formats import write

TREEBANK = """# newdoc id = weblog-a
# sent_id = weblog-a-0001
# text = Ada met Bob.
1\tAda\t_\t_\t_\t_\t_\t_\t_\t_

# sent_id = email-enron_b-0001
# text = Thanks.
1\tThanks\t_\t_\t_\t_\t_\t_\t_\t_

# sent_id = answers-c-0001
# text = Thanks.
1\tThanks\t_\t_\t_\t_\t_\t_\t_\t_

# sent_id = answers-c-0002
# text = Rome  is old.
1\tRome\t_\t_\t_\t_\t_\t_\t_\t_
"""
DOCUMENTS = (
    Document("1", "Ada met Bob.", "en", (Entity(0, 3, "person"), Entity(8, 11, "person"))),
    Document("2", "Thanks.", "en"),
    Document("3", "Rome is old.", "en", (Entity(0, 4, "location"),)),
    Document("4", "Not there.", "en"),
)


@pytest.fixture
def treebank(tmp_path: Path) -> Path:
    file = tmp_path / "dev.conllu"
    file.write_text(TREEBANK, encoding="utf-8")
    return file


def test_texts_of_one_genre_are_kept_and_others_counted(treebank: Path) -> None:
    parts, left_out = by_genre(DOCUMENTS, genres_of(treebank))
    assert parts == {"answers": [DOCUMENTS[2]], "weblog": [DOCUMENTS[0]]}
    assert left_out == {"of several genres": 1, "not in the treebank": 1}


def test_a_file_without_sentences_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dev.txt").write_text("Ada met Bob.\n")
    with pytest.raises(CascadeError, match="dev.txt: has no sentence with '# sent_id'.*; expected a treebank's"):
        genres_of(tmp_path / "dev.txt")


def test_each_genre_has_a_row_and_all_together_one(
    treebank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def first_person(documents: list[Document], types: list[str]) -> list[Document]:
        assert types == ["location", "person"]
        assert not any(document.entities for document in documents)
        return [document.with_entities((Entity(0, 3, "person"),)) for document in documents]

    monkeypatch.setattr(genres, "asked_cascade", lambda _: first_person)
    write(DOCUMENTS, tmp_path / "dev.jsonl")
    command = [str(tmp_path / "dev.jsonl"), "--treebank", str(treebank), "--json", str(tmp_path / "genres.json")]
    assert main(command) == 0
    rows = json.loads((tmp_path / "genres.json").read_text())["genres"]
    assert {name: (row["entities"], round(row["f1"], 4)) for name, row in rows.items()} == {
        "answers": (1, 0.0),
        "weblog": (2, 0.6667),
        "all of these": (3, 0.4),
    }
    shown = capsys.readouterr().out
    assert "left out: 1 sentences of several genres\nleft out: 1 sentences not in the treebank" in shown
