"""Makes the file of golden scores for the self-check anew: `python -m train.golden_scores`.

Run this after the adapters change, on a processor with VNNI and bf16 instructions. A person must review the result:
golden scores are only as right as the program that made them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from cascade.document import Document
from cascade.errors import CascadeError
from cascade.pipeline.facade import Cascade
from cascade.pipeline.golden_scores import GOLDEN, Found, adapters_checksum, answers

TYPES = ("person", "organization", "location")
TEXTS = {  # two are read by the multilingual pair alone, three also by adapters of their language
    "en": "Ursula von der Leyen met Tim Cook of Apple in Brussels on Monday.",
    "el": "Ο Αλέξης Τσίπρας μίλησε στη Θεσσαλονίκη για την Εθνική Τράπεζα.",
    "zh": "马云在杭州创办了阿里巴巴集团。",
    "ar": "وصل الملك محمد السادس إلى باريس للقاء رئيس شركة توتال.",
    "hi": "प्रधानमंत्री नरेन्द्र मोदी ने मुंबई में टाटा मोटर्स के कारखाने का दौरा किया।",
}
# Tolerances of probabilities. Other processors change those of the texts above by at most 0.001 in fp32, 0.02 in bf16
# and 0.06 in int8, where weights have 7 bits on processors without VNNI (2026-11). A wrong rotation or norm changes
# most of them by more than 0.3.
TOLERANCE = {"fp32": 0.01, "bf16": 0.05, "int8": 0.1}


def content(cascades: Mapping[str, Cascade], documents: Sequence[Document]) -> dict[str, Any]:
    """The content of the file; `cascades` holds a cascade by the name of its precision.

    Raises CascadeError if they find different entities: small differences in arithmetic might then do so, too.
    """
    found = {name: answers(ner, documents, TYPES) for name, ner in cascades.items()}
    described = []
    for number, document in enumerate(documents):
        own = {name: each[number] for name, each in found.items()}
        places = {frozenset(each) for each in own.values()}
        if len(places) != 1:
            raise CascadeError(f"{document.text!r}: found are {own}; expected the same entities in all precisions")
        described.append(
            {
                "language": document.language,
                "text": document.text,
                "entities": [_entity(place, own) for place in sorted(*places)],
            }
        )
    ner = next(iter(cascades.values()))
    adapters = adapters_checksum(ner, [str(document.language) for document in documents], TYPES)
    known = {"base": ner.base.fingerprint, "adapters": adapters, "tolerance": TOLERANCE, "types": TYPES}
    return known | {"documents": described}


def _entity(place: Found, found: Mapping[str, Mapping[Found, float]]) -> dict[str, Any]:
    start, end, kind = place
    scores = {name: round(each[place], 4) for name, each in found.items()}
    return {"start": start, "end": end, "type": kind, "scores": scores}


def arguments() -> argparse.ArgumentParser:
    """The command's arguments: none but `--help`."""
    return argparse.ArgumentParser(prog="python -m train.golden_scores", description=(__doc__ or "").partition("\n")[0])


def main(argv: Sequence[str] | None = None) -> int:
    """Writes the file; returns the exit status."""
    arguments().parse_args(argv)
    documents = [Document(language, text, language) for language, text in TEXTS.items()]
    cascades = {name: Cascade.load(device="cpu", precision=name) for name in TOLERANCE}
    GOLDEN.write_text(json.dumps(content(cascades, documents), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {GOLDEN}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
