"""Two builds side by side, with tiny scripts in the place of builds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.agreement import Agreement, agreement
from benchmarks.build_runs import Build, Memory, read_file, seconds_to_first_entity
from benchmarks.compare_builds import Round, main, median_interval, overall, ratios, summary, table
from cascade import Document, Entity

pytestmark = pytest.mark.slow

BUILD = """
import argparse, json, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("input")
parser.add_argument("-o", default="-")
parser.add_argument("--types")
parser.add_argument("--timing", action="store_true")
asked = parser.parse_args()
rows = [json.loads(line) for line in open(asked.input, encoding="utf-8")]
held = b"x" * {megabytes} * 1_000_000
time.sleep({seconds})
out = sys.stdout if asked.o == "-" else open(asked.o, "w", encoding="utf-8")
for row in rows:
    row["entities"] = [{{"start": 0, "end": {end}, "type": "person", "score": {score}}}] if {finds} else []
    out.write(json.dumps(row) + "\\n")
out.flush()
if asked.timing:
    print("loaded in 0.5 s; 4 documents in 0.1 s ({rate} a second)", file=sys.stderr)
{last}
"""


def build(
    folder: Path,
    *,
    seconds: float = 0.3,
    megabytes: int = 0,
    rate: str = "1,020.0",
    end: int = 3,
    score: float = 0.75,
    finds: bool = True,
    last: str = "",
) -> Path:
    folder.mkdir()
    script = BUILD.format(seconds=seconds, megabytes=megabytes, rate=rate, end=end, score=score, finds=finds, last=last)
    (folder / "infer.py").write_text(script, encoding="utf-8")
    return folder


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    file = tmp_path / "sentences.jsonl"
    rows = [("a", "en"), ("b", "en"), ("c", "de"), ("d", None)]
    file.write_text(
        "".join(
            json.dumps({"id": name, "text": f"Ada met Bob {name}", **({"language": language} if language else {})})
            + "\n"
            for name, language in rows
        ),
        encoding="utf-8",
    )
    return file


def one_round(old: float, new: float, *agreements: tuple[str, Agreement]) -> Round:
    rows = [
        {"first_entity_seconds": value, "sentences_per_second": 10 * value, "resident_mb": None, "private_mb": 1.0}
        for value in (old, new)
    ]
    return Round(rows[0], rows[1], dict(agreements))


def test_ratios_are_taken_within_a_round_and_never_of_what_was_not_measured() -> None:
    rounds = [one_round(1.0, 2.0), one_round(4.0, 2.0), one_round(2.0, 2.0)]
    assert ratios(rounds, "first_entity_seconds") == [2.0, 0.5, 1.0]
    found = summary(rounds)
    assert found["first_entity_seconds"] == {
        "old": 2.0,
        "new": 2.0,
        "ratio": 1.0,
        "interval": None,
        "ratios": [2.0, 0.5, 1.0],
    }
    assert "resident_mb" not in found


@pytest.mark.parametrize(
    ("count", "expected"),
    # outside a pair of extremes a median lies with 2 / 2**n: 6.3 % of five, 3.1 % of six; of the second ones with
    # 2 (1 + n) / 2**n: 7.0 % of eight, 3.9 % of nine
    [(0, None), (1, None), (5, None), (6, (0, 5)), (7, (0, 6)), (8, (0, 7)), (9, (1, 7)), (11, (1, 9)), (12, (2, 9))],
)
def test_the_interval_of_a_median_is_the_narrowest_that_holds_it_in_95_of_100(
    count: int, expected: tuple[int, int] | None
) -> None:
    values = [float(number) for number in range(count)]
    assert median_interval(values[::-1]) == expected


def test_documents_agree_where_their_spans_and_types_do() -> None:
    def read(*entities: Entity) -> Document:
        return Document("x", "Ada met Bob", entities=entities)

    ada, bob = Entity(0, 3, "person", 0.9), Entity(8, 11, "person", 0.8)
    assert agreement([read(ada, bob)], [read(ada, Entity(8, 11, "person", 0.55))]) == Agreement(1, 1, 0.25)
    for other in (read(ada), read(ada, Entity(8, 11, "place", 0.8)), read(ada, Entity(8, 10, "person", 0.8))):
        assert agreement([read(ada, bob)], [other]) == Agreement(1, 0, 0.0, ("x",))
    assert agreement([], []).share == 1.0


def test_a_document_is_the_same_where_it_is_so_in_every_round() -> None:
    rounds = [
        one_round(1, 1, ("en", Agreement(3, 2, 0.0, ("b",)))),
        one_round(1, 1, ("en", Agreement(3, 1, 0.5, ("b", "c")))),
    ]
    assert overall(rounds) == {"en": Agreement(3, 1, 0.5, ("b", "c"))}
    assert table(rounds).splitlines()[-1] == "  other entities in b, c"


def test_the_table_says_what_is_better() -> None:
    lines = table([one_round(2.0, 1.0, ("en", Agreement(2, 2, 0.0)))] * 6).splitlines()
    assert lines[1].split() == "seconds to first entity 2.00 1.00 0.500 0.500 to 0.500 lower".split()
    assert lines[2].split() == "sentences a second 20.00 10.00 0.500 0.500 to 0.500 higher".split()
    assert lines[3].split()[:3] == ["peak", "MB,", "private"]
    assert lines[-1].split() == ["en", "2", "2", "0.000000"]


def test_a_slower_larger_build_with_other_answers_is_told_from_the_old_one(
    tmp_path: Path, sentences: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = build(tmp_path / "old")
    new = build(tmp_path / "new", seconds=1.0, megabytes=80, rate="510.0", score=0.5)
    changed = (new / "infer.py").read_text(encoding="utf-8").replace('"end": 3', '"end": 3 + (row["id"][-1] == "b")')
    (new / "infer.py").write_text(changed, encoding="utf-8")
    out = tmp_path / "figures.json"
    command = [str(old), str(new), "--data", str(sentences), "--rounds", "2", "--json", str(out)]
    assert main(command) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["summary"]["sentences_per_second"]["ratios"] == [0.5, 0.5]
    assert found["summary"]["first_entity_seconds"]["ratio"] > 1.3
    if sys.platform == "linux":
        for kind in ("resident_mb", "private_mb"):
            assert found["summary"][kind]["new"] - found["summary"][kind]["old"] == pytest.approx(80, abs=15)
    assert {language: (row["documents"], row["same"]) for language, row in found["agreement"].items()} == {
        "de": (1, 1),
        "en": (2, 1),
        "none named": (1, 1),
    }
    assert found["agreement"]["en"]["different"] == ["0/b"]
    assert found["agreement"]["de"]["largest_score_difference"] == 0.25
    assert "other entities in" in capsys.readouterr().out


def test_equal_builds_agree(tmp_path: Path, sentences: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = build(tmp_path / "old", seconds=0), build(tmp_path / "new", seconds=0)
    assert main([str(old), str(new), "--data", str(sentences), "--rounds", "1"]) == 0
    shown = capsys.readouterr().out
    assert "other entities" not in shown
    assert "1.000" in next(line for line in shown.splitlines() if line.startswith("sentences a second"))


def test_which_build_goes_first_changes_from_round_to_round(tmp_path: Path, sentences: Path) -> None:
    note = f"open({str(tmp_path / 'order')!r}, 'a').write({{!r}} * asked.timing)"
    old = build(tmp_path / "old", seconds=0, last=note.format("o"))
    new = build(tmp_path / "new", seconds=0, last=note.format("n"))
    assert main([str(old), str(new), "--data", str(sentences), "--rounds", "3"]) == 0
    assert (tmp_path / "order").read_text(encoding="utf-8") == "onnoon"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"last": "sys.exit('no such adapter')"}, "ended with status 1: no such adapter"),
        ({"finds": False}, "NEW: found no entity in"),
        (
            {"last": "if asked.timing: open(asked.o, 'w').write(json.dumps(rows[0]) + chr(10))"},
            "NEW: its output lacks 3 of 4 documents, the first",
        ),
        ({"rate": "many"}, "expected how many documents a second it read"),
    ],
)
def test_a_build_that_fails_is_named_with_what_it_said(
    wrong: dict[str, str], message: str, tmp_path: Path, sentences: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = build(tmp_path / "old", seconds=0)
    changes: dict[str, Any] = {"seconds": 0, **wrong}
    new = build(tmp_path / "new", **changes)
    assert main([str(old), str(new), "--data", str(sentences), "--rounds", "1"]) == 2
    told = capsys.readouterr().err
    assert "error: NEW: " in told
    assert message in told


def test_the_rate_of_few_documents_a_second_is_counted_from_the_seconds(tmp_path: Path, sentences: Path) -> None:
    slow = Build("OLD", build(tmp_path / "old", seconds=0, rate="9.9"), sys.executable)
    rate, _ = read_file(slow, sentences, tmp_path / "out.jsonl", [])
    assert rate == pytest.approx(40)  # 4 documents in 0.1 s


def test_a_folder_without_the_command_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(tmp_path), "--data", "x.jsonl"]) == 2
    assert capsys.readouterr().err == (f"error: OLD: {tmp_path} holds no infer.py; expected the folder of a checkout\n")


def test_each_build_runs_by_its_own_python_in_its_own_folder(tmp_path: Path, sentences: Path) -> None:
    folder = build(tmp_path / "old", seconds=0, last="import os; print(os.getcwd(), sys.argv[0], file=sys.stderr)")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/called\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    own = Build("OLD", folder, str(python))
    assert seconds_to_first_entity(own, sentences, ["--types", "person"]) > 0
    rate, memory = read_file(own, sentences, tmp_path / "out.jsonl", ["--types", "person"])
    assert rate == 1020.0
    assert isinstance(memory, Memory)
    assert (tmp_path / "called").read_text(encoding="utf-8").splitlines() == [
        f"infer.py {sentences} --types person",
        f"infer.py {sentences} -o {tmp_path / 'out.jsonl'} --timing --types person",
    ]
