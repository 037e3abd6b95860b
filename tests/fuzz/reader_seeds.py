"""Inputs that readers begin with: real files of each format, and what we write ourselves."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Sequence

import data_formats
from cascade.document import Document, Entity
from fuzz.places import ROOT, scratch

_FILES = {
    "jsonl": ["samples/news.gold.jsonl", "samples/news.jsonl"],
    "geic": ["samples/news.geic.json"],
    "conll": ["samples/news.conll"],
    "text": ["samples/plain.txt"],
    "brat": ["tests/data/annotation_tools/brat/curie.ann"],
    "doccano": ["tests/data/annotation_tools/doccano.jsonl"],
    "label-studio": [f"tests/data/annotation_tools/label_studio{name}.json" for name in ("", "_min")],
    "prodigy": ["tests/data/annotation_tools/prodigy.jsonl"],
    "gliner": ["tests/data/annotation_tools/gliner.json"],
    "pubtator": ["tests/data/annotation_tools/abstracts.pubtator"],
    "webanno-tsv": ["tests/data/exchange/inception.tsv"],
    "cas-xmi": ["tests/data/exchange/inception.xmi"],
    "spans-csv": ["tests/data/exchange/spans.csv"],
    "spacy-json": ["tests/data/exchange/spacy.json"],
    "bioc": ["tests/data/exchange/bioc.xml"],
    "bioc-json": ["tests/data/exchange/bioc.json"],
}
_FURTHER: dict[str, list[bytes]] = {
    "conll": [
        b"-DOCSTART- -X- O O\n\nEU NNP B-ORG\nrejects VBZ O\n# NN O\n\nPeter B-PER\n",
        b"a S-x\nb B-y\nc E-y\n\n",
        b"en:Paris B-LOC\nen:is O\n",
        b"token label\na B-x;B-y\nb I-x\n",
        "東 B-地\n京 I-地\n".encode(),
    ],
    "conllu": [b"# sent_id = 1\n# text = Al mar\n1-2\tAl\t_\n1\ta\tO\n2\tel\tB-x\n3\tmar\tI-x\n2.1\te\t_\n\n"],
    "indexed": [b"0 EU B-ORG\n1 rejects O\n0 x O\n", b"1\ten:A\tB-LOC\n2\ten:b\tO\n"],
    "table": [
        b"text,entities\na b,\"[(0, 1, 'x')]\"\nc,[]\n",
        b'n,text,lang\n7,"a ""b""\nc",de\n\n8,x\n',
        b"id;text\n1;a\n2;b;c\n",
        b"text\tlanguage\na\tde\n",
    ],
    "json-rows": [b'{"text": "a", "id": 3, "x": [1, {"y": null}]}\n{"text": null}\n', b'[{"text": "a"}, {"b": 1}]'],
    "jsonl": [
        b'[{"text": "ab", "entities": [{"start": 0, "end": 1, "type": "x"}]}]',
        b'{"id": 1, "text": "ab", "lang": "de", "tokens": [[0, 1]], "entities": [{"start": 0, "end": 2, "type":'
        b' "x", "score": 0.5, "alternatives": [{"type": "y", "score": 1}], "unsure": true}], "fields": {"a": 1}}',
        b'{\n "text": "a",\n "entities": []\n}\n{\n "text": "b", "entities": []}',
    ],
    "nerel": [
        '{"id": 0, "sentences": "Банк Англии 😀 ждёт", "ners": [[0, 10, "ORG"], [5, 10, "COUNTRY"]]}\n'.encode(),
        b'[{"id": 1, "ners": [], "sentences": ""},\n {"ners": [[0, 0, "x"], [0, 0, "x"]], "sentences": "ab"}]',
    ],
    "tokens-json": [
        b'{"tokens": ["Ada", "B.", "x"], "ner_tags": ["B-x", "I-x", "O"], "id": 1, "lang": "de"}\n{"tokens": [""], '
        b'"ner_tags": ["O"]}\n',
        b'[{"words": ["a", "b"], "text": "(a b", "labels": [1, 0]}, {"words": [], "labels": []}]',
    ],
    "tokens-csv": [
        b'Sentence #,Word,POS,Tag\n1,Ada,N,B-x\n,"""",X,O\n2,b,N,\n',
        b"token;label\na;O\n\nb;B-x\n",
        b"tokens,ner_tags\n\"['a', 'b']\",\"['B-x', 'O']\"\n",
    ],
    "token-spans": [
        b'[{"sentence": ["a", "b", "c"], "ner": [{"index": [0, 1], "type": "x"}, {"index": [0, 2], "type": "y"}]}]',
        b'{"tokens": ["a", ""], "entities": [{"start": 0, "end": 1, "type": "x"}], "relations": [1]}\n',
        b'{"words": ["a", "b"], "sentence": "ab", "golden-entity-mentions": [{"start": 0, "end": 2, "entity-type": "x",'
        b' "text": "a b"}]}\n',
    ],
    "dataturks": [
        b'{"content": "Ada b", "annotation": [{"label": ["x"], "points": [{"start": 0, "end": 2, "text": "Ada"}]}]}\n'
        b'{"content": "a", "annotation": null, "extras": 1}\n',
    ],
    "spacy-json": [
        b'{"classes": ["x"], "annotations": [["Ada", {"entities": [[0, 3, "x"]]}], null]}',
        b'[{"id":0,"paragraphs":[{"raw":"A b","sentences":[{"tokens":[{"orth":"A","ner":"U-x"},{"orth":"b",'
        b'"ner":"O"}]}]}]}]',
        b'["Ada", {"entities": [[0, 3, "person"]]}]\n["x", {"entities": []}]\n',
        b'{"text": "Ada", "ents": [{"start": 0, "end": 3, "label": "x"}], "tokens": []}',
    ],
    "label-studio": [
        b'[{"id": 1, "data": {"text": "Ada b"}, "annotations": [{"result": [{"type": "labels", "from_name":'
        b' "label", "to_name": "text", "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["x"]}}]}]}]'
    ],
}
_TEXT = "Ada Lovelace 😀 met  naı\u0308ve 東京 in\tNew York."


