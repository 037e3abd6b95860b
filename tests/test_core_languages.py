"""Languages by code and by name: what a tag means, and which tags mean nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cascade.commands.convert import main
from cascade.errors import LanguageError
from cascade.languages.codes import AMBIGUOUS, CODES, LANGUAGES
from cascade.languages.identification import (
    is_known_language,
    language_code,
    likely_language,
    named_language,
    names_none,
)
from cascade.languages.names import NAMES
from data_formats import read
from train.corpora.mixture_entry import MixtureError
from train.corpora.mixtures import read_mixture


def test_every_language_with_a_code_has_a_name_of_its_own() -> None:
    assert set(NAMES.values()) == LANGUAGES
    assert len({name.casefold() for name in NAMES}) == len(NAMES)
    assert all(name == " ".join(name.split()) for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_read_in_any_case(name: str) -> None:
    assert [language_code(each) for each in (name, name.upper(), name.lower(), f" {name} ")] == [NAMES[name]] * 4


def test_a_language_is_known_by_one_code_alone() -> None:
    assert not LANGUAGES & set(CODES)
    assert not set(AMBIGUOUS) & (LANGUAGES | set(CODES))


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("nb", "no"),
        ("nn-NO", "no"),
        ("fil_PH", "tl"),
        ("arb", "ar"),
        ("cmn-Hans", "zh"),
        ("zh-Hant", "zh"),
        ("sr-Latn-RS", "sr"),
        ("pt-BR", "pt"),
        ("iw", "he"),
        ("mo", "ro"),
        ("in", "id"),
        ("twi", "ak"),
        ("de_DE.UTF-8", "de"),
        ("cnr", "sr"),  # Montenegrin, which has no code in the table: CLDR says what it is
        ("bho", "bho"),
        ("be-x-old", "be"),
    ],
)
def test_codes_that_the_user_may_name(tag: str, code: str) -> None:
    assert language_code(tag) == code
    assert named_language(tag) == tag
    assert is_known_language(tag)


@pytest.mark.parametrize(
    "tag", ["xx", "xyz", "als", "simple", "q", "12", "d-e", "de AT", "en/fr", "English (UK)", "日本"]
)
def test_what_is_no_language_is_not_known_and_not_said_to_be_none(tag: str) -> None:
    assert language_code(tag) == ""
    assert not is_known_language(tag)
    assert not names_none(tag)
    with pytest.raises(LanguageError):
        named_language(tag)


@pytest.mark.parametrize("tag", [None, "", " ", "und", "UND-Latn", "mul", "mis", "zxx"])
def test_tags_that_name_none(tag: str | None) -> None:
    assert names_none(tag)
    assert is_known_language(tag)
    assert named_language(tag) is None


def test_codes_of_the_table_are_read_without_the_registry_of_all_languages() -> None:
    code = "import sys\nfrom cascade.languages.identification import language_code as of\n"
    code += "print(of('deu'), of('nb'), of('German'), 'langcodes' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "de no de False\n"
    )


def test_files_are_read_in_the_language_that_the_caller_names(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(
        '{"text": "a", "entities": []}\n{"text": "b", "language": "und", "entities": []}\n'
        '{"text": "c", "language": "xx", "entities": []}\n{"text": "d", "language": "nb", "entities": []}\n'
    )
    assert [document.language for document in read(file, language="German")] == ["de", "de", "xx", "nb"]
    with pytest.raises(LanguageError):
        read(file, language="Germann")


def test_a_tag_that_is_not_known_is_read_before_one_that_names_none(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(
        '{"text": "a", "language": "und", "lang": "xx", "entities": []}\n'
        '{"text": "b", "language": "xx", "lang": "de", "entities": []}\n'
    )
    assert [document.language for document in read(tmp_path / "x.jsonl")] == ["xx", "xx"]


def test_the_converter_refuses_a_language_that_is_not_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.txt").write_text("a\n")
    assert main([str(tmp_path / "x.txt"), str(tmp_path / "y.jsonl"), "--language", "Dansih"]) == 2
    assert capsys.readouterr().err == (
        "error: language 'Dansih' is none that is known; "
        "expected a code such as de, pt-BR or gsw, or a name such as German. The nearest is Danish (da)\n"
    )
    assert not (tmp_path / "y.jsonl").exists()


@pytest.mark.parametrize(("language", "code"), [("xx", "xx"), ("bs+xx", "xx"), ("als", "als")])
def test_a_mixture_names_languages_that_are_known(tmp_path: Path, language: str, code: str) -> None:
    (tmp_path / "m.yaml").write_text(f"corpora: [{{path: a.jsonl, language: {language}}}]")
    with pytest.raises(MixtureError, match=rf"m.yaml: corpora\[0\]: language '{code}' is "):
        read_mixture(tmp_path / "m.yaml")


@pytest.mark.parametrize(
    "mixture", sorted((Path(__file__).parent.parent / "train").glob("*.yaml")), ids=lambda file: file.stem
)
def test_the_mixtures_that_come_with_the_project_name_known_languages_and_types(mixture: Path) -> None:
    if "\ncorpora:" in mixture.read_text(encoding="utf-8"):
        assert (
            all(map(language_code, "+".join(read_mixture(mixture).languages).split("+")))
            or not read_mixture(mixture).languages
        )


@pytest.mark.parametrize(
    ("probabilities", "language"),
    [({"de": 0.4, "en": 0.6}, "en"), ({"de": 0.5, "en": 0.5}, None), ({"": 0.9, "de": 0.1}, None), ({}, None)],
)
def test_a_language_is_likely_where_it_is_likelier_than_all_others_together(
    probabilities: dict[str, float], language: str | None
) -> None:
    assert likely_language(probabilities) == language
