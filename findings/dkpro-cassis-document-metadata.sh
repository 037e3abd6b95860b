#!/usr/bin/env bash
# dkpro-cassis offers DKPro Core's type system without the type that holds a document's id, so INCEpTION's files fail.
#
# Versions: dkpro-cassis 0.12.0, Python 3.11.
# Expected: an XMI file as INCEpTION exports it (DocumentMetaData, NamedEntity) is read with
#   `load_dkpro_core_typesystem()`, which the package offers for such files.
# Seen: the type system has NamedEntity and lacks DocumentMetaData: reading raises TypeNotFoundError; with
#   `lenient=True` it reads the entities and drops the document's id without a word.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q dkpro-cassis==0.12.0
cd "$folder"
venv/bin/python -W ignore - <<'PYTHON'
import io

import cassis
from cassis.typesystem import TypeNotFoundError

NAMES = "de.tudarmstadt.ukp.dkpro.core.api"
XMI = f"""<?xml version="1.0" encoding="UTF-8"?>
<xmi:XMI xmlns:xmi="http://www.omg.org/XMI" xmlns:cas="http:///uima/cas.ecore"
 xmlns:ner="http:///{NAMES.replace('.', '/')}/ner/type.ecore"
 xmlns:meta="http:///{NAMES.replace('.', '/')}/metadata/type.ecore" xmi:version="2.0">
 <cas:NULL xmi:id="0"/>
 <meta:DocumentMetaData xmi:id="1" sofa="9" begin="0" end="11" documentTitle="a" documentId="letter-7"/>
 <ner:NamedEntity xmi:id="2" sofa="9" begin="0" end="3" value="PER"/>
 <cas:Sofa xmi:id="9" sofaNum="1" sofaID="_InitialView" mimeType="text" sofaString="Ada met Bob"/>
 <cas:View sofa="9" members="1 2"/>
</xmi:XMI>""".encode()
types = cassis.load_dkpro_core_typesystem()
has = [types.contains_type(f"{NAMES}.{name}") for name in ("ner.type.NamedEntity", "metadata.type.DocumentMetaData")]
try:
    cassis.load_cas_from_xmi(io.BytesIO(XMI), typesystem=types)
    strict = "read"
except TypeNotFoundError as error:
    strict = type(error).__name__
lenient = cassis.load_cas_from_xmi(io.BytesIO(XMI), typesystem=types, lenient=True)
found = [entity.value for entity in lenient.select(f"{NAMES}.ner.type.NamedEntity")]
kept = "letter-7" in lenient.to_xmi()
print(f"NamedEntity, DocumentMetaData known: {has}; strict: {strict}; lenient: {found}, id kept: {kept}")
assert has == [True, False] and strict == "TypeNotFoundError" and found == ["PER"] and not kept
PYTHON
