"""One document by hand in each format that tools exchange, and conversion between all of them by the command."""

from pathlib import Path

import pytest

import data_formats
from cascade.commands.convert import main as convert
from data_formats.annotation_tools.utf16 import Utf16Text

EXAMPLES = Path(__file__).parent / "data" / "exchange"
TEXT = "Ada Lovelace met 😀 Babbage\nin London-Mitte."
ENTITIES = [("Ada Lovelace", 0, "person"), ("Babbage", 19, "person"), ("London", 30, "location")]
WRITTEN = ["jsonl", "webanno-tsv", "cas-xmi", "spans-csv", "spacy-json", "bioc", "bioc-json"]


def read(path: Path) -> list[tuple[str, list[tuple[str, int, str]]]]:
    return [(d.text, [(d.text_of(e), e.start, e.type) for e in d.entities]) for d in data_formats.read(path)]


@pytest.mark.parametrize("target", WRITTEN)
@pytest.mark.parametrize("example", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_the_same_document_is_in_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], example: Path, target: str
) -> None:
    assert read(example) == [(TEXT, ENTITIES)]
    assert convert([str(example), str(tmp_path / "out"), "--to", target]) == 0
    assert capsys.readouterr().err.startswith("wrote 1 documents with 3 entities\n")
    assert read(tmp_path / "out") == [(TEXT, ENTITIES)]


def test_utf_16_units_and_characters_agree_with_the_codec() -> None:
    text = "a😀b𝔘\u200d中"
    offsets = Utf16Text(text)
    units = [len(text[:offset].encode("utf-16-le")) // 2 for offset in range(len(text) + 1)]
    assert [offsets.units(offset) for offset in range(len(text) + 1)] == units
    back = {unit: offset for offset, unit in enumerate(units)}
    assert [offsets.offset(unit) for unit in range(-1, units[-1] + 2)] == [
        back.get(unit) for unit in range(-1, units[-1] + 2)
    ]
