"""The forms of documents: mails, chats, records, tables, lists, invoices, notes and lines of logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from train.synthetic import machine_text
from train.synthetic.draw import Draw
from train.synthetic.language import SPACELESS
from train.synthetic.records import RECORD_SLOTS, RECORDS, TOPICS
from train.synthetic.rendering import Builder, Value, capitalised, concatenated, trimmed_end
from train.synthetic.slots import SLOTS, filled, is_near_miss, sentence, type_of
from train.synthetic.values.phrases import WORD_TYPES

_FULL_STOPS = ".。।۔"
_ENDS = f"{_FULL_STOPS}!！?？؟"
# types whose values are written as other words are, with a capital where a sentence begins
_WORDS = frozenset((*WORD_TYPES, "date", "product", "job title", "medication"))
_NEAR, _PLAIN = 0.13, 0.12  # shares of sentences with near misses, and of those without slots
# what a reader knows without a label
SELF_EVIDENT = frozenset(
    ("phone number", "email address", "URL", "social media handle", "hashtag", "IP address", "MAC address",
     "IBAN", "credit card number", "cryptocurrency address", "file name", "file path", "UUID", "hash", "date",
     "time", "timestamp", "price", "percentage", "length", "weight", "temperature", "speed", "area", "volume",
     "data size", "person", "company", "brand", "product", "city", "country", "state", "street", "address",
     "coordinates", "symptom", "disease", "skill", "food", "colour", "animal", "job title", "medication",
     "duration")
)  # fmt: skip
_CASES: Sequence[Callable[[str], str]] = (*(4 * [str]), str.upper, str.lower)  # of a record's labels
_BLANK = 0.06  # share of a record's fields that were left blank
ALL_TYPES = sorted({type_of(slot) for slot in SLOTS if not is_near_miss(slot)})


def _prose(draw: Draw, count: int, topic: str | None = None) -> list[Value]:
    """Sentences of one topic, or of any; some have near misses or no slots."""
    topic = topic or draw.pick((*TOPICS, *TOPICS, None))
    sentences = draw.language.sentences
    made: list[Value] = []
    used: set[str] = set()
    for place in range(count):
        chance = draw.sources.random.random()
        kind = (
            "near" if chance < _NEAR else "plain" if chance < _NEAR + _PLAIN and place else topic or draw.pick(TOPICS)
        )
        left = [each for each in sentences[kind] if each not in used] or sentences[kind]
        template = draw.pick(left)
        used.add(template)
        value = sentence(template, draw)
        if template.startswith("{") and value.spans and value.spans[0][2] in _WORDS and draw.chance(0.8):
            value = capitalised(value)
        made.append(trimmed_end(value, _FULL_STOPS) if draw.chance(0.08) and place == count - 1 else value)
    return made


def _joined(draw: Draw, sentences: Sequence[Value]) -> Value:
    builder = Builder()
    between = "" if draw.language.code in SPACELESS else " "
    for number, each in enumerate(sentences):
        open_end = number and sentences[number - 1].text[-1:] not in _ENDS
        builder.add("" if not number else "\n" if open_end else between, each)
    return builder.value


def single(draw: Draw) -> Value:
    """One sentence."""
    return _prose(draw, 1)[0]


def paragraph(draw: Draw, topic: str | None = None) -> Value:
    """Two to five sentences."""
    return _joined(draw, _prose(draw, draw.number(2, 5), topic))


def headline(draw: Draw) -> Value:
    """A sentence without its full stop, at times in capitals."""
    return trimmed_end(_prose(draw, 1)[0], _FULL_STOPS)


def mail(draw: Draw) -> Value:
    """Greeting, body and signature, often under a subject."""
    builder = Builder()
    if draw.chance(0.3):
        builder.add(draw.word("subjects"), "\n\n")
    greeting = sentence(draw.format("greeting"), draw)
    builder.add(greeting, draw.pick(("\n\n", "\n", "\n")), paragraph(draw) if draw.chance(0.75) else single(draw))
    if draw.chance(0.2):
        builder.add("\n\n", record_lines(draw, _types_of_record(draw)))
    return builder.add("\n\n" if draw.chance(0.6) else "\n", sentence(draw.format("closing"), draw)).value


def chat(draw: Draw) -> Value:
    """Messages with their senders."""
    shape = draw.pick(
        ("{first name}: ", "[{time}] {first name}: ", "<{user name}> ", "{social media handle} ", "> ", "{user name}: ")
    )
    lines = []
    for each in _prose(draw, draw.number(2, 5)):
        lines.append(
            concatenated((sentence(shape, draw), trimmed_end(each, _FULL_STOPS) if draw.chance(0.5) else each))
        )
    return concatenated(lines, "\n")


def _types_of_record(draw: Draw, topic: str | None = None) -> list[str]:
    """The types of a record in random order; a third of the records mix what seldom stands together."""
    if topic is None and draw.chance(0.35):
        return draw.some(ALL_TYPES, draw.number(2, 7))
    types = draw.pick(RECORDS[topic or draw.pick(TOPICS)])
    return draw.some(types, draw.number(2, len(types)))


def _label(draw: Draw, type_name: str) -> str:
    return draw.pick(draw.language.labels[type_name])


def _in_record(draw: Draw, type_name: str) -> Value:
    return filled(RECORD_SLOTS.get(type_name, type_name), draw)


def record_lines(draw: Draw, types: Sequence[str]) -> Value:
    """Label and value of each type, with one separator for all."""
    wide = draw.language.code in ("zh", "ja") and draw.chance(0.6)
    colon = "：" if wide else draw.pick((": ", ": ", ": ", ":", " : ", " = ", " - ", "\t", " ", ":\n", " | "))
    between = draw.pick(("\n", "\n", "\n", "\n", "; ", " | ", ", ", " / ", "\n\n"))
    if colon in (":\n", " | ") and "\n" not in between:
        between = "\n"
    case = draw.pick(_CASES)
    start = draw.pick(("", "", "", "- ", "* ", "• ")) if "\n" in between else ""
    lines = []
    for type_name in types:
        label = _label(draw, type_name)
        changed = case(label)
        value = filled("~blank", draw) if draw.chance(_BLANK) else _in_record(draw, type_name)
        lines.append(concatenated((start, changed if len(changed) == len(label) else label, colon, value)))
    return concatenated(lines, between)


def record(draw: Draw) -> Value:
    """Labels with values, at times under a heading."""
    lines = record_lines(draw, _types_of_record(draw))
    return concatenated((draw.word("headings"), lines), draw.pick(("\n", "\n\n"))) if draw.chance(0.35) else lines


def note(draw: Draw) -> Value:
    """A record with sentences of its topic below or above."""
    topic = draw.pick(TOPICS)
    parts = [record_lines(draw, _types_of_record(draw, topic)), paragraph(draw, topic)]
    return concatenated(parts if draw.chance(0.6) else reversed(parts), draw.pick(("\n\n", "\n")))


def table(draw: Draw) -> Value:
    """A row of labels above rows of values."""
    between = draw.pick((";", ",", "|", "\t", " | ", "   "))
    types = [each for each in _types_of_record(draw)[:5] if each not in ("address", "coordinates")] or [
        "person",
        "city",
    ]
    lines = [Value(between.join(_label(draw, each) for each in types))]
    for _ in range(draw.number(1, 4)):
        cells = []
        for each in types:
            value = _in_record(draw, each)
            cells.append(filled("~blank", draw) if between.strip() and between.strip() in value.text else value)
        lines.append(concatenated(cells, between))
    return concatenated(lines, "\n")


def bullets(draw: Draw) -> Value:
    """Several values of one type, or of a few, in a list or in a row."""
    types = draw.some(ALL_TYPES, draw.pick((1, 1, 1, 2)))
    named = len(types) == 1  # whether one label tells what the values are
    if not set(types) <= SELF_EVIDENT:
        types, named = types[:1], True
    values = [_in_record(draw, draw.pick(types)) for _ in range(draw.number(2, 6))]
    if named and draw.chance(0.35):
        return concatenated((f"{_label(draw, types[0])}: ", concatenated(values, draw.pick((", ", "; ", " / ")))))
    mark = draw.pick(("- ", "* ", "• ", "", "{}) "))
    lines = [concatenated((mark.format(number), each)) for number, each in enumerate(values, start=1)]
    heading = (
        [Value(f"{_label(draw, types[0])}{draw.pick((':', '', ':'))}")]
        if named and (types[0] not in SELF_EVIDENT or draw.chance(0.5))
        else []
    )
    return concatenated([*heading, *lines], "\n")


def invoice(draw: Draw) -> Value:
    """Seller, buyer, items with their prices, and how to pay."""
    builder = Builder().add(filled("company", draw), "\n", filled("address block", draw), "\n\n")
    if draw.chance(0.7):
        builder.add(filled("full name", draw), "\n", filled("address block", draw), "\n\n")
    above = draw.some(("invoice number", "date", "customer number", "order number", "tax number"), draw.number(2, 4))
    builder.add(record_lines(draw, above), "\n\n")
    times, gap = draw.pick((" x ", " ", " × ", "\t")), draw.pick(("  ", "\t", " - ", ": "))
    for _ in range(draw.number(1, 4)):
        builder.add(filled("bare quantity", draw), times, filled("product", draw), gap, filled("price", draw), "\n")
    builder.add(_label(draw, "price"), ": ", filled("price", draw), "\n")
    if draw.chance(0.6):
        builder.add(record_lines(draw, draw.some(("IBAN", "BIC", "percentage", "email address", "phone number"), 3)))
    return builder.value


def log(draw: Draw) -> Value:
    """Lines that programs write."""
    return machine_text.log(draw)


def snippet(draw: Draw) -> Value:
    """Keys and values as programs read them."""
    return machine_text.snippet(draw, _types_of_record(draw))


FORMS: Mapping[str, tuple[int, Callable[[Draw], Value]]] = {
    "single": (24, single),
    "paragraph": (16, paragraph),
    "mail": (13, mail),
    "record": (15, record),
    "chat": (7, chat),
    "note": (6, note),
    "headline": (4, headline),
    "bullets": (5, bullets),
    "table": (4, table),
    "invoice": (2, invoice),
    "snippet": (3, snippet),
    "log": (2, log),
}
