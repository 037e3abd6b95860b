"""Several readings of the same documents: prompts, results under the types' own names, and the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tiny_models import save_shelf

from cascade import Document, Entity, EntityType, Taxonomy
from cascade.commands import readings as command
from cascade.commands.readings import called_of, main, readers_of
from cascade.errors import DocumentError, TaxonomyError
from cascade.model.base_model import BaseModel
from cascade.pipeline.several_readings import prompts, reading
from cascade.taxonomy.tree import type_name

TYPES = Taxonomy((EntityType("person", "a human being"), EntityType("Birth_Place")))


class FindsFirstWord:
    """Finds the first word of each text as the first type asked for; notes what it is asked."""

    def __init__(self, score: float = 0.5) -> None:
        self.asked: list[list[tuple[str, str | None]]] = []
        self.lowest: list[float | None] = []
        self.score = score

    def __call__(self, documents: list[Document], types: Taxonomy, *, min_score: float | None = None) -> list[Document]:
        self.lowest.append(min_score)
        self.asked.append([(root.name, root.description) for root in types.roots])
        name = types.roots[0].name
        return [
            each.with_entities([Entity(0, each.text.index(" "), name, self.score, ((name, self.score), ("x", 0.1)))])
            for each in documents
        ]


def test_prompts_of_each_kind() -> None:
    made = prompts(TYPES, ["names", "capitals", "synonyms", "alone"], {"person": "human being"})
    assert [(prompt.kind, [dict(each) for each in prompt.called]) for prompt in made] == [
        ("names", [{"person": "person", "Birth_Place": "Birth_Place"}]),
        ("capitals", [{"person": "Person", "Birth_Place": "Birth_Place"}]),
        ("synonyms", [{"person": "human being", "Birth_Place": "Birth_Place"}]),
        ("alone", [{"person": "person"}, {"Birth_Place": "Birth_Place"}]),
    ]


@pytest.mark.parametrize(
    ("types", "kinds", "synonyms", "message"),
    [
        (
            TYPES,
            ["names", "loud"],
            {},
            "the reading is 'loud'; expected one of names, capitals, small, synonyms, alone",
        ),
        (TYPES, ["synonyms"], {}, "a reading with synonyms is asked for, and none is given; expected some (--called)"),
        (
            TYPES,
            ["synonyms"],
            {"place": "spot"},
            "'place' gets another name; expected one of the types, person, Birth_Place",
        ),
        (
            Taxonomy.flat(["person", "place"]),
            ["names", "synonyms"],
            {"person": "Place"},
            "'person' and 'place' would both be asked for as 'place'; expected another name for each type (--called)",
        ),
        (
            Taxonomy.flat(["person", "place"]),
            ["names", "small"],
            {},
            "the readings names and small ask for the same names, and would count twice; leave one out",
        ),
        (
            Taxonomy((EntityType("place", children=(EntityType("river"),)),)),
            ["names"],
            {},
            "the taxonomy has 2 levels; expected one, as names are changed for each reading. Ask for its leaves "
            "(taxonomy.flattened(), --flat)",
        ),
    ],
)
def test_prompts_that_cannot_be_are_refused(types: Taxonomy, kinds: Any, synonyms: Any, message: str) -> None:
    with pytest.raises(TaxonomyError) as error:
        prompts(types, kinds, synonyms)
    assert str(error.value) == message


def test_another_name_that_is_none_is_refused_before_reading() -> None:
    with pytest.raises(TaxonomyError) as refused:
        type_name("human | being")
    with pytest.raises(TaxonomyError) as error:
        prompts(TYPES, ["synonyms"], {"person": "human | being"})
    assert str(error.value) == f"'person' gets another name (--called): {refused.value}"


def test_a_reading_keeps_descriptions_and_comes_back_under_the_types_own_names() -> None:
    ner, texts = FindsFirstWord(), [Document("1", "Ada left.")]
    [prompt] = prompts(TYPES, ["synonyms"], {"person": "human being"})
    found = reading(ner, texts, TYPES, prompt)
    assert ner.asked == [[("human being", "a human being"), ("Birth_Place", None)]]
    assert found == [texts[0].with_entities([Entity(0, 3, "person", 0.5, (("person", 0.5), ("x", 0.1)))])]


def test_types_asked_for_alone_are_united_by_the_higher_score() -> None:
    ner, texts = FindsFirstWord(), [Document("1", "Ada left.")]
    [prompt] = prompts(TYPES, ["alone"])
    found = reading(ner, texts, TYPES, prompt)
    assert ner.asked == [[("person", "a human being")], [("Birth_Place", None)]]
    assert [(each.span, each.type) for each in found[0].entities] == [((0, 3), "Birth_Place")]  # of equals by name


def test_types_asked_for_alone_are_all_kept_where_asked() -> None:
    texts = [Document("1", "Ada left.")]
    [prompt] = prompts(TYPES, ["alone"])
    found = reading(FindsFirstWord(), texts, TYPES, prompt, nested=True)
    assert [(each.span, each.type) for each in found[0].entities] == [((0, 3), "Birth_Place"), ((0, 3), "person")]


class Loads:
    """In place of loading models: notes what is loaded."""

    def __init__(self) -> None:
        self.loaded: list[tuple[Any, Any, Any]] = []
        self.readers: list[FindsFirstWord] = []

    def __call__(self, asked: Any, *, report: Any) -> FindsFirstWord:
        self.loaded.append((asked.base, asked.adapters and str(asked.adapters), asked.pair))
        self.readers.append(FindsFirstWord(0.3 if len(self.readers) % 2 else 0.9))
        return self.readers[-1]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Loads:
    stand_in = Loads()
    monkeypatch.setattr(command, "loaded_cascade", stand_in)
    monkeypatch.setattr("cascade.pipeline.loading.named_retriever", lambda adapters, pair: None)
    return stand_in


@pytest.fixture
def texts(tmp_path: Path) -> str:
    (tmp_path / "a.txt").write_text("Ada left.\nBob came.\n", encoding="utf-8")
    return str(tmp_path / "a.txt")


def test_each_pair_and_base_reads_by_each_prompt_and_all_are_fused(
    loads: Loads, texts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    options = ["--types", "person,place", "--pairs", "one", "--also", "tiny=runs/tiny", "--by", "mean"]
    assert main([texts, "-o", str(out), *options, "--prompts", "names,capitals", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert loads.loaded == [(None, None, "one"), ("tiny", "runs/tiny", None)]
    names, capitals = ([(each, None) for each in pair] for pair in (("person", "place"), ("Person", "Place")))
    assert [each.asked for each in loads.readers] == [[names, capitals]] * 2
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [
        [(each["start"], each["end"], each["type"], each["score"]) for each in row["entities"]] for row in rows
    ] == [
        [(0, 3, "person", 0.6)]  # (0.9 + 0.9 + 0.3 + 0.3) / 4
    ] * 2
    assert [each.lowest for each in loads.readers] == [[0.0, 0.0]] * 2  # what is unlikely may be likely by the mean
    assert main([texts, "-o", str(out), *options]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "read by one, names: 2 entities",
        "read by tiny, names: 2 entities",
        "wrote 2 documents with 2 entities",
    ]


def test_what_overlaps_in_all_readings_is_told_or_kept_where_asked(
    loads: Loads, texts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    options = ["--types", "politician,person", "--prompts", "names,alone"]  # of equals alone, the first by name
    assert main([texts, "-o", str(out), *options]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "read by the pairs of each language, names: 2 entities",
        "read by the pairs of each language, alone: 2 entities",
        "note: entities that overlap a better one, and are left out (--nested keeps some): 2 (first: line-1)",
        "wrote 2 documents with 2 entities",
    ]
    assert main([texts, "-o", str(out), *options, "--nested"]) == 0
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "read by the pairs of each language, alone: 4 entities",
        "wrote 2 documents with 4 entities",
    ]


@pytest.mark.parametrize(
    ("by", "lowest"), [(["max", "--min-score", "0.1"], 0.1), (["max"], 0.3), (["union"], None), (["majority"], None)]
)
def test_readings_find_what_may_be_kept(
    by: list[str], lowest: float | None, loads: Loads, texts: str, tmp_path: Path
) -> None:
    assert main([texts, "-o", str(tmp_path / "out.jsonl"), "--pairs", "one,two", "--quiet", "--by", *by]) == 0
    assert [each.lowest for each in loads.readers] == [[lowest]] * 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "one reading is asked for; expected two or more, by --prompts, --pairs or --also"),
        (["--pairs", "a,a"], "a is named twice, and would count twice; name it once"),
        (["--pairs", "a,b", "--pair", "c"], "--pair and --pairs are both given; expected one of them"),
        (
            ["--also", "tiny"],
            "--also 'tiny'; expected a base model and a folder of adapters for it, such as "
            "qwen2.5-coder-0.5b=runs/qwen",
        ),
        (
            ["--pairs", "a,b", "--at-least", "3", "--by", "majority"],
            "3 readings must agree; expected a number from 1 to 2, the number of readings",
        ),
        (
            ["--prompts", "names,synonyms", "--called", "person"],
            "--called 'person': 'person' is no other name of a type; expected such as person=human being",
        ),
        (
            ["--types", "person,place", "--prompts", "names,synonyms", "--called", "person=place"],
            "'person' and 'place' would both be asked for as 'place'; expected another name for each type (--called)",
        ),
        (
            ["--prompts", "names,capitals", "--called", "person=human"],
            "--called 'person=human' is given, and no reading asks by other names; expected synonyms in --prompts, "
            "such as --prompts names,synonyms",
        ),
        (
            ["--pairs", "a,b", "--at-least", "2"],
            "at_least 2 is for majority, and the way is union; leave it out",
        ),
    ],
)
def test_readings_that_cannot_be_are_refused_before_any_model_is_loaded(
    options: list[str], message: str, loads: Loads, texts: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([texts, "-o", str(tmp_path / "out.jsonl"), *options]) == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith(message)
    assert loads.loaded == []


def test_a_pair_that_there_is_not_is_told_before_any_is_read(
    texts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "loaded_cascade", lambda *_, **__: pytest.fail("a model was loaded"))
    assert main([texts, "-o", str(tmp_path / "out.jsonl"), "--pairs", "any_type,nope"]) == 2
    assert "are called 'nope'" in capsys.readouterr().err


def test_names_are_read_with_blanks_around_them() -> None:
    assert called_of(" person = human being,org=institution") == {"person": "human being", "org": "institution"}
    assert called_of(None) == {}


def test_two_bases_with_their_adapters_read_the_same_texts(
    gemma: BaseModel, gemma_folder: Path, qwen: BaseModel, qwen_folder: Path, texts: str, tmp_path: Path
) -> None:
    folders = [
        save_shelf(base, folder, tmp_path / name, own=())
        for name, base, folder in (("gemma", gemma, gemma_folder), ("qwen", qwen, qwen_folder))
    ]
    out = tmp_path / "out.jsonl"
    one = ["--base", str(gemma_folder), "--adapters", str(folders[0]), "--precision", "fp32"]
    also = ["--also", f"{qwen_folder}={folders[1]}"]
    assert main([texts, "-o", str(out), *one, *also, "--by", "max", "--min-score", "0", "--quiet"]) == 0
    assert [json.loads(line)["text"] for line in out.read_text(encoding="utf-8").splitlines()] == [
        "Ada left.",
        "Bob came.",
    ]


def test_readers_are_those_of_each_language_without_a_pair() -> None:
    asked = command.parser().parse_args(["a.txt", "-o", "b.jsonl", "--also", "tiny=runs/tiny"])
    assert [each.name for each in readers_of(asked)] == ["the pairs of each language", "tiny"]
    with pytest.raises(DocumentError, match="tiny is named twice"):
        readers_of(command.parser().parse_args(["a", "-o", "b", "--also", "tiny=a", "--also", "tiny=a"]))
