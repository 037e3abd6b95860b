"""The adapters that ship with the project, and that an installation finds them."""

from __future__ import annotations

import pytest
from project_tree import ROOT

from cascade.adapters.card import CARD, WEIGHTS, AdapterShelf, read_adapter
from cascade.adapters.checksum_list import SUMS, sums_of
from train.corpora.mixtures import read_mixture
from train.known_failures import PAIRS, pairs_of, read_failures

MAX_ADAPTER_BYTES = 120_000_000


def test_every_adapter_folder_has_a_card() -> None:
    folders = {
        file.parent for name in (CARD, WEIGHTS, "adapter_config.json") for file in (ROOT / "adapters").rglob(name)
    }
    assert [folder for folder in sorted(folders) if read_adapter(folder).folder != folder] == []


def test_the_adapters_are_small() -> None:
    assert sum(file.stat().st_size for file in (ROOT / "adapters").rglob("*") if file.is_file()) <= MAX_ADAPTER_BYTES


def test_the_adapters_hold_nothing_that_runs_code_when_loaded() -> None:
    known = {".safetensors", ".json", ".jsonl", ".md", ".png", ".txt"}
    assert [
        file
        for file in (ROOT / "adapters").rglob("*")
        if file.is_file() and file.suffix not in known and file.name not in (".gitkeep", SUMS)
    ] == []


def test_the_notice_names_every_corpus_of_the_mixtures_of_what_is_shipped() -> None:
    named = set((ROOT / "NOTICE").read_text(encoding="utf-8").replace(",", " ").replace(":", " ").split())
    for mixture in ("multilingual", "any_type_lists_again", "languages"):  # the second builds on any_type and others
        entries = read_mixture(ROOT / "train" / f"{mixture}.yaml").entries
        assert [each["path"] for each in entries if each["path"].partition("/")[0] not in named] == [], mixture


def test_no_card_names_a_folder_of_one_machine() -> None:
    cards = sorted((ROOT / "adapters").rglob(CARD))
    assert [
        file
        for file in cards
        if any(str(value).startswith("/") for value in read_adapter(file.parent).card.training["command"].values())
    ] == []


def test_the_list_of_checksums_is_that_of_the_files() -> None:
    listed = (ROOT / "adapters" / SUMS).read_text(encoding="utf-8")
    assert listed == sums_of(ROOT / "adapters"), "the shipped adapters changed; run `make shipped`, or `make sums`"


@pytest.mark.parametrize("pair", PAIRS)
def test_the_cards_of_the_shipped_pairs_tell_known_failures(pair: str) -> None:
    group = pairs_of(read_failures(), AdapterShelf(ROOT / "adapters"))[pair]
    known = [failure.sentence.removesuffix(".") for failure in group]
    told = [
        sentence
        for stage in ("extractor", "classifier")
        for sentence in read_adapter(ROOT / "adapters" / pair / stage).card.known_failures
    ]
    assert told, "the cards tell no known failure; run `make shipped`, or `make known-failures` and `make sums`"
    assert [sentence for sentence in told if not any(sentence.startswith(each) for each in known)] == []
