"""Line breaks: which ones come from wrapping a paragraph to a fixed width, and which end a heading or an item.

The signs are the same in all languages. If a line is broken because it is full, the next word had no room on it. And
lines then begin with a small letter about as often as other words do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import pairwise
from statistics import median
from unicodedata import east_asian_width

import regex

from cascade.text.pieces import WITHOUT_SPACES

_BREAK = regex.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_WHITE_SPACE = regex.compile(r"[\s\x1c-\x1f]++")  # with the separators that are none to Unicode, but to Python
_LETTER, _LETTER_WITHOUT_CASE, _FIRST_LETTER = (
    regex.compile(r"\p{L}"),
    regex.compile(r"\p{Lo}"),
    regex.compile(r"[\p{P}\p{S}]*(\p{L})"),
)
_WITHOUT_SPACES = regex.compile(rf"[{WITHOUT_SPACES}\u3000-\u303f\uff00-\uff60]")  # with such scripts' punctuation
_ENDED = regex.compile(r"[\p{Sentence_Terminal}…][\p{Pe}\p{Pf}\p{Pi}\"']*$")
_READS_ON = regex.compile(r"[,،、，;\p{Pd}\p{Ps}\p{Pi}]$")
# without `J.`, which is an initial more often than an item
_ITEM = regex.compile(r"(?:[-*+•‣◦▪●○■□–—·]|\(?(?:\p{N}{1,3}[.)]|\p{L}\)))\s")

_NARROWEST = 20  # columns; shorter lines are names, verses or table cells rather than a wrapped paragraph
_FEWEST = 2  # line breaks; with only one, the longer of the two lines would seem full by chance
_UNUSUAL = 1.5  # times the median size; longer lines do not show how wide the other lines could have been
_LOOSE = 8  # a line with an eighth of the width to spare is full too: some texts break at the first blank after it
_MOST = 0.8  # least share of full lines in a wrapped paragraph
# Of this many lines that are expected to begin with a small letter, at least one does. They may be so few because long
# words, as in German, begin lines more often than others.
_SMALL = 8
# Each line stands for itself if none begins with a small letter and this many would be expected to (twice as many if
# the lines are full), or if there are this many line breaks and most lines are not full.
_NO_CHANCE = 4
# A line was ended on purpose if the next word fits within this share of the width, for widths of at least so many
# columns.
_SHORT, _WIDE = 0.5, 40


class LineBreak(Enum):
    """The kind of a line break.

    BLANK and NOTHING: it was put into a paragraph in place of a blank, or of nothing. END: it ends a heading, an item
    or a paragraph. UNSURE: none of these is certain.
    """

    BLANK = 1
    NOTHING = 2
    END = 3
    UNSURE = 4


def line_breaks(text: str) -> dict[int, LineBreak]:
    """The kind of the line break before each line, by the offset of the line's first visible character.

    Lines without a visible character are skipped.
    """
    kinds: dict[int, LineBreak] = {}
    lines: list[_Line] = []
    for line, after_blank in _lines(text):
        if lines and after_blank:
            kinds |= _within(lines)
            kinds[line.first] = LineBreak.END
            lines = []
        lines.append(line)
    return kinds | _within(lines)


@dataclass(frozen=True)
class _Line:
    """A line whose `text` begins at `first`; `indent` and `blanks` count the white space before and after it."""

    first: int
    indent: int
    text: str
    blanks: int

    @cached_property
    def words(self) -> list[str]:
        return self.text.split()

    @cached_property
    def sizes(self) -> tuple[int, int]:
        """The size in characters and in columns; the lines of a text may have one width in either measure.

        A Chinese character takes two columns.
        """
        return self.indent + len(self.text), self.indent + _columns(self.text)

    @cached_property
    def needs(self) -> tuple[int, int]:
        """The characters and columns that the line before would need to take this line's first word."""
        if _WITHOUT_SPACES.match(self.text):
            return 2, 4  # a character and a full stop after it, which may not begin a line
        return 1 + len(self.words[0]), 1 + _columns(self.words[0])

    @cached_property
    def is_ended(self) -> bool:
        return _ENDED.search(self.text) is not None


def _columns(text: str) -> int:
    return len(text) if text.isascii() else sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _lines(text: str) -> Iterator[tuple[_Line, bool]]:
    """The lines with a visible character, and whether a blank line precedes each; none for a text of one line."""
    first, indent, after_blank = 0, 0, False
    for match in _WHITE_SPACE.finditer(text) if _BREAK.search(text) else ():
        breaks = list(_BREAK.finditer(match.group()))
        if not breaks:
            continue
        if match.start() > first:
            yield _Line(first, indent, text[first : match.start()], breaks[0].start()), after_blank
        first, indent = match.end(), len(match.group()) - breaks[-1].end()
        after_blank = len(breaks) > 1 or breaks[0].group() in "\f\u2029"
    if first and first < len(text):
        yield _Line(first, indent, text[first:].rstrip(), 0), after_blank


