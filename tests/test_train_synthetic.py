"""Synthetic documents: spans, near misses, carriers and the command."""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("faker", reason="the synthetic documents need the extra `synthetic`")

from synthetic_rows import COUNT, rows, values

from cascade.text.pieces import covering, cut
from data_formats import read
from train.corpora.annotation_checks import annotation_faults
from train.corpora.loading import load_corpora
from train.synthetic.__main__ import main
from train.synthetic.documents import documents
from train.synthetic.draw import Draw, Sources
from train.synthetic.forms import ALL_TYPES, FORMS, record_lines
from train.synthetic.language import language, language_codes
from train.synthetic.machine_text import LOG_LINES
from train.synthetic.records import RECORD_SLOTS, RECORDS, TOPICS
from train.synthetic.rendering import (
    Builder,
    Value,
    capitalised,
    marked,
    recased,
    rendered,
    template_slots,
    trimmed_end,
    within,
)
from train.synthetic.slots import SLOTS, VARIANTS, filled, is_near_miss, sentence, type_of
from train.synthetic.type_names import BROADER, names_of, type_names

__all__ = ["rows", "values"]  # fixtures

# what may stand inside another span
INSIDE = {
    "address": {"street", "house number", "postcode", "city", "state", "country"},
    "timestamp": {"date", "time"},
}


def draw_in(code: str, seed: int = 1) -> Draw:
    return Draw(Sources(random.Random(seed)), language(code), language(code).locales[0])


def test_spans_have_no_blanks_at_their_ends_and_whole_pieces(rows: list[dict[str, Any]]) -> None:
    wrong = []
    for row in rows:
        pieces = cut(row["text"])
        for entity in row["entities"]:
            text = row["text"][entity["start"] : entity["end"]]
            covered = covering(pieces, entity["start"], entity["end"])
            assert covered is not None
            edges = (pieces[covered[0]].start, pieces[covered[1]].end)
            if not text or text != text.strip() or edges != (entity["start"], entity["end"]):
                wrong.append((entity["type"], text))
    assert wrong == []


def test_spans_nest_only_where_a_value_has_parts(rows: list[dict[str, Any]]) -> None:
    wrong = []
    for row in rows:
        for outer in row["entities"]:
            for inner in row["entities"]:
                if outer is inner or inner["start"] >= outer["end"] or outer["start"] >= inner["end"]:
                    continue
                first, second = (outer, inner) if outer["type"] in INSIDE else (inner, outer)
                contained = first["start"] <= second["start"] and second["end"] <= first["end"]
                if not contained or second["type"] not in INSIDE.get(first["type"], ()):
                    wrong.append((row["id"], first, second))
    assert wrong == []


def test_the_same_seed_gives_the_same_rows_whatever_was_drawn_before(rows: list[dict[str, Any]]) -> None:
    assert list(documents(60, 7)) == rows[:60]
    assert [row["text"] for row in documents(60, 8)] != [row["text"] for row in rows[:60]]


def test_documents_do_not_repeat(rows: list[dict[str, Any]]) -> None:
    assert len({row["text"] for row in rows}) == COUNT
    letters = Counter(re.sub(r"[\d\W]+", "", row["text"]) for row in rows)
    assert sum(count - 1 for count in letters.values()) / COUNT < 0.04  # short texts of codes or near misses alone


def test_every_type_language_and_form_appears(rows: list[dict[str, Any]], values: dict[str, list[str]]) -> None:
    assert set(values) == set(ALL_TYPES)
    assert {row["language"] for row in rows} == set(language_codes())
    assert {row["meta"]["form"] for row in rows} == set(FORMS)


def test_languages_are_drawn_as_asked() -> None:
    assert {row["language"] for row in documents(40, 1, ["de", "ja"])} == {"de", "ja"}


@pytest.mark.parametrize("slot", SLOTS)
def test_a_slot_is_wholly_of_its_type_or_a_near_miss(slot: str) -> None:
    for code in language_codes():
        value = filled(slot, draw_in(code))
        names = {name for _, _, name in value.spans}
        if is_near_miss(slot):
            assert value.spans == ()
        elif slot in ("person", "relative date"):
            assert names == {type_of(slot)}  # a title, preposition or article before it is not marked
        else:
            assert (0, len(value.text), type_of(slot)) in value.spans
            assert names - {type_of(slot)} <= INSIDE.get(type_of(slot), set())


def templates() -> Iterator[tuple[str, str]]:
    for code in language_codes():
        known = language(code)
        for template in [*known.templates, *known.formats["greeting"], *known.formats["closing"]]:
            yield code, template


