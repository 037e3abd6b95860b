#!/usr/bin/env bash
# skweak's aggregators read tags back into spans without a look at the types, so an entity swallows its neighbour.
#
# Versions: skweak 0.3.3, spaCy 3.8.18, Python 3.11.
# Expected: with prefixes="IO", one of the three schemes on offer, a change of type ends a span: what all labelling
#   functions agree on comes out as it went in.  With "BIO" an I-ORG does not go on with a PER.
# Seen: three functions mark "Ada Quill" as PER and "Reuters" behind it as ORG, and the majority voter and the HMM with
#   "IO" give one PER, "Ada Quill Reuters"; the ORG is gone, though `probs` of the same layer has I-ORG for that token.
#   With "BIO" and "BILUO" this input comes back as it was, but not where functions differ: two votes for "Ada" as PER
#   and one for "Ada Quill Foundation" as ORG make "Ada Quill Foundation" a PER, which no function has said.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q skweak==0.3.3 spacy==3.8.18
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import spacy
from skweak.generative import HMM
from skweak.voting import SequentialMajorityVoter
from spacy.tokens import Doc, Span

VOCAB = spacy.blank("en").vocab


def aggregated(kind, scheme, words, *votes):
    """The entities in the layer of the aggregator, and the likeliest tag of each token by its probabilities."""
    doc = Doc(VOCAB, words=words.split())
    for number, spans in enumerate(votes):
        doc.spans[f"function {number}"] = [Span(doc, *span) for span in spans]
    [doc] = kind("all", ["PER", "ORG"], prefixes=scheme).fit_and_aggregate([doc])
    layer = doc.spans["all"]
    tags = [max(each, key=each.get) for _, each in sorted(layer.attrs["probs"].items())]
    found = [(span.text, span.label_) for span in layer]
    print(f"{kind.__name__} {scheme}: {found} from {tags}")
    return found, tags


SENTENCE, SPANS = "Ms Ada Quill Reuters said", [(1, 3, "PER"), (3, 4, "ORG")]
apart = [("Ada Quill", "PER"), ("Reuters", "ORG")]
for kind in (SequentialMajorityVoter, HMM):
    together = aggregated(kind, "IO", SENTENCE, SPANS, SPANS, SPANS)
    assert together == ([("Ada Quill Reuters", "PER")], ["I-PER", "I-PER", "I-ORG"])
    assert aggregated(kind, "BIO", SENTENCE, SPANS, SPANS, SPANS) == (apart, ["B-PER", "I-PER", "B-ORG"])
assert aggregated(SequentialMajorityVoter, "BILUO", SENTENCE, SPANS, SPANS, SPANS)[0] == apart

person, company = [(1, 2, "PER")], [(1, 4, "ORG")]
unsaid = aggregated(SequentialMajorityVoter, "BIO", "the Ada Quill Foundation said", person, person, company)
assert unsaid == ([("Ada Quill Foundation", "PER")], ["B-PER", "I-ORG", "I-ORG"])
PYTHON
