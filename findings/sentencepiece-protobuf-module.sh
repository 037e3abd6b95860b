#!/usr/bin/env bash
# sentencepiece ships a protobuf module that it does not declare a dependency for, and that only new protobufs import.
#
# Versions: sentencepiece 0.2.3, protobuf 6.33.2 and 7.36.1, Python 3.11.
# Expected: `import sentencepiece_model_pb2`, the documented way to look into a model, works after
#   `pip install sentencepiece`, or pip names the protobuf that it needs.
# Seen: the wheel requires nothing; without protobuf the import fails, with 6.33.2 it fails with a VersionError, and
#   with 7.36.1 it works.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cd "$folder"
pip() { venv/bin/pip install -q "$@"; }
tried() {
  venv/bin/python - <<'PYTHON'
try:
    from sentencepiece import sentencepiece_model_pb2
except Exception as error:
    print(type(error).__name__)
else:
    print("imported")
PYTHON
}
pip sentencepiece==0.2.3
needs=$(venv/bin/python -c 'from importlib.metadata import requires; print([r for r in requires("sentencepiece") or [] if "extra" not in r])')
without=$(tried)
pip protobuf==6.33.2
older=$(tried)
pip protobuf==7.36.1
newer=$(tried)
echo "requires $needs; without protobuf: $without; 6.33.2: $older; 7.36.1: $newer"
[ "$needs" = "[]" ] && [ "$without" = ModuleNotFoundError ] && [ "$older" = VersionError ] && [ "$newer" = imported ]