def test_the_slots_of_all_templates_exist() -> None:
    named = {slot for _, template in templates() for slot in template_slots(template)}
    named |= {slot for line in LOG_LINES for slot in template_slots(line)}
    assert named - set(SLOTS) == set()
    assert set(VARIANTS) <= set(SLOTS)
    assert set(RECORD_SLOTS.values()) <= set(SLOTS)


@pytest.mark.parametrize("code", language_codes())
def test_a_language_has_enough_templates_and_all_labels(code: str) -> None:
    known = language(code)
    assert len(set(known.templates)) >= (60 if code == "en" else 35)
    assert set(known.sentences) == {*TOPICS, "near", "plain"}
    assert set(ALL_TYPES) - set(known.labels) == set()
    assert {
        type_of(slot) for each in known.templates for slot in template_slots(each) if not is_near_miss(slot)
    } >= set(ALL_TYPES) - {"timestamp", "hash"}


@pytest.mark.parametrize("code", language_codes())
def test_a_label_names_one_type_of_a_language(code: str) -> None:
    counts = Counter(label.lower() for labels in language(code).labels.values() for label in set(labels))
    assert [label for label, count in counts.items() if count > 1 or re.search(r"\d", label)] == []


def test_carriers_hold_no_digits_of_their_own() -> None:
    bare = [(code, each) for code, each in templates() if re.search(r"\d", re.sub(r"\{[^{}]*\}", "", each))]
    assert bare == []


def test_sentences_of_near_misses_have_no_entities() -> None:
    for code in language_codes():
        for template in [*language(code).sentences["near"], *language(code).sentences["plain"]]:
            assert sentence(template, draw_in(code)).spans == ()


def test_records_hold_types_that_exist() -> None:
    assert {name for groups in RECORDS.values() for group in groups for name in group} <= set(ALL_TYPES)
    value = record_lines(draw_in("en"), ["IBAN", "percentage"])
    assert {name for _, _, name in value.spans} <= {"IBAN", "percentage"}


def test_names_are_of_one_type_each() -> None:
    assert list(names_of("phone number"))[:3] == ["phone number", "telephone number", "phone"]
    assert names_of("no such type") == ("no such type",)
    assert set(type_names()) == set(ALL_TYPES)
    counts = Counter(each.lower() for name in ALL_TYPES for each in names_of(name))
    assert [name for name, count in counts.items() if count > 1] == []
    assert min(len(names_of(name)) for name in ALL_TYPES) >= 3
    assert {narrow for types in BROADER.values() for narrow in types} <= set(ALL_TYPES)


def test_texts_are_put_together_with_their_spans() -> None:
    value = rendered("To {a}, {b}.", lambda slot: marked(slot * 3, slot))
    assert value == Value("To aaa, bbb.", ((3, 6, "a"), (8, 11, "b")))
    assert within(Builder().add("x", marked("y", "t")).value, "all").spans == ((0, 2, "all"), (1, 2, "t"))
    assert rendered("{a}.", lambda _: marked("Ltd.", "a")).text == "Ltd."
    assert trimmed_end(value, ".").text == "To aaa, bbb"
    assert trimmed_end(marked("Ltd.", "a"), ".").text == "Ltd."
    assert capitalised(marked("heute", "date")) == marked("Heute", "date")
    assert capitalised(marked("ßa", "date")) == marked("ßa", "date")
    assert recased(marked("Straße", "street"), str.upper).text == "STRAßE"


def test_the_command_writes_what_training_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "synthetic.jsonl"
    assert main(["--out", str(out), "--documents", "200", "--seed", "3"]) == 0
    assert capsys.readouterr().out.startswith(f"{out}: 200 documents, ")
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert written == list(documents(200, 3))
    assert [document.id for document in read(out)] == [row["id"] for row in written]
    listed = json.loads((tmp_path / "synthetic.types.json").read_text(encoding="utf-8"))
    assert sum(listed["counts"].values()) == sum(len(row["entities"]) for row in written)
    assert listed["names"]["IBAN"] == list(names_of("IBAN")[1:])
    corpora = load_corpora(out, data_root=None, seed=1)
    faults = annotation_faults(corpora)
    assert [fault for fault in faults if "entities that overlap longer ones" not in fault] == []


def test_an_unknown_language_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "x.jsonl"), "--documents", "1", "--languages", "en,xx"]) == 2
    known = ", ".join(language_codes())
    assert capsys.readouterr().err == f"error: --languages: no carriers for xx; expected some of {known}\n"


def test_without_faker_the_command_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "faker", None)
    assert main(["--out", str(tmp_path / "x.jsonl"), "--documents", "1"]) == 2
    assert capsys.readouterr().err == (
        "error: names and numbers are drawn by the package 'faker', which is not installed. Run: pip install "
        '"faker>=40.63,<41"\n'
    )
