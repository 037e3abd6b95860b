"""Options with a new name: the old one does the same, with a note, for one version."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from cascade.commands.renamed_options import add_renamed_option

NOTE = "note: --pet is now called --animals; the old name works in this version for the last time\n"


def parser_with(**settings: object) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="zoo")
    add_renamed_option(parser, "--animals", old="--pet", **settings)
    return parser


@pytest.mark.parametrize(
    ("settings", "given", "expected"),
    [
        ({"type": Path}, ["a"], Path("a")),
        ({"nargs": "+", "default": []}, ["a", "b"], ["a", "b"]),
        ({"action": "store_true"}, [], True),
        ({"action": "append"}, ["a"], ["a"]),
    ],
)
def test_the_old_name_does_what_the_new_one_does_and_says_so(
    settings: dict[str, object], given: list[str], expected: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert parser_with(**settings).parse_args(["--animals", *given]).animals == expected
    assert capsys.readouterr().err == ""
    assert parser_with(**settings).parse_args(["--pet", *given]).animals == expected
    assert capsys.readouterr().err == NOTE


def test_neither_name_leaves_the_default() -> None:
    assert vars(parser_with(default="cat").parse_args([])) == {"animals": "cat"}


def test_both_names_at_once_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser_with().parse_args(["--animals", "a", "--pet", "b"])
    assert "error: argument --pet: not allowed with argument --animals\n" in capsys.readouterr().err


def test_a_required_option_may_be_given_by_its_old_name() -> None:
    assert parser_with(required=True).parse_args(["--pet", "a"]).animals == "a"
    with pytest.raises(SystemExit):
        parser_with(required=True).parse_args([])


def test_a_wrong_value_is_told_by_the_name_that_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser_with(choices=["cat", "dog"]).parse_args(["--pet", "cow"])
    assert "error: argument --pet: invalid choice: 'cow'" in capsys.readouterr().err


def test_the_help_lists_the_new_name_alone() -> None:
    shown = parser_with(help="who lives here").format_help()
    assert "--animals" in shown
    assert "--pet" not in shown


def test_an_option_of_a_group_can_be_renamed() -> None:
    parser = argparse.ArgumentParser()
    add_renamed_option(parser.add_argument_group("animals"), "--animals", old="--pet")
    assert parser.parse_args(["--pet", "a"]).animals == "a"
    assert "animals:\n  --animals" in parser.format_help()
