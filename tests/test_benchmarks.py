"""The benchmarks' arithmetic and their processes, without a model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks import speed
from benchmarks.speed_contenders import CONTENDERS
from benchmarks.speed_report import figures, limit, table
from benchmarks.speed_runner import Runner
from benchmarks.speed_texts import of_all_lengths
from cascade import Document
from cascade.text.pieces import cut

ROOT = Path(__file__).resolve().parent.parent
SERVED = """
from benchmarks.contenders.serving import serve
def load(job):
    print("what a library prints")
    if job["types"] == ["broken"]:
        import no_such_package
    return lambda part: {"tokens": float(len(job["texts"][part])), "entities": job["texts"][part]}
serve(load)
"""


def runner(name: str, rates: list[float], **last: float) -> Runner:
    no_process: Any = None
    return Runner(name, no_process, 10, load_seconds=1.0, rates=rates, last={"peak_gb": 0.5, "seconds": 2.0, **last})


def test_ratios_are_taken_within_each_round() -> None:
    found = figures([runner("ours", [10.0, 40.0, 30.0]), runner("spacy", [5.0, 10.0, 15.0])])
    assert found["spacy"]["ratios"] == [2.0, 4.0, 2.0]
    assert (found["spacy"]["ours_is_times_as_fast"], found["ours"]["ours_is_times_as_fast"]) == (2.0, 1.0)
    assert (found["ours"]["sentences_per_second"], found["spacy"]["sentences_per_second"]) == (30.0, 10.0)


def test_an_interrupted_run_keeps_the_rounds_that_are_whole() -> None:
    found = figures([runner("ours", [10.0, 20.0]), runner("spacy", [5.0]), runner("protocol", [])])
    assert found["spacy"]["ratios"] == [2.0]
    assert "protocol" not in found


def test_the_limit_is_operations_done_over_the_rate_that_was_measured() -> None:
    shares = limit(
        [runner("ours", [1.0], flop=100.0), runner("limit", [], flop_per_second_float=200.0, flop_per_second_int8=0.0)]
    )
    assert shares == {"ours of the float rate": 0.25, "flop_per_second_float": 200.0, "flop_per_second_int8": 0.0}
    assert limit([runner("ours", [1.0], flop=100.0)]) == {}


def test_the_table_puts_ratios_first() -> None:
    lines = table(
        figures([runner("ours", [10.0]), runner("spacy", [5.0])]), {"ours of the float rate": 0.5, "rate": 4e11}
    ).splitlines()
    assert lines[0].split() == ["contender", "ours", "is", "sentences/s", "spread", "memory", "load"]
    assert lines[2].split() == ["spacy", "2.0", "x", "5.00", "5.00", "to", "5.00", "0.50", "GB", "1.0", "s"]
    assert lines[3:] == ["ours of the float rate: 0.50", "rate: 400 G"]


def test_slow_contenders_get_sentences_of_all_lengths_in_their_order() -> None:
    documents = [Document(str(number), "x" * length) for number, length in enumerate((9, 1, 8, 2, 7, 3, 6, 4, 5))]
    assert [len(document.text) for document in of_all_lengths(documents, 3)] == [8, 2, 5]
    assert of_all_lengths(documents, 9) == documents
    assert [len(document.text) for document in of_all_lengths(documents, 1)] == [5]


def served(*lines: dict[str, Any]) -> list[dict[str, Any]]:
    given = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run(
        [sys.executable, "-c", SERVED],
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert "what a library prints" in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_contender_answers_line_by_line() -> None:
    loaded, first, second = served({"texts": ["a", "b", "c"], "types": []}, {"count": 1}, {"count": 3})
    assert loaded["load_seconds"] >= 0
    assert loaded["versions"] == {}
    assert (first["tokens"], second["tokens"]) == (1.0, 3.0)
    assert "entities" not in first
    assert first["seconds"] >= 0
    assert first["peak_gb"] > 0


def test_a_missing_package_is_told_by_its_name() -> None:
    assert served({"texts": [], "types": ["broken"]}, {"count": 1}) == [{"missing": "no_such_package"}]


def test_an_unknown_contender_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert speed.main(["--data", str(tmp_path / "none.jsonl"), "--contenders", "ours,bert"]) == 2
    assert capsys.readouterr().err.startswith(
        "error: --contenders: bert; expected some of ours, ours-float, protocol, "
    )


def test_contenders_that_extract_once_are_called_so() -> None:
    protocols = {name: each.arguments for name, each in CONTENDERS.items() if name.startswith("protocol")}
    assert {name for name, arguments in protocols.items() if "once" in arguments} == {
        name for name in protocols if name.endswith("-once")
    }
    assert {arguments[0] for name, arguments in protocols.items() if "batched" in name} == {"batched"}
    assert all(
        arguments == (*protocols[name.removesuffix("-once")], "once")
        for name, arguments in protocols.items()
        if name.endswith("-once")
    )


def answers_of(module: str, arguments: Sequence[str], *lines: dict[str, Any]) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", f"benchmarks.contenders.{module}", *arguments]
    given = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_a_random_base_is_read_by_both_stages_and_by_the_protocol(tmp_path: Path) -> None:
    from benchmarks import random_base
    from cascade import Cascade

    shape = {**random_base.SHAPES["qwen2-1.5b"], "hidden_size": 48, "num_hidden_layers": 2, "intermediate_size": 64}
    random_base.make(shape, tmp_path / "base", seed=1)
    ner = Cascade.load(str(tmp_path / "base"), adapters=tmp_path / "base" / "adapters", device="cpu")
    assert ner("Ada met Bob.", ["person"]).text == "Ada met Bob."
    text = "Ada met Bob in London."
    job = {
        "texts": [text],
        "spans": [[(0, 3, "person"), (15, 21, "place")]],
        "types": ["person", "place"],
        "base": str(tmp_path / "base"),
        "float": "fp32",
    }
    for name, answers in (
        ("protocol-batched", 3 + 2),
        ("protocol-once", 1 + 2),
    ):  # three extractions of a sentence or one, and two entities
        contender = CONTENDERS[name]
        _, read = answers_of(contender.module, contender.arguments, job, {"count": 1})
        assert read["seconds"] > 0
        assert read["answers"] == answers
    _, first, again = answers_of(
        "ours", ["float"], {**job, "adapters": str(tmp_path / "base" / "adapters")}, *[{"count": 1}] * 2
    )
    of_text, of_types = (
        sum(len(ids) for ids in ner.base.tokens.pieces(text, cut(text))),
        len(ner.base.tokens.prefix(["person", "place"])),
    )
    stages, more = divmod(first["tokens"] - again["tokens"], of_types)  # the types are read once by each stage
    assert (stages in {1, 2}, more) == (True, 0)
    assert again["tokens"] == of_text or (stages == 2 and again["tokens"] > 2 * of_text)
    assert again["flop"] == 2.0 * again["tokens"] * 2 * sum(
        weight.numel()
        for name, weight in ner.base.model.model.layers[0].named_parameters()
        if "proj" in name and name.endswith("weight")
    )
