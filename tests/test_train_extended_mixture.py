"""Mixtures that build on another one, and what is refused of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from project_tree import ROOT

from train.corpora.mixture_entry import MixtureError
from train.corpora.mixtures import read_mixture

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
        ("extends: base.yaml\ncorpora: [{path: b/train.jsonl, document: 3}]", "corpora[1]: found"),
    ],
)
def test_other_forms_are_refused(tmp_path: Path, text: str, fault: str) -> None:
    put(tmp_path, "base.yaml", BASE)
    further = put(tmp_path, "further.yaml", text)
    with pytest.raises(MixtureError) as error:
        read_mixture(further)
    assert str(error.value).startswith(f"{further}: ")
    assert fault in str(error.value)


def test_the_other_file_is_named_where_it_is_missing(tmp_path: Path) -> None:
    further = put(tmp_path, "further.yaml", "extends: gone.yaml\n")
    with pytest.raises(MixtureError, match=r"gone\.yaml: cannot be read as YAML"):
        read_mixture(further)


def test_the_further_mixture_names_what_the_other_one_has() -> None:
    base, further = (read_mixture(ROOT / "train" / f"{name}.yaml") for name in ("any_type", "any_type_further"))
    paths = [entry["path"] for entry in further.entries]
    assert paths[: len(base.entries)] == [entry["path"] for entry in base.entries]
    assert paths[len(base.entries) :].count("written/train.jsonl") == 2
