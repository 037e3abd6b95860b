"""What systems are compared on, how many tokens each is trained on, and what is kept of a reading that is cut off."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from benchmarks.systems import kept_readings
from benchmarks.systems.compared_documents import Compared, compared_documents
from benchmarks.systems.kept_folders import alone_in, kept_folder
from benchmarks.systems.kept_readings import kept_reading
from benchmarks.systems.methods import chosen, methods
from benchmarks.systems.reading_systems import Reader
from benchmarks.systems.token_budget import TOO_LONG, endless, rows_within, steps_within
from benchmarks.systems.training_plan import TrainingPlan
from cascade import CascadeError, Document, Entity, EntityType, Taxonomy
from cascade.published.losses import UNKNOWN_TYPE, Losses
from data_formats import write
from train.published_rows import Row
from train.rows.chat_rows import row_tokens

ADA, ROME = Entity(0, 3, "person"), Entity(11, 15, "city")
DOCUMENTS = [Document(f"d{number}", f"Ada saw in Rome {number}", "en", (ADA, ROME)) for number in range(6)]


def file_of(folder: Path, name: str, documents: Iterable[Document]) -> Path:
    write(documents, str(folder / name), "jsonl")
    return folder / name


def compared(train: Iterable[Document], types: Iterable[str] = ("person", "city")) -> Compared:
    return Compared(tuple(train), (), (), Taxonomy.flat(types), nested=False)


def test_all_systems_get_the_same_documents_with_ids_of_their_own(tmp_path: Path) -> None:
    train, test = file_of(tmp_path, "train.jsonl", DOCUMENTS), file_of(tmp_path, "test.jsonl", DOCUMENTS)
    made, again = (compared_documents(train, train, test, test_sentences=5) for _ in range(2))
    assert made == again
    assert [document.id for document in made.test] == ["0", "1", "2", "3", "4"]
    assert sorted(document.text for document in made.train) == [document.text for document in DOCUMENTS]
    assert list(made.taxonomy.labels().values()) == ["city", "person"]
    assert made.notes == ()


def test_a_tenth_is_held_out_where_no_dev_documents_are_named(tmp_path: Path) -> None:
    many = [Document(f"{number}", f"Ada {number}", "en", (ADA,)) for number in range(20)]
    train = file_of(tmp_path, "train.jsonl", many)
    made = compared_documents(train, None, train, test_sentences=50)
    assert (len(made.train), len(made.dev), len(made.test)) == (18, 2, 20)
    assert not {document.text for document in made.train} & {document.text for document in made.dev}
    assert made.notes == (f"2 documents of {train} are held out, as no dev documents are named",)


def test_what_is_not_compared_is_counted(tmp_path: Path) -> None:
    inner = [ADA, Entity(0, 15, "phrase"), ROME, Entity(16, 17, "number")]
    file = file_of(tmp_path, "a.jsonl", [Document("a", "Ada saw in Rome 1", "en", tuple(inner))])
    types = Taxonomy.flat(["person", "phrase", "city"])
    flat = compared_documents(file, file, file, types, test_sentences=1)
    assert [(entity.text, entity.type) for entity in flat.test[0].entities] == [("Ada saw in Rome", "phrase")]
    told = f"{file}: 1 entities are of types that are not compared: number"
    assert flat.notes == (told, f"{file}: 2 entities lie in or across a longer one, and are left out") * 3
    nested = compared_documents(file, file, file, types, test_sentences=1, nested=True)
    assert [entity.type for entity in nested.test[0].entities] == ["person", "phrase", "city"]


def test_types_are_called_as_in_the_taxonomy_in_whatever_letters_they_are_found(tmp_path: Path) -> None:
    train = file_of(tmp_path, "train.jsonl", DOCUMENTS)
    loud = replace(DOCUMENTS[0], entities=(replace(ADA, type="PERSON"), ADA, replace(ROME, type="river")))
    test = file_of(tmp_path, "test.jsonl", [loud])
    made = compared_documents(train, train, test, Taxonomy.flat(["City", "Person"]), test_sentences=1)
    assert {entity.type for document in made.train for entity in document.entities} == {"City", "Person"}
    assert [(entity.text, entity.type) for entity in made.test[0].entities] == [("Ada", "Person")]
    assert made.notes == (f"{test}: 1 entities are of types that are not compared: river",)


def test_a_type_that_could_be_either_of_two_is_not_compared(tmp_path: Path) -> None:
    other = [replace(document, entities=(ADA, replace(ADA, type="PERSON"))) for document in DOCUMENTS]
    file = file_of(tmp_path, "a.jsonl", other)
    types = Taxonomy((EntityType("a", children=(EntityType("Person"),)), EntityType("person")))
    made = compared_documents(file, file, file, types, test_sentences=1)
    assert [entity.type for entity in made.test[0].entities] == ["person"]
    assert made.notes[-1] == f"{file}: 1 entities are of types that are not compared: PERSON"


@pytest.mark.parametrize(("nested", "second", "depth"), [(True, 1, 2), (False, 1, 1), (True, 0, 1)])
def test_our_pair_learns_the_layers_that_hold_a_hundredth_of_the_spans(nested: bool, second: int, depth: int) -> None:
    outer = [Document(str(number), "Bern Bank", None, (Entity(0, 9, "bank"),)) for number in range(98)]
    deep = Document(
        "deep", "Bern Bank", None, (Entity(0, 9, "bank"), *[Entity(0, 4, "city")] * second)
    )  # one of 100 spans
    compared = Compared((*outer, deep), (), (), Taxonomy.flat(["bank", "city", "part"]), nested=nested)
    assert compared.depth == depth


@pytest.mark.parametrize(
    ("types", "described", "fixed"),
    [
        (Taxonomy.flat(["person", "city"]), False, True),
        (Taxonomy.flat(["person", "city"]), True, False),
        (Taxonomy.flat([f"kind {number}" for number in range(13)]), False, False),
        (Taxonomy((EntityType("person", children=(EntityType("artist"), EntityType("judge"))),)), False, False),
    ],
)
def test_our_prompts_are_those_of_reading_where_one_holds_all_types(
    types: Taxonomy, described: bool, fixed: bool, tmp_path: Path
) -> None:
    train = tuple(
        Document(f"{number}", "Ada saw", "en", (Entity(0, 3, path[-1].name),))
        for number, path in enumerate(types.paths())
    )
    documents = Compared(train, (), (), types, nested=False)
    plan = TrainingPlan(documents, tmp_path, None, 100, 8, 1, described=described)
    assert plan.fixed_types is fixed
    assert ("fixed_types" in plan.made_from("ours")) is fixed
    assert "fixed_types" not in plan.made_from("bracketed")
    without = replace(plan, compared=replace(documents, train=train[1:]))
    assert not without.fixed_types  # a type that is asked for has no entity


def test_documents_without_such_entities_are_refused(tmp_path: Path) -> None:
    file = file_of(tmp_path, "a.jsonl", DOCUMENTS)
    with pytest.raises(CascadeError) as raised:
        compared_documents(file, file, file, Taxonomy.flat(["river"]), test_sentences=1)
    assert str(raised.value) == (
        f"{file}: no document has an entity of the types river; expected some, or other --types"
    )


def test_documents_come_again_in_other_orders_when_they_are_too_few() -> None:
    texts = [document.text for document in islice(endless(DOCUMENTS, seed=1), 18)]
    assert texts[:6] == [document.text for document in DOCUMENTS]
    assert sorted(texts[6:12]) == sorted(texts[12:]) == texts[:6]
    assert texts[6:12] != texts[:6]


@pytest.mark.parametrize(("budget", "rows"), [(30, 3), (31, 4), (65, 7)])
def test_rows_hold_the_tokens_that_are_asked_for_and_at_most_a_row_more(budget: int, rows: int) -> None:
    made = rows_within("marked", compared(DOCUMENTS), budget, lambda row: 10, seed=1)
    assert (len(made.rows), made.tokens) == (rows, 10 * rows)
    assert made.rows[0]["messages"][-1]["content"] == "##Ada## saw in ##Rome## 0"


def test_every_model_gets_rows_of_its_own_answers() -> None:
    answers = {
        model: rows_within(model, compared(DOCUMENTS), 1, lambda row: 10, seed=1).rows[0]["messages"][-1]["content"]
        for model in ("types", "bracketed", "json")
    }
    assert answers == {
        "types": "person",
        "bracketed": "[Ada | person] saw in [Rome | city] 0",
        "json": '{"person": ["Ada"], "city": ["Rome"]}',
    }


def test_rows_that_ms_swift_would_leave_out_are_counted_and_no_tokens() -> None:
    def tokens_of(row: Row) -> int:
        return 3000 if row["messages"][1]["content"].endswith("1") else 10

    made = rows_within("marked", compared(DOCUMENTS), 20, tokens_of, seed=1)
    assert (len(made.rows), made.tokens, made.losses) == (2, 20, {TOO_LONG: 1})
    with pytest.raises(CascadeError, match="^the training documents give no row for the model 'marked'; "):
        rows_within("marked", compared(DOCUMENTS), 20, lambda row: 3000, seed=1)


def test_entities_of_other_types_are_counted_while_rows_are_made() -> None:
    made = rows_within("types", compared(DOCUMENTS, ["person"]), 20, lambda row: 10, seed=1)
    assert made.losses == {UNKNOWN_TYPE: 1}


@pytest.mark.slow
@pytest.mark.parametrize(("folder", "kind"), [("gemma_folder", "gemma3_text"), ("qwen_folder", "qwen2")])
def test_tokens_of_a_row_are_those_that_ms_swift_trains_on(
    folder: str, kind: str, request: pytest.FixtureRequest
) -> None:
    from swift import get_processor, get_template

    from train.published import TEMPLATES

    path = str(request.getfixturevalue(folder))
    template = get_template(get_processor(path, model_type=kind), template_type=TEMPLATES[kind])
    template.set_mode("train")
    row = rows_within("bracketed", compared(DOCUMENTS), 1, lambda row: 1, seed=1).rows[0]
    encoded: dict[str, Any] = template.encode({"messages": [dict(message) for message in row["messages"]]})
    line_break = kind == "qwen2"  # its turns end in one, which nothing learns from
    assert row_tokens(path)(row) == len(encoded["input_ids"]) - line_break


def prepared(file: Path, *bundles: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps({"bundle": json.dumps(bundle)}) + "\n" for bundle in bundles))
    return file


def test_steps_end_with_the_bundle_that_reaches_the_tokens(tmp_path: Path) -> None:
    plain = [{"ids": [1, 2, 3], "text": None}, {"ids": [4], "text": None}]
    query = [{"ids": [1, 2], "text": {"prefix": [5], "ids": [6, 7]}}]
    file = prepared(tmp_path / "train.jsonl", plain, query, plain)
    assert [steps_within(file, budget) for budget in (1, 4, 5, 9, 10, 99)] == [
        (1, 4),
        (1, 4),
        (2, 9),
        (2, 9),
        (3, 13),
        (3, 13),
    ]


def test_systems_are_chosen_by_name_in_the_order_that_is_asked_for() -> None:
    known = methods()
    assert [method.name for method in chosen(known, None, gliner=False)] == [
        "ours",
        "bracketed",
        "cascadener",
        "json",
        "xml",
        "occurrence-index",
        "offset-json",
        "bracketed-copying",
        "xml-copying",
        "cascadener-repeated",
    ]
    assert [method.name for method in chosen(known, "xml,ours,xml", gliner=False)] == ["xml", "ours"]
    assert [method.name for method in chosen(known, None, gliner=True)][-1] == "gliner"
    with pytest.raises(CascadeError) as raised:
        chosen(known, "ours,brackets", gliner=False)
    assert str(raised.value) == f"--only: 'brackets' is no system; expected some of {', '.join(known)}"
    with pytest.raises(CascadeError, match="^--only gliner needs a checkpoint; expected --gliner with its folder"):
        chosen(known, "gliner", gliner=False)


def test_folders_are_found_again_by_what_they_were_made_from(tmp_path: Path) -> None:
    one = kept_folder(tmp_path, "xml", {"seed": 1, "tokens": 9})
    assert kept_folder(tmp_path, "xml", {"tokens": 9, "seed": 1}) == one
    assert kept_folder(tmp_path, "xml", {"tokens": 9, "seed": 2}) != one
    assert json.loads((one / "made-from.json").read_text()) == {"seed": 1, "tokens": 9}


def test_two_runs_do_not_work_in_one_folder(tmp_path: Path) -> None:
    with alone_in(tmp_path), pytest.raises(CascadeError) as raised, alone_in(tmp_path):
        pass
    assert str(raised.value) == (
        f"{tmp_path}: another run, or a training that it started, is at work here; wait for its end, or name another "
        "--out"
    )
    with alone_in(tmp_path):
        pass


class Cut(Exception):
    """Stands for the end of a process."""


class Counting:
    """Finds Ada in every document, loses an answer of each, and is cut off when it is asked for a given document."""

    def __init__(self, cut: str | None = None) -> None:
        self.cut, self.asked = cut, list[str]()
        self.losses = Losses()

    def stream(self, documents: Iterable[Document]) -> Iterator[Document]:
        for document in documents:
            if document.id == self.cut:
                raise Cut
            self.asked.append(document.id)
            with self.losses.of_answer(finished=document.id != "2"):
                yield document.with_entities([Entity(0, 3, "person", 0.5)])


def test_a_reading_that_was_cut_off_goes_on_with_the_next_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_readings, "PART", 2)
    documents = [Document(f"{number}", f"Ada {number}") for number in range(5)]
    first, second = Counting(cut="4"), Counting()
    with pytest.raises(Cut):
        kept_reading(tmp_path, documents, lambda: Reader(first.stream, first.losses))
    reading = kept_reading(tmp_path, documents, lambda: Reader(second.stream, second.losses))
    assert first.asked == ["0", "1", "0", "1", "2", "3"]  # two to warm up
    assert second.asked == ["4", "4"]
    assert [document.id for document in reading.found] == ["0", "1", "2", "3", "4"]
    assert {document.entities for document in reading.found} == {(Entity(0, 3, "person", 0.5),)}
    assert (reading.answers, reading.legal) == (5, 4)
    assert reading.losses == {"answers were cut off, as they were too long": 1}
    assert kept_reading(tmp_path, documents, never) == reading


def never() -> Reader:
    raise AssertionError("all is there, so nothing is loaded")


def test_a_system_that_loses_a_document_is_not_compared(tmp_path: Path) -> None:
    def stream(documents: Iterable[Document]) -> Iterator[Document]:
        yield from islice(documents, 1)

    with pytest.raises(CascadeError, match="^a system returned other documents than it was given; "):
        kept_reading(tmp_path, DOCUMENTS, lambda: Reader(stream, Losses()))
