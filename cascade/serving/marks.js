"use strict";
// Entities as marks in a text.  Everything is put into the page as text, never as HTML.

// A type keeps its look while the page is open: the next free hue of eight, then the next kind of line.
const looks = new Map();
function look(type) {
  if (!looks.has(type)) looks.set(type, `e h${looks.size % 8} l${Math.floor(looks.size / 8) % 4}`);
  return looks.get(type);
}

function note({ type, score, start, end, unsure, alternatives = [] }) {
  const told = [score === null ? type : `${type}, score ${score.toFixed(2)}`, `characters ${start} to ${end}`];
  if (unsure) told.push("unsure");
  const others = alternatives.filter((each) => each.type !== type).map((each) => `${each.type} ${each.score.toFixed(2)}`);
  if (others.length) told.push(`next best: ${others.join(", ")}`);
  return told.join("; ");
}

function opened(entity, begins, ends) {
  const mark = document.createElement("mark");
  mark.className = look(entity.type) + (begins ? "" : " more") + (ends ? "" : " cut");
  mark.tabIndex = 0;
  mark.dataset.type = entity.type;
  mark.setAttribute("aria-description", note({ ...entity, ...entity.told }));
  return mark;
}

// The text in pieces with marks that nest like brackets: longer entities outside; of two that cross, the later one in
// two pieces.  Offsets are UTF-16 units, as those of strings here.
function marked(text, entities) {
  const whole = document.createDocumentFragment();
  const waiting = entities.map((entity) => ({ entity, start: entity.start, end: entity.end, begins: true }));
  const byPlace = (a, b) => a.start - b.start || b.end - a.end;
  waiting.sort(byPlace);
  const open = [];
  let at = 0;
  const inside = () => (open.length ? open[open.length - 1].mark : whole);
  const write = (end) => { if (end > at) inside().append(text.slice(at, end)); at = Math.max(at, end); };
  const closeUntil = (place) => {
    while (open.length && open[open.length - 1].end <= place) {
      write(open[open.length - 1].end);
      open.pop();
    }
  };
  for (let next = 0; next < waiting.length; next += 1) {
    let { entity, start, end, begins } = waiting[next];
    closeUntil(start);
    const around = open.length ? open[open.length - 1].end : Infinity;
    if (end > around) {  // it crosses: the rest opens anew behind the mark around it
      const rest = { entity, start: around, end, begins: false };
      let place = next + 1;
      while (place < waiting.length && byPlace(waiting[place], rest) <= 0) place += 1;
      waiting.splice(place, 0, rest);
      end = around;
    }
    write(start);
    const mark = opened(entity, begins, end === entity.end);
    inside().append(mark);
    open.push({ mark, end });
  }
  closeUntil(Infinity);
  write(text.length);
  return whole;
}
