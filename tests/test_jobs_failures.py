"""Documents that cannot be read or processed: set aside with their reason, as many as are allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from job_commands import TOO_LONG, CutOff, FirstWords, Job, cut_at, job, lines_of, results_of, words

from cascade.commands import infer as infer_command
from cascade.errors import AdapterError, CascadeError

__all__ = ["job", "words"]

BROKEN = '{"id": "broken", "text": "Ada'


def failed_of(job: Job) -> list[dict[str, str]]:
    file = job.folder / "out.jsonl.failed.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def with_faults(job: Job) -> None:
    """Puts lines that cannot be read between the documents, and one that has an id of before."""
    lines = lines_of(range(10)).encode().splitlines(keepends=True)
    lines.insert(3, b'{"id": "no text", "entities": []}\n')
    lines.insert(5, b'{"id": "bytes", "text": "\xff", "entities": []}\n')
    lines.insert(7, BROKEN.encode() + b"\n")
    lines.insert(9, b'{"id": "d1", "text": "again", "entities": []}\n')
    job.input.write_bytes(b"".join(lines))


EXPECTED = [  # place, id, text, reason
    (4, "line-4", '{"id": "no text", "entities": []}', "the object has no 'text'"),
    (6, "line-6", '{"id": "bytes", "text": "\\xff", "entities": []}', "byte 0xff at offset"),
    (8, "line-8", BROKEN, "not JSON: Unterminated string"),
    (10, "line-10", "again", "the document id 'd1' was used before"),
]


def test_lines_that_cannot_be_read_are_set_aside_with_their_reason(
    job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]
) -> None:
    with_faults(job)
    assert job("--from", "jsonl", "--max-failures", "4") == 3
    assert job.out.read_text() == results_of(range(10))
    found = failed_of(job)
    assert [(each["place"], each["id"], each["text"]) for each in found] == [
        (f"{job.input}:{line}", identifier, text) for line, identifier, text, _ in EXPECTED
    ]
    for each, (line, _, _, reason) in zip(found, EXPECTED, strict=True):
        assert each["error"].startswith(f"{job.input}:{line}: ")
        assert reason in each["error"]
    assert f"note: 4 documents failed; they are in {job.out}.failed.jsonl, each with its reason\n" in (
        capsys.readouterr().err
    )


def test_a_job_stops_at_the_first_failure_and_says_how_to_go_on(
    job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]
) -> None:
    with_faults(job)
    assert job("--from", "jsonl") == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {job.input}:4: ")
    assert said.endswith(
        f"; 1 failed, and --max-failures is 0. A larger number puts such documents into {job.out}.failed.jsonl; 2 "
        f"documents are done and kept in {job.out}.job; the same command goes on\n"
    )
    assert not job.out.exists()
    words.read = []
    assert job("--from", "jsonl", "--max-failures", "9") == 3
    assert words.read == [f"d{number}" for number in range(2, 10)]
    assert len(failed_of(job)) == 4


def test_failures_of_earlier_parts_count(job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]) -> None:
    with_faults(job)
    words.before = cut_at("Ada 9")
    with pytest.raises(CutOff):
        job("--from", "jsonl", "--max-failures", "4")
    words.before = lambda document: None
    assert job("--from", "jsonl", "--max-failures", "3") == 2
    assert capsys.readouterr().err.startswith("error: 4 failed before, and --max-failures is 3. A larger number puts")
    assert job("--from", "jsonl", "--max-failures", "4") == 3
    assert [each["id"] for each in failed_of(job)] == ["line-4", "line-6", "line-8", "line-10"]
    assert job.out.read_text() == results_of(range(10))


def test_a_document_that_cannot_be_processed_is_found_among_its_neighbours(job: Job, words: FirstWords) -> None:
    words.refused["Ada 5"] = TOO_LONG
    assert job("--max-failures", "1") == 3
    assert job.out.read_text() == results_of([0, 1, 2, 3, 4, 6, 7, 8, 9])
    assert failed_of(job) == [
        {
            "place": f"{job.input}: d5",
            "id": "d5",
            "text": "Ada 5",
            "error": "the text is too long; expected less",
        }
    ]


def test_a_fault_of_the_adapters_is_none_of_a_document(
    job: Job, words: FirstWords, capsys: pytest.CaptureFixture[str]
) -> None:
    words.refused["Ada 5"] = AdapterError("adapters/x: cannot be read")
    assert job("--max-failures", "100") == 2
    assert capsys.readouterr().err == (
        f"error: adapters/x: cannot be read; 4 documents are done and kept in {job.out}.job; the same command goes on\n"
    )
    words.refused.clear()
    assert job("--max-failures", "100") == 0
    assert job.out.read_text() == results_of(range(10))


def test_a_job_without_failures_removes_those_of_an_earlier_one(job: Job, words: FirstWords) -> None:
    words.refused["Ada 5"] = CascadeError("out of memory with one row of 9 tokens")
    assert job("--max-failures", "1") == 3
    words.refused.clear()
    assert job("--max-failures", "1") == 0
    assert not (job.folder / "out.jsonl.failed.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "content", "options", "failed"),
    [
        ("a.csv", b"text,n\nAda,1\nBob,2,3\nEve,4\n", [], [("a.csv:3", "line-3", '["Bob", "2", "3"]')]),
        ("a.txt", b"Ada\n\xfe\nEve\n", ["--from", "text"], [("a.txt:2", "line-2", "\\xfe")]),
        (
            "a.jsonl",
            b'{"body": "Ada"}\n[1]\n{"body": 7}\n',
            ["--text-column", "body"],
            [("a.jsonl:2", "line-2", "[1]"), ("a.jsonl:3", "line-3", '{"body": 7}')],
        ),
    ],
)
def test_rows_of_tables_and_lines_of_text_are_set_aside(
    tmp_path: Path, words: FirstWords, name: str, content: bytes, options: list[str], failed: list[tuple[str, str, str]]
) -> None:
    (tmp_path / name).write_bytes(content)
    out = tmp_path / "out.jsonl"
    assert infer_command.main([str(tmp_path / name), "-o", str(out), "--max-failures", "5", *options]) == 3
    lines = (tmp_path / "out.jsonl.failed.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert [(each["place"].removeprefix(f"{tmp_path}/"), each["id"], each["text"]) for each in found] == failed
    assert out.read_text(encoding="utf-8").count("\n") == 3 - len(failed)
