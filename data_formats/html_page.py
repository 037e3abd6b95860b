"""A page of HTML to look at documents in: written only, as it holds no offsets to read back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from cascade.document import Document
from data_formats.report import TOKENS, Report

_CONTROLS = """\
<h1>Entities in their texts</h1>
<p class="faint" id="summary"></p>
<noscript><p class="faint">Without scripts all documents are shown, and types, scores and search cannot be chosen.</p>\
</noscript>
<div id="controls" class="needs-script" role="search" aria-label="What is shown">
<div class="legend" id="legend" role="group" aria-label="Types: press to show or hide"></div>
<div class="row">
<button type="button" id="all-types">all types</button><button type="button" id="no-types">no types</button>
<label class="wide">Search in texts <input type="search" id="search"></label>
<label id="scores">Lowest score <input type="range" id="lowest" min="0" max="1" step="0.01" value="0">\
<output id="lowest-shown" for="lowest">0.00</output></label>
</div>
<div class="row">
<label><input type="checkbox" id="only-marked"> only documents with such entities</label>
<label>on a page <select id="size"><option>50<option>200<option value="0">all</select></label>
<span class="pager"><button type="button" id="before">← earlier</button><output id="place" aria-live="polite"></output>\
<button type="button" id="after">later →</button></span>
</div>
</div>
<main id="documents">
"""


def write_html(documents: Iterable[Document], stream: TextIO, report: Report) -> None:
    """Writes one page that needs no other file and no network: documents as they come, a line each, then the script.

    Without scripts, browsers show all documents; with them, a page at a time, by type, score and search.
    """
    # what only this format needs is not loaded by commands that write another
    from cascade.document.markup import document_html
    from cascade.document.page import documents_script, page_end, page_start
    from cascade.document.palette import Palette

    palette, script = Palette(), documents_script()
    stream.write(page_start("Entities", script) + _CONTROLS)
    for document in documents:
        stream.write(document_html(document, palette) + "\n")
        if document.tokens is not None:
            report.lose(TOKENS, document.id)
        report.wrote(len(document.entities))
    stream.write("</main>\n" + page_end(script))
