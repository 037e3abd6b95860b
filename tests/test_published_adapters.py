"""The published protocol with a real base model and adapters that were trained for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from project_tree import ROOT

from cascade.commands import infer
from data_formats import read

ADAPTERS = ROOT / "tests" / "data" / "published"
TYPES = ("location", "organization", "person")
# sentences of our own, as Wikipedia has them, with what is a location, an organization and a person in them
SENTENCES: tuple[tuple[str, dict[str, str]], ...] = (
    ("Heinrich Lehmann wurde in Rostock geboren .", {"Heinrich Lehmann": "person", "Rostock": "location"}),
    ("Er wechselte 1998 zum FC Schalke 04 .", {"FC Schalke 04": "organization"}),
    ("Der Ort liegt in Niedersachsen , nahe der Stadt Celle .", {"Niedersachsen": "location", "Celle": "location"}),
    ("Anna Petersen und Karl Weber spielten die Hauptrollen .", {"Anna Petersen": "person", "Karl Weber": "person"}),
    ("Seit 2003 lehrt sie an der Universität Leipzig .", {"Universität Leipzig": "organization"}),
    ("Die Elbe fließt durch Dresden und Hamburg .", {"Elbe": "location", "Dresden": "location", "Hamburg": "location"}),
)


@pytest.mark.slow
def test_trained_adapters_find_and_type_most_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts, found = tmp_path / "texts.jsonl", tmp_path / "found.jsonl"
    rows = [{"id": str(number), "text": text} for number, (text, _) in enumerate(SENTENCES)]
    texts.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = [str(texts), "--protocol", "published", "--types", ",".join(TYPES), "-o", str(found)]
    adapters = ["--extractor", str(ADAPTERS / "extractor"), "--classifier", str(ADAPTERS / "classifier")]
    assert infer.main([*command, *adapters, "--device", "cpu"]) == 0
    assert "Traceback" not in capsys.readouterr().err
    right = told_in_all = total = 0
    for document, (text, gold) in zip(read(found), SENTENCES, strict=True):
        told = {text[each.start : each.end]: each.type for each in document.entities}
        right += len(told.items() & gold.items())
        told_in_all += len(told)
        total += len(gold)
    assert 2 * right / (told_in_all + total) >= 0.6  # F1
