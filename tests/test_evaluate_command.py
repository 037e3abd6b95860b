"""The command `evaluate.py`: files in, table and JSON out, one-line errors; and the name it shares with another
package.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from python_process import python

from cascade.commands.evaluate import main

ROOT = Path(__file__).resolve().parent.parent


GEIC = {
    "s1": {"sentence": "Ada met Bob in London", "entity": ["Ada", "London"], "category": ["person", "location"]},
    "s2": {"sentence": "Bob left Paris", "entity": ["Paris"], "category": ["location"]},
}


ROWS: list[dict[str, object]] = [
    {
        "id": "s1",
        "text": "Ada met Bob in London",
        "language": "en",
        "entities": [{"start": 0, "end": 3, "text": "Ada", "type": "person", "score": 0.9}],
    },
    {
        "id": "s2",
        "text": "Bob left Paris",
        "language": "en",
        "entities": [{"start": 9, "end": 14, "text": "Paris", "type": "person", "score": 0.4}],
    },
]


TABLE = """\
documents: 2 gold, 2 predicted

                  precision  recall    F1  gold  predicted
entities               50.0    33.3  40.0     3          2
spans                 100.0    66.7  80.0     3          2
macro over types                     33.3

language          precision  recall    F1  gold  predicted
unknown                50.0    33.3  40.0     3          2

type              precision  recall    F1  gold  predicted
location                0.0     0.0   0.0     2          0
person                 50.0   100.0  66.7     1          2

