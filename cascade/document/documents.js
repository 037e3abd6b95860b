"use strict";
// All documents stand in the page.  They are taken out of it at once and shown a page at a time: a browser lays out
// fifty documents at once, and thousands in many seconds.
const byId = (id) => document.getElementById(id);
const list = byId("documents"), legend = byId("legend"), search = byId("search"), lowest = byId("lowest");
const size = byId("size"), onlyMarked = byId("only-marked");

// one entry for each document: its element, its text in small letters, and its marks; `more` is an entity's second piece
const entries = [...list.children].map((article) => ({
  article,
  text: article.querySelector(".text").textContent.toLowerCase(),
  marks: [...article.querySelectorAll("mark")].map((mark) => ({
    mark,
    type: mark.dataset.type,
    score: mark.dataset.score === undefined ? null : Number(mark.dataset.score),
    more: mark.classList.contains("more"),
  })),
}));
const types = new Map();
let scored = false;
for (const { marks } of entries) {
  for (const { mark, type, score } of marks) {
    if (!types.has(type)) {
      const look = [...mark.classList].filter((name) => /^(e|h\d+|l\d+)$/.test(name)).join(" ");
      types.set(type, { on: true, look, count: 0, button: null, shown: null });
    }
    scored ||= score !== null;
  }
}

const isOn = ({ type, score }) => types.get(type).on && (score === null || score >= Number(lowest.value));
let matching = entries, first = 0;

function makeLegend() {
  count(entries);
  const sorted = [...types].sort(([a, x], [b, y]) => y.count - x.count || (a < b ? -1 : 1));
  for (const [name, type] of sorted) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = type.look;
    button.title = name;
    const label = document.createElement("span"), number = document.createElement("b");
    label.dir = "auto";
    label.textContent = name;
    button.append(label, number);
    button.addEventListener("click", () => { type.on = !type.on; update(); });
    Object.assign(type, { button, shown: number });
    legend.append(button);
  }
  for (const [id, on] of [["all-types", true], ["no-types", false]]) {
    byId(id).addEventListener("click", () => { for (const type of types.values()) type.on = on; update(); });
  }
}

// entities of each type, whether it is switched on or not, from the lowest score on, in documents that match the search
function count(documents) {
  for (const type of types.values()) type.count = 0;
  for (const { marks } of documents) {
    for (const { type, score, more } of marks) {
      if (!more && (score === null || score >= Number(lowest.value))) types.get(type).count += 1;
    }
  }
}

function update() {
  const sought = search.value.toLowerCase();
  const found = entries.filter(({ text }) => text.includes(sought));
  count(found);
  for (const { on, count: number, button, shown } of types.values()) {
    button.setAttribute("aria-pressed", String(on));
    shown.textContent = number.toLocaleString("en");
  }
  byId("lowest-shown").textContent = Number(lowest.value).toFixed(2);
  matching = onlyMarked.checked ? found.filter(({ marks }) => marks.some(isOn)) : found;
  show(0);
}

function show(start) {
  const step = Number(size.value) || matching.length || 1;
  first = Math.max(0, Math.min(start, Math.floor((matching.length - 1) / step) * step));
  const page = matching.slice(first, first + step);
  for (const { marks } of page) {
    for (const each of marks) {
      const on = isOn(each);
      each.mark.classList.toggle("off", !on);
      each.mark.tabIndex = on ? 0 : -1;
    }
  }
  list.replaceChildren(...page.map(({ article }) => article));
  byId("place").textContent = matching.length === 0 ? "no documents"
    : `${(first + 1).toLocaleString("en")}–${(first + page.length).toLocaleString("en")} of ` +
      matching.length.toLocaleString("en");
  byId("before").disabled = first === 0;
  byId("after").disabled = first + step >= matching.length;
  highlight(page);
}

// what was searched for is painted without changing the documents, in browsers that can
function highlight(page) {
  if (!globalThis.Highlight || !CSS.highlights) return;
  const sought = search.value.toLowerCase(), ranges = [];
  for (const { article, text } of sought ? page : []) {
    const nodes = document.createTreeWalker(article.querySelector(".text"), NodeFilter.SHOW_TEXT);
    const places = [];
    for (let node = nodes.nextNode(), at = 0; node; node = nodes.nextNode()) {
      places.push({ node, at });
      at += node.length;
    }
    const place = (offset) => {
      const { node, at } = places.findLast((each) => each.at <= offset);
      return [node, Math.min(offset - at, node.length)];  // small letters may be more than the text has
    };
    for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + sought.length)) {
      const range = new Range();
      range.setStart(...place(at));
      range.setEnd(...place(at + sought.length));
      ranges.push(range);
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}

let waiting = 0;
for (const control of [search, lowest]) {
  control.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(update, 60); });
}
for (const control of [size, onlyMarked]) control.addEventListener("change", update);
byId("before").addEventListener("click", () => show(first - Number(size.value)));
byId("after").addEventListener("click", () => { show(first + Number(size.value)); scrollTo(0, 0); });

makeLegend();
byId("scores").hidden = !scored;
const entities = entries.reduce((sum, { marks }) => sum + marks.filter(({ more }) => !more).length, 0);
byId("summary").textContent =
  `${entries.length.toLocaleString("en")} documents, ${entities.toLocaleString("en")} entities of ${types.size} types`;
list.classList.add("ready");
update();
