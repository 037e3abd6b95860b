"""The form of a mixture: what is refused, by its place, and keys with new names."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_train_corpora import load, write_corpus

from train.corpora.encoding_repair import EXPECTED as ENCODING_REPAIR
from train.corpora.loading import load_corpora
from train.corpora.mixture_entry import MixtureError
from train.corpora.mixtures import read_mixture

KEYS = (
    "absent, detokenise, dev, dev_documents, documents, encoding_repair, foreign_lines, hold_out, join_hyphens, "
    "language, licence, lower_case, name, not_in, own_prompts, paragraph_sentences, "
    "paragraphs, path, rename, replay, title_case, type_balance, upper_case, without_entities"
)


@pytest.mark.parametrize(
    ("mixture", "place", "name"),
    [
        ("absent: {rare: [river, 'food, drink']}\ncorpora: [{path: a.jsonl}]", "absent: rare", "food, drink"),
        ("broader: {person: ['poet | writer']}\ncorpora: [{path: a.jsonl}]", "broader: person", "poet | writer"),
        ("corpora: [{path: a.jsonl, rename: {PER: 'person, human'}}]", "corpora[0]", "person, human"),
    ],
)
def test_names_that_no_prompt_could_hold_are_refused_in_a_mixture(
    tmp_path: Path, mixture: str, place: str, name: str
) -> None:
    (tmp_path / "m.yaml").write_text(mixture)
    with pytest.raises(MixtureError) as error:
        read_mixture(tmp_path / "m.yaml")
    mark = "," if "," in name else "|"
    assert str(error.value) == (
        f"{tmp_path / 'm.yaml'}: {place}: type name {name!r} holds {mark!r}, which ends a name in the prompt, so that "
        "it would be read as two; "
        "expected a name without. Part types by commas; within a name write a word such as 'and' instead"
    )


def test_replay_of_another_form_is_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 4)
    mixture, good = tmp_path / "mixture.yaml", {"path": "a/train.jsonl"}
    with pytest.raises(MixtureError) as error:
        load(tmp_path, good | {"replay": True})
    assert str(error.value) == f"{mixture}: all entries are for replay; expected at least one that is not"
    with pytest.raises(MixtureError) as error:
        load(tmp_path, good, good | {"replay": "yes"})
    assert str(error.value) == f"{mixture}: corpora[1]: replay 'yes'; expected true or false"
    with pytest.raises(MixtureError) as error:
        load(tmp_path, good, good | {"replay": True, "dev": "a/dev.jsonl", "language": "de"})
    assert (
        str(error.value)
        == f"{mixture}: corpora[1]: language, dev beside replay; expected none, as what is mixed in with every "
        "language is no language's own, "
        "and not scored"
    )


def test_a_language_that_yaml_reads_as_something_else_is_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a" / "train.jsonl", 4)
    with pytest.raises(MixtureError, match="language False; expected a code as a string"):
        load(tmp_path, {"path": "a/train.jsonl", "language": False})


@pytest.mark.parametrize("absent", ["[x]", "{r: null}", "5"])
def test_absent_types_of_another_form_are_refused(tmp_path: Path, absent: str) -> None:
    (tmp_path / "mixture.yaml").write_text(f"absent: {absent}\ncorpora: [{{path: a/train.jsonl}}]", encoding="utf-8")
    with pytest.raises(MixtureError, match="expected lists of types by name, as in train/zero_shot.yaml"):
        load_corpora(tmp_path / "mixture.yaml", data_root=None, seed=1)


def test_a_path_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MixtureError, match="path 5; expected a text"):
        load(tmp_path, {"path": 5})


@pytest.mark.parametrize("content", ["", "[]", "corpora:", "corpora: []", "corpora: {a: 1}", "absent: {}"])
def test_a_mixture_without_corpora_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "mixture.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(MixtureError) as error:
        load_corpora(file, data_root=None, seed=1)
    assert (
        str(error.value) == f"{file}: found no list `corpora`; expected entries with `path` and `documents`, as in "
        "train/multilingual.yaml"
    )


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ("a.jsonl", "'a.jsonl'"),
        ({"documents": 3}, "{'documents': 3}"),
        ({"path": "a.jsonl", "licens": "MIT"}, "{'licens': 'MIT', 'path': 'a.jsonl'}"),
    ],
)
def test_an_entry_of_another_form_is_refused(tmp_path: Path, entry: object, shown: str) -> None:
    write_corpus(tmp_path / "good.jsonl", 2)
    with pytest.raises(MixtureError) as error:
        load(tmp_path, {"path": "good.jsonl"}, entry)
    assert (
        str(error.value) == f"{tmp_path / 'mixture.yaml'}: corpora[1]: found {shown}; expected `path` and any of {KEYS}"
    )


def test_an_absent_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path / "a.jsonl", 2)
    with pytest.raises(MixtureError) as error:
        load(tmp_path, {"path": "a.jsonl", "absent": "genral"}, absent={"general": ["protein"]})
    assert (
        str(error.value)
        == f"{tmp_path / 'mixture.yaml'}: corpora[0]: absent 'genral' names no list of types; expected one of "
        "general, defined under `absent`"
    )


def test_a_broken_mixture_is_refused_by_its_place(tmp_path: Path) -> None:
    file = tmp_path / "mixture.yaml"
    file.write_text("corpora: [", encoding="utf-8")
    with pytest.raises(MixtureError) as error:
        load_corpora(file, data_root=None, seed=1)
    assert str(error.value).startswith(f"{file}: cannot be read as YAML: while parsing a flow node")


def test_a_missing_mixture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MixtureError) as error:
        load_corpora(tmp_path / "none.yaml", data_root=None, seed=1)
    assert (
        str(error.value) == f"{tmp_path / 'none.yaml'}: cannot be read as YAML: [Errno 2] No such file or directory: "
        f"'{tmp_path / 'none.yaml'}'"
    )


@pytest.mark.parametrize("most", [1, 0, 2.5, "4", True])
def test_a_number_of_sentences_that_make_no_paragraph_is_refused(tmp_path: Path, most: object) -> None:
    with pytest.raises(MixtureError) as error:
        load(tmp_path, {"path": "a/train.jsonl", "paragraphs": 1.0, "paragraph_sentences": most})
    where = f"{tmp_path / 'mixture.yaml'}: corpora[0]"
    assert (
        str(error.value)
        == f"{where}: paragraph_sentences {most!r}; expected the most sentences of a paragraph, 2 or more"
    )


def test_a_number_of_sentences_without_a_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MixtureError) as error:
        load(tmp_path, {"path": "a/train.jsonl", "paragraph_sentences": 4})
    message = "paragraph_sentences without paragraphs, the share of the documents that stand in such; expected both"
    assert str(error.value) == f"{tmp_path / 'mixture.yaml'}: corpora[0]: {message}"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("documents", "many", "a whole number, 1 or more"),
        ("documents", 0, "a whole number, 1 or more"),
        ("without_entities", "lots", "a share from 0 to 1"),
        ("paragraphs", 1.5, "a share from 0 to 1"),
        ("detokenise", True, "a share from 0 to 1"),
        ("join_hyphens", 1, "true or false"),
        ("rename", ["PER"], "new names by the old ones, none for types to be dropped"),
        ("absent", ["virus"], "a text"),
        ("not_in", "b.jsonl", "a list of files"),
        ("encoding_repair", {"as": "utf-8", "is": "latin-1"}, ENCODING_REPAIR),
        ("language", False, 'a code as a string, in quotes where YAML reads it as something else, as "no"'),
    ],
)
def test_a_value_of_another_kind_is_refused(tmp_path: Path, key: str, value: object, expected: str) -> None:
    with pytest.raises(MixtureError) as error:
        load(tmp_path, {"path": "a.jsonl", key: value})
    assert str(error.value) == f"{tmp_path / 'mixture.yaml'}: corpora[0]: {key} {value!r}; expected {expected}"


def test_dev_documents_are_taken_from_somewhere(tmp_path: Path) -> None:
    with pytest.raises(MixtureError, match="dev_documents without documents to take them from; expected dev"):
        load(tmp_path, {"path": "a.jsonl", "dev_documents": 3})


def test_another_key_of_a_mixture_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mixture.yaml"
    file.write_text("brooder: {name: [PER]}\ncorpora: [{path: a.jsonl}]", encoding="utf-8")
    with pytest.raises(MixtureError) as error:
        load_corpora(file, data_root=None, seed=1)
    known = "absent, broader, descriptions, prompts, corpora, extends, share_of_documents"
    assert str(error.value) == f"{file}: found brooder; expected {known} alone"


@pytest.mark.parametrize("lists", ["{no: [PER]}", "{name: [1]}"])
def test_lists_of_types_hold_texts(tmp_path: Path, lists: str) -> None:
    file = tmp_path / "mixture.yaml"
    file.write_text(f"broader: {lists}\ncorpora: [{{path: a.jsonl}}]", encoding="utf-8")
    with pytest.raises(MixtureError, match="expected lists of types by name"):
        load_corpora(file, data_root=None, seed=1)


def test_old_keys_of_a_mixture_are_taken_with_a_note_once_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "old.yaml"
    repair = "{as: mac-cyrillic, is: latin-1}"
    file.write_text(f"wider: {{person: [poet]}}\ncorpora: [{{path: a.jsonl, misread: {repair}}}]", encoding="utf-8")
    old = read_mixture(file)
    assert old.broader == {"person": ["poet"]}
    assert old.entries == ({"path": "a.jsonl", "encoding_repair": {"as": "mac-cyrillic", "is": "latin-1"}},)
    assert capsys.readouterr().err == (
        f"note: {file}: wider is now called broader; the old name works in this version for the last time\n"
        f"note: {file}: corpora[0]: misread is now called encoding_repair; the old name works in this version for the "
        "last time\n"
    )
    assert read_mixture(file) == old
    assert capsys.readouterr().err == ""


def test_a_key_by_its_old_and_its_new_name_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "both.yaml"
    file.write_text("wider: {a: [b]}\nbroader: {a: [b]}\ncorpora: [{path: a.jsonl}]", encoding="utf-8")
    with pytest.raises(MixtureError) as error:
        read_mixture(file)
    assert str(error.value) == f"{file}: found wider and broader, its new name; expected broader alone"
