"""What the keys of a JSON object tell: its format, misspelt keys, and keys that nothing reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from data_formats.json_values import shown
from data_formats.other_tools import other_tool
from data_formats.report import UNKNOWN_KEYS, Report

# Least difflib ratio of a misspelt key, our choice: "langauge", "entites", "txt" and "lable" reach it; "tag" and
# "label" do not.
_ALIKE = 0.75
_MOST_NAMED = 8  # unknown keys that a report names one by one, and as many more that are close to known ones
_MOST_COMPARED = 1000  # unknown keys that are stored and compared with known ones; some files keep data in keys

# Keys that identify other formats, the most telling first; all keys of an entry must be there. Taken from the formats'
# documentation.
_FORMATS: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(keys.split()), name)
    for keys, name in (
        ("sentence entity category", "a sentence of CascadeNER's GEIC"),
        ("tokenized_text ner", "GLiNER"),
        ("sentences ners", "NEREL"),
        ("sentences ner", "DyGIE or SciERC"),
        ("tokens ner_tags", "Hugging Face token classification"),
        ("tokens tags", "Hugging Face token classification"),
        ("tokens labels", "Hugging Face token classification"),
        ("words labels", "Hugging Face token classification"),
        ("ner_tags", "Hugging Face token classification"),
        ("ents", "spaCy's Doc.to_json"),
        ("spans", "spaCy or Prodigy"),
        ("annotations", "Label Studio"),
        ("predictions", "Label Studio"),
        ("extractions", "LangExtract"),
        ("denotations", "PubAnnotation"),
        ("passages", "BioC"),
        ("ner", "GLiNER"),
        ("messages", "chat rows"),
        ("conversations", "chat rows"),
        ("instruction output", "Alpaca"),
        ("labels", "doccano"),
        ("label", "doccano"),
    )
)
# keys that hold labels in other formats
ANNOTATION = frozenset().union(*(keys for keys, _ in _FORMATS)) - {"sentence", "tokens"}
_TEXT_KEYS = (
    "sentence",
    "sent",
    "content",
    "body",
    "raw",
    "raw_text",
    "input",
    "passage",
    "utterance",
    "document",
    "tweet",
    "data",
)
_OTHER_NAMES = {
    "entities": ("entity", "mentions", "entity_mentions", "named_entities"),
    "start": (
        "begin",
        "from",
        "start_offset",
        "start_char",
        "start_pos",
        "offset",
        "start_idx",
        "startOffset",
        "offsets",
    ),
    "end": ("stop", "to", "end_offset", "end_char", "end_pos", "end_idx", "endOffset"),
    "type": ("label", "tag", "category", "class", "entity", "entity_group", "entity_type", "name"),
}


def looks_like(row: Mapping[str, object]) -> str | None:
    """The format that an object seems to be in, with the telling keys, as "spaCy or Prodigy by 'spans'"; or None."""
    for keys, name in _FORMATS:
        if keys <= row.keys():
            told = "CLUENER" if keys == {"label"} and isinstance(row["label"], dict) else name
            if keys == {"annotations"} and _is_older_doccano(row["annotations"]):
                told = "an older export of doccano (export JSONL with text labels)"
            return f"{told} by {_listed(sorted(keys))}"
    return None


def misspelt(key: str, known: Iterable[str]) -> str | None:
    """The known key that `key` is close to, ignoring case; None if there is none."""
    plain = {each.casefold(): each for each in known}
    close = get_close_matches(key.casefold().strip(), plain, n=1, cutoff=_ALIKE)
    return plain[close[0]] if close else None


def missing(key: str, row: Mapping[str, object], known: Collection[str], *, of: str = "the object") -> str:
    """The middle of an error message: which key is missing, what is there instead, and which key may be meant."""
    found = _listed(sorted(row)) if row else "nothing"
    others = [each for each in row if each not in known]
    likely = next((each for each in others if misspelt(each, [key])), None)
    if likely is None and key == "text":
        likely = next((each for each in _TEXT_KEYS if isinstance(row.get(each), str) and each not in known), None)
    if likely is None:
        likely = next((each for each in _OTHER_NAMES.get(key, ()) if each in others), None)
    if likely in (None, *_OTHER_NAMES["entities"]) and key == "entities":
        likely = next((each for each in others if each != "spans" and _holds_spans(row[each])), likely)
    form = looks_like(row)
    told = other_tool(row.keys())
    hint = (
        f" ({told})"
        if told
        else f" ({likely!r} may be meant for it)"
        if likely is not None
        else f" (it looks like {form})"
        if form
        else ""
    )
    return f"{of} has no {key!r}, only {found}{hint}"


def _holds_spans(value: object) -> bool:
    """Whether a value is a list of objects with starts and ends."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, dict) and {"start", "end"} <= each.keys() for each in value)
    )


def _is_older_doccano(value: object) -> bool:
    """Whether a value is a list of doccano's annotations before its version 1.0, whose types are numbers."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and "start_offset" in value[0]


class UnknownKeys:
    """Counts the keys that nothing reads in a file's objects.

    Each has its first place and the known key that it is close to. Beyond the first few, unknown keys are counted
    together.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._kinds: dict[tuple[str, str], str] = {}
        self._named = {False: 0, True: 0}  # keys named so far, by whether they are close to known ones

    def add(self, row: Mapping[str, object], known: Collection[str], where: str, *, of: str) -> None:
        """Counts an object's unknown keys; `of` says what the object is, such as documents."""
        for key in row:
            if key not in known:
                self._report.lose(self._kind(key, known, of), where)

    def _kind(self, key: str, known: Collection[str], of: str) -> str:
        kind = self._kinds.get((of, key))
        if kind is not None:
            return kind
        kind = UNKNOWN_KEYS.format(of=of)
        if len(self._kinds) < _MOST_COMPARED:
            close = misspelt(key, known)
            if self._named[close is not None] < _MOST_NAMED:
                self._named[close is not None] += 1
                kind = f"unknown key {shown(key)} of {of}" + (f", which is close to {close!r}" if close else "")
            self._kinds[of, key] = kind
        return kind


def _listed(keys: Collection[str]) -> str:
    """The keys as a message names them; only the first ones if there are many."""
    named = [shown(key) for key in list(keys)[:12]]
    return ", ".join(named) + (f" and {len(keys) - 12} more" if len(keys) > 12 else "")
