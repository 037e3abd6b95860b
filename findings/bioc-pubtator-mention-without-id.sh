#!/usr/bin/env bash
# bioc takes a PubTator mention without an identifier for a relation, so the entity is gone from the annotations.
#
# Versions: bioc 2.1, Python 3.11.
# Expected: a mention whose last column, the identifier, is empty is a mention with an empty identifier, as its numbers
#   for start and end and the text between them say; what cannot be read is reported.
# Seen: the reader strips each line, and with it the tab before an empty identifier; a line of five columns is a
#   relation to it, also if it was written without the last tab.  So "1 <tab> 14 <tab> 17 <tab> Ada <tab> Person" is a
#   relation of type "14" between "17" and "Ada".  Nothing is said, and `annotations` has only the mentions with an
#   identifier.  bioc does it to files of its own: what dumps writes of a PubTatorAnn with an empty identifier and no
#   further columns comes back as a relation.  With "-" for the identifier the mention stays one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q bioc==2.1
"$folder/venv/bin/python" - <<'PYTHON'
from bioc import pubtator

TITLE, ABSTRACT = "Aspirin helps", "Ada took it."


def read(name, *mentions):
    """The texts of the mentions, and the relations, that bioc reads from a document with these lines."""
    lines = [f"1|t|{TITLE}", f"1|a|{ABSTRACT}", *("\t".join(["1", *each]) for each in mentions)]
    [document] = pubtator.loads("\n".join(lines) + "\n\n")
    found = [each.text for each in document.annotations]
    relations = [(each.type, each.id1, each.id2, each.neg) for each in document.relations]
    print(f"{name}: mentions {found}, relations {relations}")
    return found, relations


ASPIRIN, ADA = ("0", "7", "Aspirin", "Chemical"), ("14", "17", "Ada", "Person")
as_relation = [("14", "17", "Ada", "Person")]
assert read("empty identifier", (*ASPIRIN, "D001241"), (*ADA, "")) == (["Aspirin"], as_relation)
assert read("no identifier", (*ASPIRIN, "D001241"), ADA) == (["Aspirin"], as_relation)
assert read("a dash", (*ASPIRIN, "D001241"), (*ADA, "-")) == (["Aspirin", "Ada"], [])

document = pubtator.PubTator("1", TITLE, ABSTRACT)
document.add_annotation(pubtator.PubTatorAnn("1", 14, 17, "Ada", "Person", "", []))
pubtator.validate(document)
[again] = pubtator.loads(pubtator.dumps([document]))
print(f"written and read again: {len(again.annotations)} mentions, {len(again.relations)} relation")
assert (len(document.annotations), len(document.relations)) == (1, 0)
assert (len(again.annotations), len(again.relations)) == (0, 1)
PYTHON
