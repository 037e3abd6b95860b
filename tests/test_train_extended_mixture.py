"""Mixtures that build on another one, and what is refused of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from project_tree import ROOT

from train.corpora.mixture_entry import MixtureError
from train.corpora.mixtures import read_mixture
from train.provenance import _content

BASE = """absent: {rare: [river]}
prompts: {renamed: 0.5}
corpora:
  - {path: a/train.jsonl, documents: 100, absent: rare, licence: MIT}
  - {path: b/train.jsonl}
  - {path: b/train.jsonl, name: b again, documents: 1}
"""


def put(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_entries_are_thinned_changed_and_added(tmp_path: Path) -> None:
    put(tmp_path, "base.yaml", BASE)
    further = put(
        tmp_path,
        "further.yaml",
        "extends: base.yaml\nshare_of_documents: 0.256\nprompts: {renamed: 0.1}\n"
        "corpora: [{path: b/train.jsonl, documents: 7}, {path: c.jsonl, documents: 9, absent: rare}]\n",
    )
    mixture = read_mixture(further)
    assert list(mixture.entries) == [
        {"path": "a/train.jsonl", "documents": 26, "absent": "rare", "licence": "MIT"},
        {"path": "b/train.jsonl", "documents": 7},
        {"path": "b/train.jsonl", "name": "b again", "documents": 1},
        {"path": "c.jsonl", "documents": 9, "absent": "rare"},
    ]
    assert mixture.absent == {"rare": ["river"]}
    assert mixture.shares.renamed == 0.1


def test_without_entries_of_its_own_a_mixture_is_the_other_one(tmp_path: Path) -> None:
    base = put(tmp_path, "base.yaml", BASE)
    further = put(tmp_path, "further.yaml", "extends: base.yaml\n")
    assert read_mixture(further).entries == read_mixture(base).entries


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("extends: 3", "extends is 3; expected the name of a mixture beside this one"),
        ("extends: ../base.yaml", "extends is '../base.yaml'; expected the name of a mixture beside this one"),
        ("share_of_documents: 0.5\ncorpora: [{path: a}]", "extends is None; expected the name of a mixture"),
        ("extends: base.yaml\nshare_of_documents: 0", "share_of_documents is 0; expected a number above 0, at most 1"),
        ("extends: base.yaml\nshare_of_documents: yes", "share_of_documents is True; expected a number above 0"),
        ("extends: further.yaml", "extends further.yaml, which extends this one"),
        ("extends: base.yaml\ncorpora: 3", "found no list `corpora`"),
        ("extends: base.yaml\ncorpora: [{path: b/train.jsonl, document: 3}]", "corpora[0]: found"),
        (
            "extends: base.yaml\ncorpora: [{path: c}, {path: c, paragraph_sentences: 3}]",
            "corpora[1]: paragraph_sentences",
        ),
        ("extends: ''", "extends is ''; expected the name of a mixture beside this one"),
        ("extends: ..", "extends is '..'; expected the name of a mixture beside this one"),
        ("extends: gone.yaml", "extends is 'gone.yaml'; expected the name of a mixture beside this one"),
        (
            "extend: base.yaml\ncorpora: [{path: b}]",
            "prompts, corpora, extends, share_of_documents alone",
        ),
    ],
)
def test_other_forms_are_refused(tmp_path: Path, text: str, fault: str) -> None:
    put(tmp_path, "base.yaml", BASE)
    further = put(tmp_path, "further.yaml", text)
    with pytest.raises(MixtureError) as error:
        read_mixture(further)
    assert str(error.value).startswith(f"{further}: ")
    assert fault in str(error.value)


@pytest.mark.parametrize(
    ("base", "fault"),
    [
        ("- a", "found no list `corpora`"),
        ("absent: {}", "found no list `corpora`"),
        ("corpora: 3", "found no list `corpora`"),
        ("corpora: [a/train.jsonl]", "corpora[0]: found 'a/train.jsonl'"),
        ("corpora: [{path: a, documents: 0}]", "corpora[0]: documents 0"),
        ("corpora: [", "cannot be read as YAML"),
    ],
)
def test_a_fault_of_the_other_mixture_is_told_with_its_file(tmp_path: Path, base: str, fault: str) -> None:
    put(tmp_path, "base.yaml", base)
    further = put(tmp_path, "further.yaml", "extends: base.yaml\nshare_of_documents: 0.5\ncorpora: [{path: b}]")
    with pytest.raises(MixtureError) as error:
        read_mixture(further)
    assert str(error.value).startswith(f"{tmp_path / 'base.yaml'}: {fault}")


def test_an_entry_is_found_by_its_name_where_that_is_its_folders(tmp_path: Path) -> None:
    put(tmp_path, "base.yaml", BASE)
    further = put(
        tmp_path, "further.yaml", "extends: base.yaml\ncorpora: [{path: a/train.jsonl, name: a, documents: 5}]"
    )
    assert [entry.get("documents") for entry in read_mixture(further).entries] == [5, None, 1]


def test_mixtures_extend_over_several_files_and_all_of_them_are_known(tmp_path: Path) -> None:
    put(tmp_path, "base.yaml", BASE)
    put(tmp_path, "middle.yaml", "extends: base.yaml\nshare_of_documents: 0.5\n")
    last = put(tmp_path, "last.yaml", "extends: middle.yaml\nshare_of_documents: 0.1\n")
    mixture = read_mixture(last)
    assert [entry.get("documents") for entry in mixture.entries] == [5, None, 1]
    assert mixture.extended == (tmp_path / "middle.yaml", tmp_path / "base.yaml")


def test_a_change_of_the_other_mixture_is_a_change_of_the_data(tmp_path: Path) -> None:
    put(tmp_path, "base.yaml", BASE)
    further = put(tmp_path, "further.yaml", "extends: base.yaml\n")
    before = _content(further, tmp_path)
    put(tmp_path, "base.yaml", BASE.replace("0.5", "0.6"))
    assert _content(further, tmp_path) != before


def test_the_further_mixture_names_what_the_other_one_has() -> None:
    base, further = (read_mixture(ROOT / "train" / f"{name}.yaml") for name in ("any_type", "any_type_further"))
    paths = [entry["path"] for entry in further.entries]
    assert paths[: len(base.entries)] == [entry["path"] for entry in base.entries]
    assert paths[len(base.entries) :].count("written/train.jsonl") == 2


def test_lists_of_its_own_must_be_those_that_all_entries_name(tmp_path: Path) -> None:
    put(tmp_path, "base.yaml", BASE)
    further = put(tmp_path, "further.yaml", "extends: base.yaml\nabsent: {general: [river]}\n")
    with pytest.raises(MixtureError, match="further.yaml: the entry a of base.yaml: .*absent 'rare'"):
        read_mixture(further)
