#!/usr/bin/env bash
# Presidio's anonymizer makes one entity of two neighbours of a type that only blanks part.
#
# Versions: presidio-anonymizer 2.2.366, Python 3.11.
# Expected: an analyzer that finds two persons, at offsets of their own and without overlap, has two persons replaced,
#   each by its own placeholder, pseudonym or hash.
# Seen: "Guests: Ada Quill Bo Reed" with two persons becomes "Guests: <PERSON>", with one item from 8 to 16 and the
#   second score.  A custom operator (a pseudonym for each name) is called once, with both names as one text, so the
#   same person gets another pseudonym beside somebody else.  With a comma or a line break between,
#   there are two.  Lists of names without commas, such as rows of a table, are such texts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q presidio-anonymizer==2.2.366
"$folder/venv/bin/python" - <<'PYTHON'
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig, RecognizerResult


def anonymized(text, *names):
    """The text with these names replaced, and the texts that the operator was asked for."""
    found = [RecognizerResult("PERSON", text.index(name), text.index(name) + len(name), 0.9) for name in names]
    seen = []

    def pseudonym(value):
        if value != "PII":  # which the engine asks for by itself, to see whether the operator returns a text
            seen.append(value)
        return "<P>"

    plain = AnonymizerEngine().anonymize(text, found).text
    operators = {"PERSON": OperatorConfig("custom", {"lambda": pseudonym})}
    AnonymizerEngine().anonymize(text, found, operators)
    return plain, seen


names = "Ada Quill", "Bo Reed"
for text in ("Guests: Ada Quill Bo Reed", "Guests: Ada Quill\nBo Reed", "Guests: Ada Quill, Bo Reed"):
    print(repr(text), "->", anonymized(text, *names))
assert anonymized("Guests: Ada Quill Bo Reed", *names) == ("Guests: <PERSON>", ["Ada Quill Bo Reed"])
plain, seen = anonymized("Guests: Ada Quill, Bo Reed", *names)
assert plain == "Guests: <PERSON>, <PERSON>"
assert anonymized("Guests: Ada Quill\nBo Reed", *names)[0] == "Guests: <PERSON>\n<PERSON>"
assert sorted(seen) == sorted(names)
PYTHON
