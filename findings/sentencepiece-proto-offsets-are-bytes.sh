#!/usr/bin/env bash
# sentencepiece 0.2.3 gives offsets of pieces in bytes where it gave them in characters before.
#
# Versions: sentencepiece 0.2.0 and 0.2.3, protobuf 7.36.1, Python 3.11.
# Expected: 0.2.3 refuses out_type="immutable_proto" and names return_type="proto" in its place; begin and end of its
#   pieces are those that they were, so that text[begin:end] is a piece's surface.
# Seen: 0.2.0 counts characters, 0.2.3 bytes of UTF-8. Surfaces are the same, and so are all offsets up to the first
#   character beyond ASCII: tests with English text pass.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for version in 0.2.0 0.2.3; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install -q "sentencepiece==$version" protobuf==7.36.1
done
cat > "$folder/pieces.py" <<'PYTHON'
import io
import json

import sentencepiece

TEXTS = ["ada is here", "köln ist schön"]
model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(TEXTS * 40), model_writer=model, vocab_size=40, hard_vocab_limit=False, minloglevel=2
)
processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
for text in TEXTS:
    try:
        read = processor.encode(text, out_type="immutable_proto")
    except ValueError as error:
        assert "Use return_type='proto' instead" in str(error), error
        read = processor.encode(text, return_type="proto")
    places = [(each.surface, each.begin, each.end) for each in read.pieces]
    print(json.dumps([all(text[begin:end] == surface for surface, begin, end in places), places[-1][2], len(text)]))
PYTHON
before=$("$folder/0.2.0/bin/python" "$folder/pieces.py" | tr '\n' ' ')
after=$("$folder/0.2.3/bin/python" "$folder/pieces.py" | tr '\n' ' ')
[ "$before" = "[true, 11, 11] [true, 14, 14] " ] || { echo "0.2.0: $before"; exit 1; }
[ "$after" = "[true, 11, 11] [false, 16, 14] " ] || { echo "0.2.3: $after"; exit 1; }
echo "as told: offsets are in characters with 0.2.0 and in bytes with 0.2.3"
