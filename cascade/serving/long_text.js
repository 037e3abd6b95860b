"use strict";
// A long text is read in pieces, so that what was found shows while the rest is read, and reading can be stopped.

const PIECE = 4000;  // characters; a piece ends at an empty line, a line's end, a sentence's end or a blank
const ENDS = [/\n\s*\n/g, /\n/g, /[.!?。！？؟۔]["'”’»)\]]*\s|[。！？]/g, /\s/g];

function pieces(text) {
  const result = [];
  let start = 0;
  while (text.length - start > PIECE * 1.25) {
    const end = start + cutOf(text.slice(start, start + PIECE));
    result.push({ start, text: text.slice(start, end) });
    start = end;
  }
  if (start < text.length || !result.length) result.push({ start, text: text.slice(start) });
  return result;
}

// where a stretch is cut: behind its last end of the best kind that is in its second half
function cutOf(stretch) {
  for (const kind of ENDS) {
    let last = 0;
    for (const { index, 0: found } of stretch.matchAll(kind)) last = index + found.length;
    if (last > stretch.length / 2) return last;
  }
  const low = stretch.charCodeAt(stretch.length - 1);
  return low >= 0xd800 && low < 0xdc00 ? stretch.length - 1 : stretch.length;  // no character is cut in two
}

// The entities with offsets in code points, as the interface counts them unless it is asked otherwise.
function inCodePoints(text, entities) {
  const places = [...new Set(entities.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b);
  const points = new Map();
  let units = 0, count = 0;
  for (const place of places) {
    for (; units < place; count += 1) units += text.codePointAt(units) > 0xffff ? 2 : 1;
    points.set(place, count);
  }
  return entities.map((entity) => ({ ...entity, start: points.get(entity.start), end: points.get(entity.end) }));
}
