"""Grapheme clusters by the rules of Unicode 10, which doccano's page counts."""

from __future__ import annotations

from collections.abc import Iterator

import regex

# The page uses grapheme-splitter 1.0.4, which follows Unicode 10. Later rules join more: consonants of Indic scripts
# around a virama, and any emoji behind a zero-width joiner. With regex's \X, offsets in Hindi would be read elsewhere.
# unicode.org/Public/10.0.0/ucd/auxiliary/GraphemeBreakProperty.txt
_MODIFIER = r"[\U0001F3FB-\U0001F3FF]"
_BASE = (
    r"\u261D\u26F9\u270A-\u270D\U0001F385\U0001F3C2-\U0001F3C4\U0001F3C7\U0001F3CA-\U0001F3CC\U0001F442-\U0001F443"
    r"\U0001F446-\U0001F450\U0001F46E\U0001F470-\U0001F478\U0001F47C\U0001F481-\U0001F483\U0001F485-\U0001F487"
    r"\U0001F4AA\U0001F574-\U0001F575\U0001F57A\U0001F590\U0001F595-\U0001F596\U0001F645-\U0001F647"
    r"\U0001F64B-\U0001F64F\U0001F6A3\U0001F6B4-\U0001F6B6\U0001F6C0\U0001F6CC\U0001F918-\U0001F91C"
    r"\U0001F91E-\U0001F91F\U0001F926\U0001F930-\U0001F939\U0001F93D-\U0001F93E\U0001F9D1-\U0001F9DD"
)
_FAMILY = r"\U0001F466-\U0001F469"  # bases that also join behind a zero-width joiner
_AFTER_JOINER = (
    r"\u2640\u2642\u2695-\u2696\u2708\u2764\U0001F308\U0001F33E\U0001F373\U0001F393\U0001F3A4\U0001F3A8\U0001F3EB"
    r"\U0001F3ED\U0001F48B\U0001F4BB-\U0001F4BC\U0001F527\U0001F52C\U0001F5E8\U0001F680\U0001F692"
)
_EXTEND = rf"(?:(?!{_MODIFIER})\p{{GCB=Extend}})"
_JOINER = rf"(?:\u200D(?:[{_AFTER_JOINER}]|[{_FAMILY}](?:{_EXTEND}*{_MODIFIER})?)?)"
_CLUSTER = regex.compile(
    rf"""(?x) \r\n
    | [\r\n\p{{GCB=Control}}]
    | \p{{GCB=Prepend}}*
      (?: [{_BASE}{_FAMILY}] (?:{_EXTEND}* {_MODIFIER})?
        | \p{{GCB=Regional_Indicator}}{{2}}
        | \p{{GCB=L}}* (?: \p{{GCB=LV}} \p{{GCB=V}}* | \p{{GCB=V}}+ | \p{{GCB=LVT}}) \p{{GCB=T}}*
        | \p{{GCB=L}}+
        | \p{{GCB=T}}+
        | {_JOINER}
        | [^\r\n\p{{GCB=Control}}]
      )
      (?: {_EXTEND}
        | \p{{GCB=SpacingMark}}
        | {_JOINER}
      )*
    | \p{{GCB=Prepend}}+
    """
)


def cluster_starts(text: str) -> Iterator[int]:
    """The code point offset at which each cluster of the text begins.

    Combining characters that came after Unicode 10 are joined as later versions have it.
    """
    return (match.start() for match in _CLUSTER.finditer(text))