def documents() -> list[Document]:
    """Documents with what formats have to keep."""
    entities = (Entity(0, 12, "person"), Entity(4, 12, "name", 0.5), Entity(20, 26, "x y"), Entity(27, 29, "place"))
    return [
        Document("a", _TEXT, "de", entities, ((0, 3), (4, 12)), ("m/e", "m/c"), {"n": 1}),
        Document("b é", "", None),
        Document("c", "New York in New York", None, (Entity(12, 20, "place"),)),
    ]


def seeds_of(format: str) -> list[bytes]:
    """The files that a reader's inputs are made of."""
    found = [(ROOT / name).read_bytes() for name in _FILES.get(format, [])] + _FURTHER.get(format, [])
    known = next(each for each in data_formats.formats() if each.name == format)
    if known.write is not None and not known.in_folder:
        name = f"seed.{format}"
        data_formats.write(documents(), scratch() / name, format)
        found.append((scratch() / name).read_bytes())
    return [seed[:3000] if known.fit or format in ("text", "table") else seed for seed in found]


def words_of(format: str) -> Sequence[bytes]:
    """What a format's inputs are made of, beside what all are."""
    return [word.encode() for word in _WORDS.get(format, "").split(" ") if word] + [b"\n", b"\n\n", b"\t", b" "]