type accuracy on the gold spans that were found: 50.0
expected calibration error of the scores: 25.0 (10 bins)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with gold.geic.json and predicted.jsonl."""
    write_gold(tmp_path, GEIC)
    write_predicted(tmp_path, ROWS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_gold(folder: Path, gold: object) -> None:
    (folder / "gold.geic.json").write_text(json.dumps(gold), encoding="utf-8")


def write_predicted(folder: Path, rows: list[dict[str, object]]) -> None:
    (folder / "predicted.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def run(*options: str) -> int:
    return main(["gold.geic.json", "predicted.jsonl", *options])


def test_geic_gold_and_jsonl_predictions_give_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--resamples", "0") == 0
    assert capsys.readouterr() == (TABLE, "")


def test_named_formats_are_used(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "gold").write_text(json.dumps(GEIC), encoding="utf-8")
    assert (
        main(["gold", "predicted.jsonl", "--gold-format", "geic", "--predicted-format", "jsonl", "--resamples", "0"])
        == 0
    )
    assert capsys.readouterr().out == TABLE


def test_the_table_has_intervals_by_default(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--seed", "3") == 0
    out = capsys.readouterr().out
    assert "entities               50.0    33.3  40.0 [0.0, 66.7]" in out
    assert out.endswith("[low, high]: 95% bootstrap interval over documents, 1,000 resamples, seed 3\n")


def test_the_json_report_has_fractions_and_leaves_no_other_file(folder: Path) -> None:
    assert run("--json", "report.json", "--resamples", "20", "--seed", "3") == 0
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert (report["precision"], report["recall"], report["f1"]) == (1 / 2, 1 / 3, 2 / 5)
    assert report["bootstrap"] == {"resamples": 20, "seed": 3, "confidence": 0.95}
    assert report["not_read"] == {"gold": {}, "predicted": {}}
    assert sorted(path.name for path in folder.iterdir()) == ["gold.geic.json", "predicted.jsonl", "report.json"]


def test_an_error_leaves_an_earlier_report_as_it_was(folder: Path) -> None:
    (folder / "report.json").write_text("earlier", encoding="utf-8")
    write_predicted(folder, [{"id": "other", "text": "Ada", "entities": []}])
    assert run("--json", "report.json") == 2
    assert (folder / "report.json").read_text(encoding="utf-8") == "earlier"


def test_case_of_types_can_be_ignored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_gold(
        folder,
        {key: {**value, "category": [name.upper() for name in value["category"]]} for key, value in GEIC.items()},
    )
    assert run("--ignore-case-of-types", "--resamples", "0") == 0
    assert capsys.readouterr().out == TABLE


def test_types_that_match_in_other_letters_alone_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_gold(
        folder,
        {key: {**value, "category": [name.title() for name in value["category"]]} for key, value in GEIC.items()},
    )
    told = (
        "warning: types that differ in capital letters alone count as different (1): 'Person' and 'person'; "
        "--ignore-case-of-types compares them as equal\n"
    )
    for options, expected in (([], told), (["--quiet"], ""), (["--ignore-case-of-types"], "")):
        assert run("--resamples", "0", *options) == 0
        assert capsys.readouterr().err == expected


def test_a_type_that_one_file_spells_in_two_ways_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_gold(folder, {**GEIC, "s2": {**GEIC["s2"], "category": ["Person"]}})
    assert run("--resamples", "0") == 0
    assert "(1): 'Person' and 'person'; --ignore-case-of-types" in capsys.readouterr().err


def test_types_of_the_same_words_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_gold(
        folder, {key: {**value, "category": ["Licence_Plate"] * len(value["entity"])} for key, value in GEIC.items()}
    )
    found = [{"start": 0, "end": 3, "type": "licence plate"}]
    rows: list[dict[str, object]] = [
        {"id": key, "text": value["sentence"], "entities": found} for key, value in GEIC.items()
    ]
    write_predicted(folder, rows)
    assert run("--resamples", "0") == 0
    assert capsys.readouterr().err.endswith(
        "warning: types of the same words, spelled otherwise, count as different (1): 'Licence_Plate' and 'licence "
        "plate'; rename those of one file\n"
    )


def test_types_that_both_files_have_are_not_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_gold(folder, {**GEIC, "s2": {**GEIC["s2"], "category": ["Person"]}})
    found = {"start": 0, "end": 3, "score": 0.9}
    rows = [{"id": key, "text": value["sentence"]} for key, value in GEIC.items()][:2]
    write_predicted(
        folder, [{**row, "entities": [{**found, "type": t}]} for row, t in zip(rows, ["person", "Person"], strict=True)]
    )
    assert run("--resamples", "0") == 0
    assert "capital letters" not in capsys.readouterr().err


def test_the_first_of_many_types_in_other_letters_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [f"w{letter}" for letter in "abcd"]
    write_gold(folder, {"s1": {"sentence": " ".join(words), "entity": words, "category": [w.upper() for w in words]}})
    entities = [{"start": 3 * place, "end": 3 * place + 2, "type": word} for place, word in enumerate(words)]
    write_predicted(folder, [{"id": "s1", "text": " ".join(words), "entities": entities}])
    assert run("--resamples", "0") == 0
    assert "(4): 'WA' and 'wa', 'WB' and 'wb', 'WC' and 'wc', ...; --ignore" in capsys.readouterr().err


def test_missing_documents_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_predicted(folder, ROWS[:1])
    assert run() == 0
    out, err = capsys.readouterr()
    assert out.startswith("documents: 2 gold, 1 predicted, 1 missing (all their entities count as missed)\n")
    assert err == "warning: gold documents without a prediction (1): 's2'\n"


def test_strings_that_are_not_in_their_sentence_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_gold(
        folder,
        {
            **GEIC,
            "s2": {"sentence": "Bob left Paris", "entity": ["Rome", "Paris"], "category": ["location", "location"]},
        },
    )
    assert run("--json", "report.json") == 0
    kind = "entities whose string is not in their sentence (or not that often)"
    assert capsys.readouterr().err == (
        f"warning: gold.geic.json: not read, or changed in reading: {kind}: 1 (first: gold.geic.json:1: 's2': 'Rome' "
        "(location))\n"
    )
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["not_read"] == {
        "gold": {kind: 1},
        "predicted": {},
    }


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (
            [{"id": "s9", "text": "Ada", "entities": []}],
            [],
            "predicted: ids that gold does not have (1): 's9'; expected predictions for the documents of gold",
        ),
        (
            [{"id": "s2", "text": "Bob  left Paris", "entities": []}],
            [],
            "document 's2': the texts differ at character 4: gold 'Bob left Paris', predicted 'Bob  left Paris'; "
            "expected predictions on the gold text, whose offsets they share",
        ),
        (ROWS, ["--resamples", "-1"], "resamples is -1; expected 0 (no intervals) to 1,000,000"),
        (ROWS, ["--resamples", "1000001"], "resamples is 1000001; expected 0 (no intervals) to 1,000,000"),
        (ROWS, ["--seed", "-1"], "seed is -1; expected 0 or more"),
        (
            ROWS,
            ["--json", "absent/report.json"],
            "absent/report.json: cannot be written: No such file or directory; make its folder first",
        ),
    ],
)
def test_errors_are_one_line_and_status_2(
    folder: Path, capsys: pytest.CaptureFixture[str], rows: list[dict[str, object]], options: list[str], message: str
) -> None:
    write_predicted(folder, rows)
    assert run(*options) == 2
    assert capsys.readouterr() == ("", f"error: {message}\n")


def test_gold_without_documents_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "gold.jsonl").write_text("", encoding="utf-8")
    assert main(["gold.jsonl", "predicted.jsonl"]) == 2
    assert capsys.readouterr() == (
        "",
        "error: gold.jsonl: no documents; expected the gold documents to score against\n",
    )


def test_predictions_without_documents_are_all_misses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "predicted.jsonl").write_text("", encoding="utf-8")
    assert run("--resamples", "0") == 0
    assert "entities                0.0     0.0  0.0     3          0" in capsys.readouterr().out


def test_the_script_prints_the_table(folder: Path) -> None:
    command = [sys.executable, str(ROOT / "evaluate.py"), "gold.geic.json", "predicted.jsonl", "--resamples", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, TABLE, "")


def test_the_script_imports_no_model_library() -> None:
    code = (
        "import sys, cascade.commands.evaluate; print(sorted({'torch', 'transformers', 'swift', 'peft'} & "
        "set(sys.modules)))"
    )
    assert python(code, ROOT, cwd=ROOT) == "[]"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--html", "gold.json"], "--html gold.json: is GOLD too; expected another file"),
        (["--json", "./predicted.jsonl"], "--json ./predicted.jsonl: is PREDICTED too; expected another file"),
        (["--json", "report", "--html", "report"], "--html report: is --json too; expected another file"),
    ],
)
def test_a_report_replaces_no_file_that_is_read_and_no_other_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    gold, predicted = Path("gold.json"), Path("predicted.jsonl")
    gold.write_text(json.dumps(GEIC), encoding="utf-8")
    predicted.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    before = gold.read_bytes(), predicted.read_bytes()
    assert main([str(gold), str(predicted), *options]) == 2
    assert capsys.readouterr().err == f"error: {told}\n"
    assert (gold.read_bytes(), predicted.read_bytes()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gold.json", "predicted.jsonl"]
