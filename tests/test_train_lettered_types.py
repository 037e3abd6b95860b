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


def test_types_may_stand_in_the_taxonomy_in_other_letters(tmp_path: Path) -> None:
    data, types = geic(tmp_path / "a.json"), tmp_path / "types.json"
    types.write_text(json.dumps({"first-level": "Person,Place", "second-level": {"Place": "City,Country"}}))
    out, mapping = tmp_path / "out.jsonl", tmp_path / "mapping.json"
    assert main([data, str(out), "--mapping", str(mapping), "--taxonomy", str(types)]) == 0
    letter = json.loads(mapping.read_text())
    assert set(letter) == {"Person", "City", "Country"}
    [document] = read(str(out))
    assert [entity.type for entity in document.entities] == [letter["Person"], letter["City"]]


def test_a_type_without_a_letter_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, types = geic(tmp_path / "a.json"), tmp_path / "types.json"
    types.write_text(json.dumps(["person"]))
    asked = [data, str(tmp_path / "o.jsonl"), "--mapping", str(tmp_path / "m.json"), "--taxonomy", str(types)]
    assert main(asked) == 2
    assert capsys.readouterr().err.startswith(
        "error: document 's1': type 'city' is not in the taxonomy, whose types are person; name it there"
    )


@pytest.mark.parametrize("lost", ["a.json", "types.json"])
@pytest.mark.parametrize("option", ["OUT", "--mapping", "--types-out"])
def test_no_file_that_is_read_is_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, lost: str
) -> None:
    data, types = geic(tmp_path / "a.json"), tmp_path / "types.json"
    types.write_text(json.dumps({"person": "a human", "city": None}))
    before = (tmp_path / lost).read_text()
    files = {name: str(tmp_path / f"new-{name}.json") for name in ("OUT", "--mapping", "--types-out")}
    files[option] = str(tmp_path / lost)
    out = files.pop("OUT")
    options = [each for pair in files.items() for each in pair]
    assert main([data, out, *options, "--taxonomy", str(types)]) == 2
    assert capsys.readouterr().err == (
        f"error: {tmp_path / lost}: the output is an input, which would be lost; name another file\n"
    )
    assert (tmp_path / lost).read_text() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json", "types.json"]


def test_two_outputs_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = geic(tmp_path / "a.json"), str(tmp_path / "o.json")
    assert main([data, out, "--mapping", out]) == 2
    assert capsys.readouterr().err == (
        f"error: {out}: two outputs are this file, so that one would be lost; name another file\n"
    )


@pytest.mark.parametrize("option", ["--mapping", "--types-out"])
def test_a_folder_that_is_missing_is_told_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    data, out, there = geic(tmp_path / "a.json"), tmp_path / "o.jsonl", tmp_path / "m.json"
    missing = tmp_path / "no" / "file.json"
    options = {"--mapping": str(there), option: str(missing)}
    assert main([data, str(out), *(each for pair in options.items() for each in pair)]) == 2
    assert capsys.readouterr().err == (
        f"error: {missing}: cannot be written: No such file or directory; make its folder first\n"
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json"]