_JSON = '"text": "entities": "id": "start": "end": "type": "label": "spans": "tokens": , : { } [ ] "a"'
_COLUMNS = (
    "O B-x I-x E-x S-x L-x U-x M-x - _ 0 B-PER PER-B b-per B-x;B-y x|y # -DOCSTART- en: token label # "
    "# text = # sent_id"
)
_XML = (
    '<a> </a> <b/> <![CDATA[ ]]> &amp; &#13; &#x10FFFF; <!DOCTYPE <!ENTITY <?xml encoding="utf-16" '
    'encoding="idna" xmlns: x="1" &lt; &b;'
)
_WORDS = {
    "jsonl": _JSON + ' "language": "lang": "score": "alternatives": "unsure": "adapters": "fields": "de"',
    "geic": '"sentence": "entity": "category": "sentence1": {"sentence": {} []',
    "conll": _COLUMNS,
    "conllu": _COLUMNS + " 1 2 1-2 2.1 3-1 999999999 #text= #",
    "indexed": _COLUMNS + " 0 1 2",
    "brat": "T1 T2 R1 E1 A1 #1 * N1 Person 0 3;5 3 AnnotatorNotes Arg1:T1 T99 -1 999999999999",
    "doccano": _JSON + ' "data": "labels": "entities": "relations": "start_offset": "end_offset": "meta"',
    "label-studio": _JSON
    + ' "data": "annotations": "result": "value": "labels": "from_name": "to_name": "predictions": "globalOffsets"',
    "prodigy": _JSON + ' "token_start": "token_end": "answer": "accept" "reject" "ws": "_input_hash"',
    "gliner": '"tokenized_text": "ner": [0, 0, "x"] [ ] , "tokens"',
    "pubtator": "1|t| 1|a| 25|t|x 0 5 Disease D001 | CID 99999999999",
    "webanno-tsv": "#FORMAT=WebAnno #T_SP= #T_CH= #T_RL= #Text= #Sentence.id= 1-1 1-1.1 0-3 3-99999999 _ * "
    "x[1] y[1]|z[2] \\n \\t -> 1-2 999999999999-999999999999",
    "cas-xmi": _XML + ' xmi:id="1" sofa="1" begin="0" end="1" sofaString="a" members="1" <cas:Sofa value="x"',
    "bioc": _XML
    + " <collection> <document> <passage> <offset>0</offset> <text> <annotation> <location offset= length= "
    "<infon key=",
    "bioc-json": _JSON
    + ' "documents": "passages": "annotations": "infons": "locations": "offset": "length": "sentences"',
    "nerel": '"sentences": "ners": [0, 0, "x"] [ ] , { } "id": -1 99',
    "tokens-json": '"tokens": "ner_tags": "text": ["a", "b"] ["B-x", "O"] [1, 0] [ ] , { } "" "-"',
    "tokens-csv": 'token label sentence_id Sentence # , ; B-x I-x O [ ] \' ""',
    "token-spans": '"sentence": "tokens": "ner": "entities": "index": [0, 2] "start": 0 "end": 9 "type": "x" [ ] , { }',
    "dataturks": '"content": "annotation": "label": ["x"] "points": "start": 0 "end": 9 "text": "a" null [ ] , { }',
    "spacy-json": _JSON + ' "paragraphs": "sentences": "orth": "ner": "raw": "ents": "B-x" "U-x" "L-x" "-"',
    "spans-csv": 'document text start end type span score , ; " "" 0 1 9 0.5',
    "table": 'text id language , ; | " "" column-1',
    "json-rows": _JSON,
    "pdf": "obj endobj stream endstream xref trailer << >> /Type /Page /Pages /Kids /Count /Length /Filter "
    "/FlateDecode /Contents BT ET Tj TJ (a) [ ] 0 R 1 2 startxref %%EOF /Root /Parent /Font /ToUnicode /Encrypt",
    "docx": _XML
    + " <w:p> </w:p> <w:r> <w:t> <w:tbl> <w:tr> <w:tc> <w:sdt> <w:ins> <w:del> <w:br/> <w:tab/> <w:sectPr>",
    "text": "a b .",
}


def pdf_seed() -> bytes:
    """A small PDF that is not compressed."""
    drawn = b"BT /F1 12 Tf 72 700 Td (Ada met Bob.) Tj 0 -14 Td [(Par) -10 (is)] TJ ET"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(made))
        made += b"%d 0 obj%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(made),
    )


def docx_parts() -> dict[str, bytes]:
    """The parts of a small Word file by name."""
    import docx

    file = docx.Document()
    file.add_paragraph("Ada met Bob.")
    file.add_table(1, 2).cell(0, 0).text = "x"
    stored = io.BytesIO()
    file.save(stored)
    with zipfile.ZipFile(stored) as archive:
        names = ("[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/_rels/document.xml.rels")
        parts = {name: archive.read(name) for name in names}
    kinds = parts["[Content_Types].xml"]
    parts["word/styles.xml"] = b'<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'
    return {**parts, "[Content_Types].xml": kinds}


def zipped(parts: dict[str, bytes]) -> bytes:
    """A zip archive of stored parts."""
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stored.getvalue()


def docbin_content() -> bytes:
    """The content of a DocBin before it is compressed."""
    data_formats.write(documents(), scratch() / "seed.spacy", "spacy")
    return zlib.decompress((scratch() / "seed.spacy").read_bytes())


def parquet_rows() -> list[bytes]:
    """Rows of tables, as JSON lines."""
    ours = [each.to_dict() | {"fields": '{"a": 1}', "adapters": ["x"], "tokens": [[0, 1]]} for each in documents()]
    other = [{"text": "a", "id": 1, "when": 1.5}, {"text": None, "id": 2, "when": None}]
    return [json.dumps(rows, ensure_ascii=False).encode() for rows in (ours, ours[2:], other)]
