"""`cascade-ner`: its help, its commands' names, colours, completion, and output by format."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from project_tree import ROOT, pyproject

import cascade
from cascade.commands import console
from cascade.commands.command_parser import called_as, command_parser
from cascade.commands.completion import SHELLS, script, whole_parser
from cascade.commands.convert import main as convert
from cascade.commands.output_options import chosen_format
from cascade.commands.progress import watched
from cascade.commands.tables import table
from cascade.commands.thresholds_file import unused_thresholds

CODES = re.compile(r"\x1b\[[0-9;]*m")


def ended(*arguments: str) -> int:
    try:
        return console.main(list(arguments))
    except SystemExit as end:
        return int(str(end.code))


def test_help_lists_every_command_with_its_summary_in_groups(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--help") == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: cascade-ner COMMAND ...\n")
    for name, command in console.COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(command.summary)}$", said, re.MULTILINE)
        assert f"\n{command.group}:\n" in said


def test_without_a_command_help_goes_to_standard_error_and_the_status_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended() == 2
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0]) == ("", "usage: cascade-ner COMMAND ...")


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_told(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(option) == 0
    assert capsys.readouterr().out == f"cascade-ner {cascade.__version__}\n"


@pytest.mark.parametrize("name", console.COMMANDS)
def test_every_command_calls_itself_by_the_name_that_started_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("help", name) == 0
    assert capsys.readouterr().out.startswith(f"usage: cascade-ner {name} ")


@pytest.mark.parametrize(
    ("script_", "name"),
    [("infer.py", "infer.py"), ("evaluate.py", "evaluate.py"), ("-m data_formats", "python -m data_formats")],
)
def test_a_script_calls_itself_by_its_own_name(script_: str, name: str) -> None:
    done = subprocess.run(
        [sys.executable, *script_.split(), "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(f"usage: {name} ")


def test_the_console_command_is_the_one_that_is_installed() -> None:
    assert pyproject()["project"]["scripts"] == {"cascade-ner": "cascade.commands.console:main"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("terminal", "environment", "coloured"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_help_has_colours_where_they_are_taken(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, environment: dict[str, str], coloured: bool
) -> None:
    pytest.importorskip("rich_argparse")
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", Terminal() if terminal else io.StringIO())
    said = convert_help()
    assert (CODES.search(said) is not None) == coloured
    assert "[--from FORMAT]" in CODES.sub("", said)


def convert_help() -> str:
    parser = command_parser("x", description="Takes [a-z] as it is.")
    parser.add_argument("--from", metavar="FORMAT", help="such as [bold]")
    said = parser.format_help()
    assert {"Takes [a-z] as it is.", "such as [bold]"} <= {
        part.strip() for line in CODES.sub("", said).splitlines() for part in line.split("  ")
    }
    return said


def test_help_is_plain_where_the_package_for_colours_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setitem(sys.modules, "rich_argparse", None)
    assert CODES.search(convert_help()) is None


def test_a_name_that_a_command_was_called_by_ends_with_the_call() -> None:
    with called_as("a b"):
        assert command_parser("x").prog == "a b"
    assert command_parser("x").prog == "x"


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_knows_commands_options_and_formats(shell: str) -> None:
    pytest.importorskip("shtab")
    text = script(shell)
    assert [word for word in (*console.COMMANDS, "verify", "types", "label-studio") if word not in text] == []


def test_completion_has_the_options_of_every_command() -> None:
    parsers = next(each.choices for each in whole_parser()._actions if each.choices)
    assert list(parsers) == list(console.COMMANDS)
    without = [name for name, parser in dict(parsers).items() if len(parser._actions) < 2]
    assert without == []


@pytest.mark.slow
def test_bash_completes_what_was_begun(tmp_path: Path) -> None:
    pytest.importorskip("shtab")
    file = tmp_path / "completion"
    file.write_text(script("bash"), encoding="utf-8")
    asked = (
        f"source {file}; COMP_WORDS=(cascade-ner infer --thr); COMP_CWORD=2; "
        "$(complete -p cascade-ner | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["--thresholds"], done.stderr


@pytest.mark.parametrize(
    ("output", "asked", "expected"),
    [
        ("-", None, "jsonl"),
        ("out.json", None, "jsonl"),
        ("out.tsv", None, "jsonl"),
        ("out.html", None, "html"),
        ("out.csv.gz", None, "spans-csv"),
        ("out.conll", None, "conll"),
        ("out.conllu", None, "conllu"),
        ("out.spacy", None, "spacy"),
        ("out.txt", "label-studio", "label-studio"),
        ("folder", "brat", "brat"),
    ],
)
def test_results_have_the_format_that_is_asked_for_or_that_the_name_tells(
    output: str, asked: str | None, expected: str
) -> None:
    assert chosen_format(output, asked).name == expected


def test_thresholds_of_types_that_are_not_asked_for_are_told() -> None:
    asked = {"PER": 0.4, "persn": 0.5, "*": 0.2, "place": 0.6}
    assert list(unused_thresholds(asked, ["person", "place"])) == [
        "note: --thresholds: 1 of 3 types are not asked for: 'persn'"
    ]
    assert list(unused_thresholds(0.3, ["person"])) == []


def test_an_option_that_took_the_input_as_its_value_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("infer", "--ray", "a.txt") == 2
    assert capsys.readouterr().err == (
        "cascade-ner infer: error: the following arguments are required: INPUT; --ray took 'a.txt' as its ADDRESS: "
        "write --ray behind it\n"
    )
    assert ended("infer", "--ray", "--types", "person") == 2
    assert capsys.readouterr().err == "cascade-ner infer: error: the following arguments are required: INPUT\n"


def test_quiet_commands_say_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("Ada slept\n")
    given = [str(tmp_path / "a.txt"), str(tmp_path / "a.jsonl")]
    assert convert(given) == 0
    assert capsys.readouterr().err == "wrote 1 documents with 0 entities\n"
    assert convert([*given, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_progress_is_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert watched()
    assert not watched(quiet=True)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert not watched()


def test_tables_are_aligned_by_the_width_of_characters_and_cut_on_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["a", "地点", "x"], ["bb", "e\u0301", "a long last cell that goes on"]]
    assert table(("1", "2", "3"), rows, io.StringIO()) == (
        "1   2     3\na   地点  x\nbb  e\u0301     a long last cell that goes on"
    )
    monkeypatch.setenv("COLUMNS", "26")
    monkeypatch.setenv("NO_COLOR", "1")
    assert table(("1", "2", "3"), rows, Terminal()).splitlines()[2] == "bb  e\u0301     a long last cel…"


@pytest.mark.slow
def test_help_of_all_commands_imports_neither_torch_nor_what_colours_it() -> None:
    code = (
        "import sys; from cascade.commands.console import main; main(['--help']); "
        "print(sorted({'torch', 'transformers', 'numpy', 'rich', 'shtab', 'tqdm'} & set(sys.modules)))"
    )
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("module", ["cascade", "cascade.commands.infer", "cascade.commands.doctor"])
def test_a_command_can_be_run_as_a_module(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("usage: ")
