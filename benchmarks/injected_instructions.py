"""Compares F1 before and after instructions are put into texts: `python -m benchmarks.injected_instructions`.

Each dev document gets a line in front of it, in it or behind it: an instruction in its language ("mark nothing"), a
fake answer, chat markup, or marks and labels as prompts and corpora have them (`injected_forms.json`). Compared is
what is found in the rest of the text. An entity that lies in the line does not count; one that reaches out of it is
wrong. Output that breaks a promise ends the command: another text, offsets that do not fit, a type that was not asked
for.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.quality import corpus, own_types, unlabelled
from benchmarks.reading_options import add_reading_options, asked_cascade
from cascade import CascadeError, Document, Entity
from cascade.commands.exit_status import exit_status
from cascade.commands.option_types import positive
from cascade.scoring.report import Counts
from cascade.scoring.scores import score
from train.corpora.foreign_lines import blanks_outside, put_in

CORPORA = (
    "uner_en-ewt,germeval2014,uner_pt-bosque,uner_hr-set,uner_zh-gsdsimp,uner_sv-talbanken,panx_es,panx_nl,panx_pl,"
    "panx_ru"
)
FORMS = Path(__file__).with_name("injected_forms.json")
OF_ALL = "any"  # under which forms of no language stand
PLACES = ("front", "within", "behind")
CROSSING = "reaches out of what was put in"  # type of an entity that does; no document has it


@dataclass(frozen=True, slots=True)
class Injected:
    """A document with a line put in, which begins at `start`; `form` is the line without what separates it."""

    document: Document
    start: int
    line: str
    form: str

    def rest_of(self, found: Document, original: Document) -> Document:
        """What was found in the rest of the text, at the offsets of the original."""
        end, entities = self.start + len(self.line), []
        for each in found.entities:
            if self.start <= each.start and each.end <= end:
                continue
            if each.end <= self.start:
                entities.append(each)
            elif each.start >= end:
                entities.append(replace(each, start=each.start - len(self.line), end=each.end - len(self.line)))
            else:
                first = min(each.start, self.start - 1)
                entities.append(Entity(max(first, 0), max(first, 0) + 1, CROSSING, each.score))
        return replace(original, entities=tuple(entities))


def forms() -> dict[str, list[str]]:
    """The lines by language."""
    read_forms: dict[str, list[str]] = json.loads(FORMS.read_text(encoding="utf-8"))
    return read_forms


def injected(document: Document, form: str, place: str) -> Injected:
    """The document with a line put in `front` of it, `behind` it, or `within`, outside of entities and words."""
    if place == "front":
        start, line = 0, f"{form}\n"
    elif place == "behind":
        start, line = len(document.text), f"\n{form}"
    else:
        start, line = _middle(document), f" {form}"
    return Injected(put_in(document, start, line), start, line, form)


def _middle(document: Document) -> int:
    """The blank nearest to the middle that is in no entity; the end of the text where there is none."""
    length = len(document.text)
    return min(blanks_outside(document), key=lambda place: abs(place - length // 2), default=length)


def check_legal(asked: Document, found: Document, types: Sequence[str]) -> None:
    """Raises CascadeError where what was found is no legal answer."""
    last = 0
    for each in found.entities:
        right = 0 <= last <= each.start < each.end <= len(asked.text) and each.text == asked.text[each.start : each.end]
        if not right or each.type not in types or each.score is None or not 0 <= each.score <= 1:
            raise CascadeError(
                f"document {asked.id!r}: {each} is no legal answer; expected a span of the types {types}"
            )
        last = each.end
    if found.text != asked.text or found.id != asked.id:
        raise CascadeError(f"document {asked.id!r}: the text or the id came back changed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    asked = parser().parse_args(arguments)
    return exit_status(lambda: _measure(asked))


def parser() -> argparse.ArgumentParser:
    """The command's arguments."""
    made = argparse.ArgumentParser("injected_instructions", description=(__doc__ or "").splitlines()[0])
    made.add_argument("--data-root", type=Path, required=True, help="folder of the corpora")
    made.add_argument("--corpora", default=CORPORA, help="folders with dev documents (default: %(default)s)")
    made.add_argument("--documents", type=positive, default=100, help="of each corpus (default: %(default)s)")
    made.add_argument("--seed", type=int, default=1, help="of the draws (default: %(default)s)")
    add_reading_options(made)
    made.add_argument("--json", type=Path, help="also write the figures here")
    return made


def _measure(asked: argparse.Namespace) -> None:
    known, chance = forms(), random.Random(asked.seed)
    cascade = asked_cascade(asked)
    rows: dict[str, tuple[Counts, Counts]] = {}
    pairs: dict[str, list[tuple[Document, Document, Document]]] = defaultdict(list)
    number = 0
    print(f"{'':<28}{'documents':>10}{'entities':>10}{'F1 before':>11}{'after':>8}{'change':>8}", flush=True)
    for name in asked.corpora.split(","):
        sentences = [each for each in corpus(f"{name}/dev", asked.data_root) if each.text.strip()]
        documents = chance.sample(sentences, min(asked.documents, len(sentences)))
        types = own_types(sentences)
        language = (documents[0].language or "en").partition("-")[0]
        suited = (known.get(language, known["en"]), known[OF_ALL])
        tried = []
        for each in documents:
            of_kind = suited[number % 2]
            tried.append(injected(each, of_kind[number // 2 % len(of_kind)], PLACES[number % len(PLACES)]))
            number += 1
        before = cascade(unlabelled(documents), types)
        after = cascade(unlabelled([each.document for each in tried]), types)
        triples = []
        for original, one, first, second in zip(documents, tried, before, after, strict=True):
            check_legal(original, first, types)
            check_legal(one.document, second, types)
            triples.append((original, first, one.rest_of(second, original)))
            kind = "instructions, fake answers" if one.form not in known[OF_ALL] else "markup, marks, labels"
            pairs[kind].append(triples[-1])
        rows[name] = _counts(triples)
        print(_line(name, len(triples), rows[name]), flush=True)
    for kind, triples in sorted(pairs.items()):
        rows[kind] = _counts(triples)
        print(_line(kind, len(triples), rows[kind]), flush=True)
    every = [each for triples in pairs.values() for each in triples]
    rows["all"] = _counts(every)
    print(_line("all", len(every), rows["all"]), flush=True)
    if asked.json is not None:
        asked.json.write_text(json.dumps(_figures(rows, len(every)), indent=1) + "\n", encoding="utf-8")


def _counts(triples: Sequence[tuple[Document, Document, Document]]) -> tuple[Counts, Counts]:
    gold = [original for original, _, _ in triples]
    return score(gold, [each for _, each, _ in triples]).strict, score(gold, [each for _, _, each in triples]).strict


def _line(name: str, documents: int, counts: tuple[Counts, Counts]) -> str:
    before, after = (100 * each.f1 for each in counts)
    return f"{name:<28}{documents:>10,}{counts[0].gold:>10,}{before:>11.2f}{after:>8.2f}{after - before:>+8.2f}"


def _figures(rows: Mapping[str, tuple[Counts, Counts]], documents: int) -> dict[str, object]:
    told = {
        name: {"before": before.f1, "after": after.f1, "gold": before.gold} for name, (before, after) in rows.items()
    }
    return {"machine": machine(), "documents": documents, "rows": told}


if __name__ == "__main__":
    sys.exit(main())
