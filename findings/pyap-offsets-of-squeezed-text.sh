#!/usr/bin/env bash
# pyap's match_start and match_end are places in a text of its own, in which runs of white space are shorter.
#
# Versions: pyap 0.3.1, Python 3.11.
# Expected: an address that is found carries the places where it begins and ends, so that text[match_start:match_end] is
#   the address as it stands in the text.
# Seen: blanks and line breaks that follow each other are squeezed before the search, and the places are not moved back.
#   Every further blank in front of the address or in it shifts them by one: the slice begins early, and its end is cut
#   off. The text of the match is right only with single blanks.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pyap==0.3.1
"$folder/venv/bin/python" - <<'PYTHON'
import pyap

ADDRESS = "12 Elm Street, Boston, MA 02110"


def slices(text):
    found = pyap.parse(text, country="US")
    assert [address.full_address for address in found] == [ADDRESS], found
    return [text[address.match_start : address.match_end] for address in found]


assert slices(f"Send it to {ADDRESS} today.") == [ADDRESS]
assert slices(f"Send  it  to   {ADDRESS} today.") == ["o   12 Elm Street, Boston, MA 0"]
assert slices("Send it to 12 Elm   Street, Boston, MA 02110 today.") == ["12 Elm   Street, Boston, MA 021"]
print("as told: the places of addresses are those of a text with fewer blanks")
PYTHON
