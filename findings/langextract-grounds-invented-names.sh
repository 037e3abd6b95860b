#!/usr/bin/env bash
# LangExtract's own filter for grounded results keeps a name that the text lacks, if its first word is in the text.
#
# Versions: langextract 1.7.1, Python 3.11.
# Expected: by its README, an extraction that is not in the text has no `char_interval`, so keeping those that have one
#   keeps nothing that a model made up.
# Seen: by default the first word is enough.  A text with "The council" and "Dr. Rao" grounds "The Hague Convention" at
#   its "The", and "Dr. Noor Vale", a name of the example in the prompt, at its "Dr.", and the filter keeps both.  A
#   name without such a first word ("Noor Vale") goes.  Only `alignment_status` tells, with "match_lesser", and the text
#   between the offsets is another than `extraction_text`.  With accept_match_lesser=False the filter drops all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q langextract==1.7.1
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import json

import langextract
from langextract.core.base_model import BaseLanguageModel
from langextract.core.types import ScoredOutput
from langextract.data import ExampleData, Extraction

TEXT = "The council met on Monday. Dr. Rao spoke of the new bridge."
GROUNDED_AT = {"The Hague Convention": "The", "Dr. Noor Vale": "Dr.", "Noor Vale": None}
EXAMPLE = ExampleData("Dr. Noor Vale is here.", [Extraction("name", "Dr. Noor Vale")])


class Invents(BaseLanguageModel):
    """A model that answers with one name whatever it reads."""

    def __init__(self, name):
        super().__init__()
        self.answer = json.dumps({"extractions": [{"name": name}]})

    def infer(self, batch_prompts, **options):
        for _ in batch_prompts:
            yield [ScoredOutput(score=1.0, output=f"```json\n{self.answer}\n```")]


def kept(name, **options):
    """What the filter of the README keeps: the name, the text at its offsets, and the status."""
    result = langextract.extract(
        TEXT,
        prompt_description="Find the names.",
        examples=[EXAMPLE],
        model=Invents(name),
        resolver_params=options,
        show_progress=False,
    )
    assert [each.extraction_text for each in result.extractions] == [name]
    grounded = [(each, each.char_interval) for each in result.extractions if each.char_interval]
    return [
        (each.extraction_text, TEXT[where.start_pos : where.end_pos], each.alignment_status.value)
        for each, where in grounded
    ]


for name, word in GROUNDED_AT.items():
    assert name not in TEXT
    by_default, strict = kept(name), kept(name, accept_match_lesser=False)
    print(f"{name!r}: kept {by_default}, with accept_match_lesser=False {strict}")
    assert by_default == ([(name, word, "match_lesser")] if word else [])
    assert strict == []
[found] = kept("Dr. Rao", accept_match_lesser=False)
print(f"a name of the text, with accept_match_lesser=False: {found}")
assert found == ("Dr. Rao", "Dr. Rao", "match_exact")
PYTHON
