#!/usr/bin/env bash
# spaCy's converter of CoNLL-U loses all entities of Stanza's files, and of others, without a word.
#
# Versions: spacy 3.8.18, Python 3.11.
# Expected: entities in MISC are converted, or it is said that they are not.  Stanza writes "ner=S-PERSON" there
#   (start_char=0|end_char=3|ner=S-PERSON), with BIOES labels; other files have "NER=B-per".
# Seen: `python -m spacy convert -c conllu` ends with status 0 and "Generated output file"; the documents have no
#   entity.  MISC_NER_PATTERN in spacy/training/converters/conllu_to_docs.py knows the keys "name" and "NE" alone, the
#   letters B, I, L and U, and types of capital letters and _.  So "name=B-PER" is read, "ner=B-PER" and "NER=B-PER" are
#   not, and with the right key neither is "name=S-PERSON" (Stanza's letter for a single token) nor "name=B-per".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q spacy==3.8.18
cd "$folder"
for misc in name=B-PER name=U-PER name=S-PERSON name=B-per ner=S-PERSON ner=B-PER NER=B-PER NER=B-per; do
    mkdir -p "$misc"
    printf '# text = Ada slept\n1\tAda\tAda\tPROPN\t_\t_\t2\tnsubj\t_\t%s\n2\tslept\tsleep\tVERB\t_\t_\t0\troot\t_\t_\n\n' \
        "start_char=0|end_char=3|$misc" > "$misc/a.conllu"
    "$folder/venv/bin/python" -m spacy convert -c conllu "$misc/a.conllu" "$misc" > "$misc/told"
    grep -q "Generated output file" "$misc/told"
    if grep -i "entit\|warning" "$misc/told"; then exit 1; fi
done
"$folder/venv/bin/python" - <<'PYTHON'
import spacy
from spacy.tokens import DocBin

READ = {"name=B-PER": [("Ada", "PER")], "name=U-PER": [("Ada", "PER")]}
vocab = spacy.blank("xx").vocab
for misc in "name=B-PER name=U-PER name=S-PERSON name=B-per ner=S-PERSON ner=B-PER NER=B-PER NER=B-per".split():
    [doc] = DocBin().from_disk(f"{misc}/a.spacy").get_docs(vocab)
    found = [(entity.text, entity.label_) for entity in doc.ents]
    print(f"{misc}: {found}")
    assert doc.text.split() == ["Ada", "slept"]
    assert found == READ.get(misc, [])
PYTHON