def _within(lines: Sequence[_Line]) -> dict[int, LineBreak]:
    """The kinds of the line breaks between lines that no blank line separates."""
    if len(lines) < 2:
        return {}
    block, items = _Block(lines), [_ITEM.match(line.text) is not None for line in lines] + [False]
    return {
        after.first: block.kind(before, after, in_list=items[index + 1] and (items[index] or items[index + 2]))
        for index, (before, after) in enumerate(pairwise(lines))
    }


class _Block:
    """Lines without blank lines between them.

    Holds how wide they are, whether they are a wrapped paragraph, and whether each line stands for itself.
    """

    def __init__(self, lines: Sequence[_Line]) -> None:
        text = "".join(line.text for line in lines)
        letters = len(_LETTER.findall(text))
        self.has_case = 2 * len(_LETTER_WITHOUT_CASE.findall(text)) <= letters
        self.has_spaces = 2 * len(_WITHOUT_SPACES.findall(text)) <= letters
        # a line of one long word, such as an address, has no place to break and says nothing of the width
        breakable = [line for line in lines if len(line.words) > 1 or not self.has_spaces] or lines
        measures = [[line.sizes[measure] for line in breakable] for measure in (0, 1)]
        usual = [_UNUSUAL * median(sizes) for sizes in measures]
        self.widths = [max(size for size in sizes if size <= most) for sizes, most in zip(measures, usual, strict=True)]
        self.widest = min(max(measures[1]), usual[1])
        self.is_cut = not self.has_spaces and any(
            len({line.sizes[measure] + line.blanks for line in lines[:-1]}) == 1 for measure in (0, 1)
        )
        self.is_wrapped, self.is_apart = self._judged(lines)

    def _judged(self, lines: Sequence[_Line]) -> tuple[bool, bool]:
        """Whether the lines are a wrapped paragraph, and whether each line stands for itself."""
        open_ended = [(before, after) for before, after in pairwise(lines) if not before.is_ended]
        full, number = sum(self.is_full(*each) for each in open_ended), len(open_ended)
        is_filled = self.widths[1] >= _NARROWEST and number >= _FEWEST and full >= _MOST * number
        is_ragged = number >= _NO_CHANCE and 2 * full < number
        if not self.has_case:
            return is_filled, is_ragged
        words = [word for line in lines for before, word in pairwise(line.words) if not _ENDED.search(before)]
        inside, first = _cases(words), _cases([after.text for _, after in open_ended])
        expected = len(first) * sum(inside) / max(len(inside), 1)
        if any(first):
            return is_filled and _SMALL * sum(first) >= expected, False
        return False, is_ragged or expected >= (2 * _NO_CHANCE if is_filled else _NO_CHANCE)

    def is_full(self, before: _Line, after: _Line) -> bool:
        """Whether a line had no room for the first word of the next one, in characters or in columns."""
        loose = [width // _LOOSE if self.has_case else 0 for width in self.widths]
        return any(
            size + need > width - more
            for size, need, width, more in zip(before.sizes, after.needs, self.widths, loose, strict=True)
        )

    def kind(self, before: _Line, after: _Line, *, in_list: bool) -> LineBreak:
        """The kind of the line break between two lines.

        in_list: whether the second line and a line next to it begin like items.
        """
        needed = [size + need for size, need in zip(before.sizes, after.needs, strict=True)]
        has_room = all(size <= width for size, width in zip(needed, self.widths, strict=True))
        if in_list or (_ITEM.match(after.text) and (has_room or before.text.endswith((":", "：")))):
            return LineBreak.END
        reads_on = _is_small(after.text) or _READS_ON.search(before.text) is not None
        if self.is_wrapped and (reads_on or self.is_full(before, after)):
            within_words = (
                _WITHOUT_SPACES.match(before.text[-1])
                or _WITHOUT_SPACES.match(after.text)
                or (self.is_cut and not after.indent)
            )
            return LineBreak.NOTHING if within_words and not before.blanks else LineBreak.BLANK
        is_short = self.widest >= _WIDE and needed[1] <= _SHORT * self.widest
        return LineBreak.END if (self.is_apart or is_short) and not reads_on else LineBreak.UNSURE


def _cases(texts: Sequence[str]) -> list[bool]:
    """Whether each text begins with a small letter; texts that begin with neither case are left out."""
    return [small for small in map(_is_small, texts) if small is not None]


def _is_small(text: str) -> bool | None:
    """Whether a text begins with a small letter; marks before it are skipped.

    None if the text begins with no letter, or with one that is neither small nor capital.
    """
    match = _FIRST_LETTER.match(text)
    letter = match[1] if match else ""
    return letter.islower() if letter.islower() or letter.isupper() or letter.istitle() else None
