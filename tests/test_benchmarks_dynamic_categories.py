"""What changed lists of types bring a classifier: its rows, what it is asked, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from benchmarks.dynamic_categories import on_gold_spans, table, with_synonyms
from benchmarks.systems.compared_documents import Compared
from benchmarks.systems.token_budget import DYNAMIC, endless, rows_within
from cascade import Document, Entity, Taxonomy
from cascade.published.chat_turns import Messages
from cascade.published.generator import Answer
from cascade.taxonomy.parsing import parse_taxonomy

TYPES = ["person", "Location", "event", "product", "law"]
DOCUMENTS = tuple(
    Document(f"{number}", f"Ada saw Rome {number}", "en", (Entity(0, 3, "person"), Entity(8, 12, "Location")))
    for number in range(10)
)
COMPARED = Compared(DOCUMENTS, (), DOCUMENTS[:2], Taxonomy.flat(TYPES), nested=False)


def lists_of(rows: Sequence[Any]) -> set[str]:
    return {row["messages"][1]["content"].rpartition("list: ")[2] for row in rows}


def test_changed_questions_ask_for_other_lists_with_the_right_answer_or_one_for_others() -> None:
    plain = rows_within("types", COMPARED, 400, lambda row: 10, seed=1)
    made = rows_within(DYNAMIC, COMPARED, 400, lambda row: 10, seed=1)
    assert (len(made.rows), made.tokens) == (len(plain.rows), plain.tokens) == (40, 400)
    assert lists_of(plain.rows) == {"person, location, event, product, law?"}
    assert len(lists_of(made.rows)) > 5
    for row in made.rows:
        question, answer = (turn["content"] for turn in row["messages"][1:])
        assert answer in question.rpartition("list: ")[2].rstrip("?").split(", ")
        assert question.startswith("The ##")
    assert "unknown" in {row["messages"][-1]["content"] for row in made.rows}
    assert rows_within(DYNAMIC, COMPARED, 400, lambda row: 10, seed=1) == made


def test_a_level_is_merged_with_its_children() -> None:
    taxonomy = parse_taxonomy({"Agent": {"Person": None, "Company": None}, "Place": None, "Work": None}, where="test")
    ada = Document("1", "Ada ran", "en", (Entity(0, 3, "Person"),))
    compared = Compared((ada,), (), (ada,), taxonomy, nested=False)
    asked = lists_of(rows_within(DYNAMIC, compared, 2000, lambda row: 10, seed=1).rows)
    merged = {each for each in asked if "place" in each and ("person" in each or "company" in each)}
    assert merged  # a list of both levels
    assert not any("agent" in each for each in merged)


def test_documents_that_end_give_questions_that_end() -> None:
    some = list(islice(endless(DOCUMENTS, seed=1), 3))
    compared = Compared(tuple(some), (), (), Taxonomy.flat(TYPES), nested=False)
    assert len(rows_within(DYNAMIC, compared, 10, lambda row: 10, seed=1).rows) == 1


def test_synonyms_take_no_name_of_another_type() -> None:
    taxonomy = parse_taxonomy({"location": None, "place": None, "xyz": None}, where="test")
    names = [node.name for node in with_synonyms(taxonomy).roots]
    assert names[2] == "xyz"
    assert names[0] not in ("location", "place")
    assert len(set(names)) == 3


class Answering:
    """Answers each question by the option at a place of its list."""

    def __init__(self, place: int) -> None:
        self.place = place

    def answers(self, prompts: Sequence[Messages], **_: Any) -> list[Answer]:
        lists = [prompt[-1]["content"].rpartition("list: ")[2].rstrip("?").split(", ") for prompt in prompts]
        return [Answer(options[self.place] if self.place < len(options) else "?", True) for options in lists]


def test_gold_spans_are_typed_by_whatever_names_and_scored_by_their_own() -> None:
    for asked in (COMPARED.taxonomy, with_synonyms(COMPARED.taxonomy)):
        model: Any = Answering(0)
        first = on_gold_spans(model, COMPARED, asked)  # person, in its own words or another's
        assert (first["f1"], first["spans"], first["lost"]) == (0.5, 4, {})
    none: Any = Answering(9)
    assert on_gold_spans(none, COMPARED, COMPARED.taxonomy)["lost"] == {"entities got a type that was not asked for": 4}


def test_the_table_shows_both_trainings() -> None:
    score = {"f1": 0.5, "interval": [0.4, 0.6]}
    rows = [{"told": told, "tokens": 1500, "names": score, "synonyms": score} for told in ("as they are", "changed")]
    assert table(rows).splitlines()[2:] == [
        "| as they are | 50.0 [40.0, 60.0] | 50.0 [40.0, 60.0] | 1,500 |",
        "| changed | 50.0 [40.0, 60.0] | 50.0 [40.0, 60.0] | 1,500 |",
    ]
