#!/usr/bin/env bash
# A bill of materials leaves out licences that the metadata state by name: "MIT License" is dropped, "MIT" is kept.
#
# Versions: cyclonedx-bom 7.5.0, Python 3.11.
# Expected: what stands in the field `License` of a package's metadata is in the bill of materials, as an identifier of
#   SPDX where it is one, and otherwise as a licence by name, which CycloneDX has a field for.
# Seen: names are left out without a note, so the component states no licence at all.  This is so for transformers
#   5.19.0 ("Apache 2.0 License"), protobuf 7.36.2 ("3-Clause BSD License") and tiktoken 0.14.0 ("MIT License").  The
#   same name as a classifier is kept.  A check of licences that looks at stated ones alone passes all of these.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/tool"
"$folder/tool/bin/pip" install -q cyclonedx-bom==7.5.0
python3 -m venv --without-pip "$folder/venv"
site=$("$folder/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

package() {
  mkdir "$site/$1-1.0.dist-info"
  printf 'Metadata-Version: 2.1\nName: %s\nVersion: 1.0\n%s\n' "$1" "$2" > "$site/$1-1.0.dist-info/METADATA"
}
package by_identifier 'License: MIT'
package by_name 'License: MIT License'
package by_classifier 'Classifier: License :: OSI Approved :: MIT License'

"$folder/tool/bin/cyclonedx-py" environment "$folder/venv/bin/python" > "$folder/bom.json"
python3 - "$folder/bom.json" <<'PYTHON'
import json
import sys

components = json.load(open(sys.argv[1], encoding="utf-8"))["components"]
stated = {component["name"]: len(component.get("licenses", [])) for component in components}
print(stated)
assert stated == {"by_classifier": 1, "by_identifier": 1, "by_name": 0}, "what was seen has changed"
PYTHON
