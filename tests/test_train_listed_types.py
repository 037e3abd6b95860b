"""Documents that list all types marked in them: what their prompts ask for, and what is refused."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cascade.document import Document, Entity
from cascade.errors import CascadeError
from cascade.model.base_model import BaseModel
from cascade.taxonomy.tree import EntityType, Taxonomy
from data_formats import write
from train.corpora.dev_documents import dev_items, hold_out_dev
from train.corpora.fixed_types import with_fixed_types
from train.corpora.held_out_types import without_types
from train.corpora.levels import by_level
from train.corpora.listed_types import listed_for
from train.corpora.loading import Corpus, load_corpora, renamed
from train.corpora.prompts import SHARES, Prompt, sample_prompt
from train.rows import corpus_rows as rows_module
from train.rows.corpus_rows import corpus_rows

STAGES = ("extractor", "classifier")
AS_THEY_ARE = replace(SHARES, any_type=0.0, renamed=0.0, absent=(0,), thinned=0.0, long=0.0)
TOOLS, ROOMS = ("tool", "person"), ("room", "place", "car")


def document(name: str, kind: str, *listed: str) -> Document:
    fields = {"marked_types": list(listed)} if listed else None
    return Document(name, "The saw", "en", (Entity(4, 7, kind),), fields=fields)


def corpus(*documents: Document, **changed: Any) -> Corpus:
    return replace(Corpus("texts", documents, own_prompts=True, shares=AS_THEY_ARE), **changed)


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[Prompt]:
    """The prompts that are drawn."""
    drawn: list[Prompt] = []

    def recorded(*args: Any, **kwargs: Any) -> Prompt:
        drawn.append(sample_prompt(*args, **kwargs))
        return drawn[-1]

    monkeypatch.setattr(rows_module, "sample_prompt", recorded)
    return drawn


@pytest.mark.parametrize("own_prompts", [True, False])
@pytest.mark.parametrize("stage", STAGES)
def test_documents_of_one_list_share_rows_that_ask_for_all_of_it(
    gemma: BaseModel, prompts: list[Prompt], stage: str, own_prompts: bool
) -> None:
    lists = {"tool": TOOLS, "car": ROOMS}
    documents = [document(f"{kind} {number}", kind, *lists[kind]) for number in range(6) for kind in lists]
    given = corpus(*documents, document("alone", "ship"), own_prompts=own_prompts)
    rows = corpus_rows(given, stage, gemma.tokens, random.Random(1))
    assert sorted(max(row.segments) for row in rows) == [1, 6, 6]
    assert {tuple(sorted(prompt.types or ())) for prompt in prompts} == {
        tuple(sorted(TOOLS)),
        tuple(sorted(ROOMS)),
        ("ship",),
    }


def test_lists_of_more_types_than_other_prompts_have_are_asked_for_whole(
    gemma: BaseModel, prompts: list[Prompt]
) -> None:
    listed = [f"kind {number}" for number in range(20)]
    corpus_rows(corpus(document("a", "kind 7", *listed)), "extractor", gemma.tokens, random.Random(1))
    assert [set(prompt.types or ()) for prompt in prompts] == [set(listed)]


@pytest.mark.parametrize("own_prompts", [True, False])
def test_texts_without_list_and_types_beside_lists_have_no_prompt(
    gemma: BaseModel, prompts: list[Prompt], own_prompts: bool
) -> None:
    given = corpus(document("a", "tool", *TOOLS), Document("b", "Nothing here", "en"), own_prompts=own_prompts)
    [row] = corpus_rows(given, "extractor", gemma.tokens, random.Random(1))
    assert max(row.segments) == 1
    assert [set(prompt.types or ()) for prompt in prompts] == [set(TOOLS)]


def test_types_of_other_lists_are_not_asked_for_as_absent(gemma: BaseModel, prompts: list[Prompt]) -> None:
    documents = [document(f"{number}", "tool", *TOOLS) for number in range(9)] + [document("a", "car", *ROOMS)]
    given = corpus(*documents, absent=("person", "place", "virus"), shares=replace(AS_THEY_ARE, absent=(1,)))
    corpus_rows(given, "extractor", gemma.tokens, random.Random(1))
    assert {frozenset(prompt.types or ()) for prompt in prompts} == {
        frozenset({*TOOLS, "virus"}),
        frozenset({*ROOMS, "virus"}),
    }


def test_types_that_are_held_out_are_not_asked_for_in_lists(gemma: BaseModel, prompts: list[Prompt]) -> None:
    given = corpus(document("a", "tool", *TOOLS), document("b", "person", *TOOLS), document("c", "car", "car", "room"))
    [[kept]] = without_types([[given]], ["person", "room"])
    assert [each.id for each in kept.documents] == ["a", "c"]
    corpus_rows(kept, "extractor", gemma.tokens, random.Random(1))
    assert {prompt.types for prompt in prompts} == {("tool",), ("car",)}
    with pytest.raises(CascadeError, match="expected some of the corpora's types"):
        without_types([[given]], ["postcode"])


def test_lists_are_renamed_with_the_entities() -> None:
    names = {"tool": "implement", "person": None, "car": None}
    given = renamed(document("a", "tool", *TOOLS), names)
    assert listed_for(given, "here") == ("implement",)
    assert [each.type for each in given.entities] == ["implement"]
    other = replace(document("b", "car"), fields={"absent": ["tool", "person"], "listed": "yes"})
    assert renamed(other, names).fields == {"absent": ["implement"], "listed": "yes"}


@pytest.mark.parametrize("stage", STAGES)
def test_dev_documents_are_asked_for_their_list(stage: str) -> None:
    documents = [document(f"{number}", "tool", *TOOLS) for number in range(50)]
    documents += [document(f"x{number}", "ship") for number in range(50)]
    held = hold_out_dev(corpus(*(replace(each, text=f"{each.text} {each.id}") for each in documents)), most=20)
    kinds = {tuple(types) for _, types in dev_items([held], stage)}
    assert kinds == {TOOLS, ("ship",)}
    assert all(types == list(listed_for(each, "")) or each.id[0] == "x" for each, types in dev_items([held], stage))


def test_fixed_types_are_those_of_the_other_documents(gemma: BaseModel, prompts: list[Prompt]) -> None:
    [[fixed]] = with_fixed_types([[corpus(document("a", "tool", *TOOLS), document("b", "ship"), own_prompts=False)]])
    assert fixed.fixed_types == ("ship",)
    corpus_rows(fixed, "extractor", gemma.tokens, random.Random(1))
    assert [sorted(prompt.types or ()) for prompt in prompts] == [sorted(TOOLS)]


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"marked_types": "tool"}, "marked_types 'tool'; expected a list of type names"),
        ({"marked_types": []}, "marked_types []; expected a list of type names"),
        ({"marked_types": [""]}, "marked_types ['']; expected a list of type names"),
        ({"marked_types": [3]}, "marked_types [3]; expected a list of type names"),
        (
            {"marked_types": ["machine"]},
            "'tool' is among its entities and not among its marked_types; expected all of its types there",
        ),
        (
            {"marked_types": ["tool"], "absent": ["machine"]},
            "has absent beside marked_types; expected one of them: types that are among its marked_types and not among "
            "its entities are absent",
        ),
    ],
)
def test_lists_of_another_form_are_refused(gemma: BaseModel, fields: dict[str, object], fault: str) -> None:
    given = corpus(replace(document("a", "tool"), fields=fields))
    with pytest.raises(CascadeError) as error:
        corpus_rows(given, "extractor", gemma.tokens, random.Random(1))
    assert str(error.value).startswith("corpus 'texts': document 'a'")
    assert str(error.value).endswith(fault)


def test_what_would_part_a_text_from_its_list_is_refused(tmp_path: Path) -> None:
    levels = Taxonomy((EntityType("thing", children=(EntityType("tool"), EntityType("person"))),))
    with pytest.raises(CascadeError, match="lists its types .* train it without --taxonomy"):
        by_level(corpus(document("a", "tool", *TOOLS)), levels, "extractor")
    write([document("a", "tool", *TOOLS)], tmp_path / "train.jsonl")
    mixture = tmp_path / "mixture.yaml"
    for keys, fault in (
        ("paragraphs: 0.5", "paragraphs of documents that list their types"),
        ("paragraphs: 0.5, own_prompts: true", "paragraphs beside own_prompts"),
    ):
        mixture.write_text(f"corpora: [{{path: train.jsonl, {keys}}}]", encoding="utf-8")
        with pytest.raises(CascadeError, match=fault):
            load_corpora(mixture, data_root=None, seed=1)


def test_what_is_held_out_is_chosen_by_its_text() -> None:
    texts = [f"text {number} of many" for number in range(300)]
    made = [Document(str(number), text) for number, text in enumerate([*texts, *texts[:150]])]
    held = hold_out_dev(corpus(*made), most=1000)
    assert len(held.dev) == 90
    assert not {each.text for each in held.dev} & {each.text for each in held.documents}  # equal texts stay together
    more = [*made, *(Document(f"new {number}", f"another text {number}") for number in range(100))]
    again = hold_out_dev(corpus(*more), most=1000)
    trained_on = {each.text for each in held.documents}
    assert sum(each.text in trained_on for each in again.dev) < 0.15 * len(again.dev)
    limited = hold_out_dev(corpus(*more), most=20)
    assert {each.text for each in limited.dev} <= {each.text for each in again.dev}


def test_a_fifth_is_held_out_of_equal_texts_too() -> None:
    held = hold_out_dev(corpus(*(Document(str(number), "one text") for number in range(10))), most=1000)
    assert (len(held.documents), len(held.dev)) == (8, 2)
