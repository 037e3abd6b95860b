"""What errors tell is one line that steers no terminal, whatever names of a file stand in it."""

import errno
import os
import pickle
from pathlib import Path

import pytest

import data_formats
from cascade.commands.exit_status import FAILED, exit_status
from cascade.errors import CascadeError, FormatError, TaxonomyError, first_line, in_one_line
from cascade.taxonomy.parsing import parse_types


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a b: 'c'", "a b: 'c'"),
        ("Zürich, 東京, नमस्ते", "Zürich, 東京, नमस्ते"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x1b[31mred\x1b[0m\x07", "\\x1b[31mred\\x1b[0m\\x07"),
        ("a\u2028b\u202eevil\u0085", "a\\u2028b\\u202eevil\\x85"),
    ],
)
def test_what_does_not_print_is_an_escape(text: str, told: str) -> None:
    assert in_one_line(text) == told
    assert str(FormatError(text)) == told


def test_of_a_very_long_message_the_place_and_the_remedy_stay() -> None:
    told = str(FormatError(f"a.xml:1: the name {'x' * 100_000!r}; expected a shorter one"))
    assert told.startswith("a.xml:1: the name 'xxx")
    assert told.endswith("xxx'; expected a shorter one")
    assert len(told) < 4000
    whole = "y" * 4000
    assert str(CascadeError(whole)) == whole
    assert str(pickle.loads(pickle.dumps(FormatError("z" * 5000)))) == str(FormatError("z" * 5000))


def test_types_without_a_name_are_told_of_in_short() -> None:
    with pytest.raises(TaxonomyError) as error:
        parse_types("," * 100_000)
    assert len(str(error.value)) < 200
    assert str(error.value).endswith("expected names with commas between, such as person,organization")


def test_an_error_stays_what_it_is_between_processes() -> None:
    error = pickle.loads(pickle.dumps(FormatError("a.xml:1: the root is <b\rc>")))
    assert isinstance(error, FormatError)
    assert str(error) == "a.xml:1: the root is <b\\rc>"


def test_notes_are_told_in_the_same_line(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        error = CascadeError("no such file.")
        error.add_note("in a\nb")
        raise error

    assert exit_status(fail) == FAILED
    assert capsys.readouterr().err == "error: no such file; in a\\nb\n"


def test_a_name_of_an_element_with_a_line_break(tmp_path: Path) -> None:
    (tmp_path / "a.xmi").write_text('<x:XMI xmlns:x="a&#13;b" xmlns:cas="http:///uima/cas.ecore"/>', encoding="utf-8")
    with pytest.raises(FormatError, match=r"a\.xmi:1: the root is <a\\rb}XMI>; expected <xmi:XMI> of a UIMA CAS"):
        list(data_formats.read(tmp_path / "a.xmi", "cas-xmi"))


def test_what_the_system_says_of_a_file_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(lambda: Path("x" * 5000).is_dir()) == FAILED
    assert capsys.readouterr().err == f"error: {'x' * 200}...: {os.strerror(errno.ENAMETOOLONG)}\n"


def test_other_faults_of_the_system_are_not_hidden() -> None:
    def fail() -> None:
        raise OSError(errno.ENOMEM, "no memory")

    with pytest.raises(OSError, match="no memory"):
        exit_status(fail)


@pytest.mark.parametrize(
    ("error", "told"),
    [(ValueError("\nno room\nat line 3"), "no room"), (KeyError(), "KeyError"), (OSError(" "), "OSError")],
)
def test_of_what_other_packages_say_the_first_line_is_told(error: Exception, told: str) -> None:
    assert first_line(error) == told
