"""Type names replaced by letters, to tell what is remembered from what is learnt."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from cascade.taxonomy.parsing import read_taxonomy
from data_formats.registry import read
from train.lettered_types import dealt, letters, main


def test_letters_go_on_behind_z() -> None:
    found = list(islice(letters(), 54))
    assert (found[0], found[25], found[26], found[27], found[52], found[53]) == ("A", "Z", "AA", "AB", "BA", "BB")


def test_letters_are_dealt_by_the_seed_alone() -> None:
    types = ["person", "city", "river", "band"]
    assert dealt(types, seed=1) == dealt(types[::-1] + types, seed=1)
    assert sorted(dealt(types, seed=1).values()) == ["A", "B", "C", "D"]
    assert len({tuple(dealt(types, seed=seed).items()) for seed in range(30)}) > 10


def geic(path: Path) -> str:
    row = {"sentence": "Ada saw Rome.", "entity": ["Ada", "Rome"], "category": ["person", "city"]}
    path.write_text(json.dumps({"s1": row}))
    return str(path)


@pytest.mark.parametrize("definitions", [True, False])
def test_data_mapping_and_taxonomy_tell_the_same(tmp_path: Path, definitions: bool) -> None:
    data, types = geic(tmp_path / "a.json"), tmp_path / "types.json"
    types.write_text(json.dumps({"person": "a human", "city": "a large town", "river": None}))
    out, mapping, told = (tmp_path / name for name in ("out.jsonl", "mapping.json", "told.json"))
    asked = [data, str(out), "--mapping", str(mapping), "--taxonomy", str(types), "--types-out", str(told)]
    assert main([*asked, *([] if definitions else ["--no-definitions"])]) == 0
    letter = json.loads(mapping.read_text())
    assert set(letter) == {"person", "city", "river"}
    [document] = read(str(out))
    assert [(entity.text, entity.type) for entity in document.entities] == [
        ("Ada", letter["person"]),
        ("Rome", letter["city"]),
    ]
    described = {node.name: node.description for node in read_taxonomy(told).roots}
    meant = {letter["person"]: "a human", letter["city"]: "a large town", letter["river"]: None}
    assert described == (meant if definitions else dict.fromkeys(meant))


def test_a_type_without_a_letter_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, types = geic(tmp_path / "a.json"), tmp_path / "types.json"
    types.write_text(json.dumps(["person"]))
    asked = [data, str(tmp_path / "o.jsonl"), "--mapping", str(tmp_path / "m.json"), "--taxonomy", str(types)]
    assert main(asked) == 2
    assert capsys.readouterr().err.startswith(
        "error: document 's1': type 'city' is not in the taxonomy, whose types are person; name it there"
    )
