#!/usr/bin/env bash
# After srsly (and so spaCy's DocBin) fails to read a file, Python's garbage collector stays off for the whole process.
#
# Versions: srsly 2.5.6, Python 3.11.
# Expected: `msgpack_loads` of what is no MessagePack raises ValueError and changes nothing else.
# Seen: it calls gc.disable(), unpacks, and calls gc.enable() only where unpacking succeeds. A server that reports the
#   damaged file and goes on no longer frees objects that refer to each other. Likewise in reverse: a program that has
#   turned the collector off finds it on after each file that could be read.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q srsly==2.5.6
"$folder/venv/bin/python" - <<'PYTHON'
import gc

import srsly

assert gc.isenabled()
try:
    srsly.msgpack_loads(srsly.msgpack_dumps({"a": 1})[:-1])
except ValueError:
    pass
else:
    raise AssertionError("half of a message was read")
assert not gc.isenabled()
gc.disable()
srsly.msgpack_loads(srsly.msgpack_dumps({"a": 1}))
assert gc.isenabled()
print("as told: the collector is off after a failure, and on after a success")
PYTHON
