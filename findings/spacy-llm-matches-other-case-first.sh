#!/usr/bin/env bash
# spacy-llm's NER finds an answered entity at an earlier word of other letters, although it stands in the text as told.
#
# Versions: spacy-llm 0.7.4, spaCy 3.8.18, Python 3.11.
# Expected: ignoring case, which is the default of the task spacy.NER.v3, helps where a model spells an entity otherwise
#   than the text. Where the text has it as answered, that is the place.
# Seen: of the places that are equal but for case the first one in the text is taken. The answer "US" of a model is
#   grounded at the pronoun "us", and the country, spelled exactly so, stays without a label.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q spacy==3.8.18 spacy-llm==0.7.4
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from typing import Iterable  # that of collections.abc is refused

import spacy
from spacy_llm.registry import registry


@registry.llm_models("Told.v1")
def told():
    def answers(prompts: Iterable[Iterable[str]]) -> Iterable[Iterable[str]]:
        for parts in prompts:
            yield ["1. US | True | LOCATION | a country" for _ in parts]

    return answers


def found(**options):
    nlp = spacy.blank("en")
    task = {"@llm_tasks": "spacy.NER.v3", "labels": ["LOCATION"], **options}
    nlp.add_pipe("llm", config={"task": task, "model": {"@llm_models": "Told.v1"}})
    return [(entity.text, entity.start_char) for entity in nlp("They told us that the US is far.").ents]


assert found() == [("us", 10)], found()
assert found(case_sensitive_matching=True) == [("US", 22)], found(case_sensitive_matching=True)
print("as told: the answer US is found at the word us")
PYTHON
