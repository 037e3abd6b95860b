"use strict";
const byId = (id) => document.getElementById(id);
const LOWEST = 0.05;  // entities are asked for down to this score, so that the slider shows them at once
const EXAMPLE = "Angela Merkel besuchte Paris und sprach mit Emmanuel Macron über Airbus.\n" +
  "Tim Cook leads Apple, which was founded in Cupertino.\n马云在杭州创立了阿里巴巴。\nسافر أحمد من القاهرة إلى بيروت.";

let asked = [{ name: "person" }, { name: "organization" }, { name: "location" }];
let reading = null;  // the AbortController of what is being read
let read = { text: "", entities: [], until: 0, language: null, notes: new Set() };
const off = new Set();  // types that are hidden

// --- what is asked for

function showTypes() {
  byId("types").replaceChildren(...asked.map(({ name, description }, place) => {
    const item = document.createElement("li"), label = document.createElement("span"), away = document.createElement("button");
    item.className = look(name);
    label.dir = "auto";
    label.title = description ? `${name}: ${description}` : name;
    label.textContent = name;
    if (description) {
      const told = document.createElement("small");
      told.textContent = description;
      label.append(told);
    }
    away.type = "button";
    away.textContent = "×";
    away.setAttribute("aria-label", `Remove ${name}`);
    away.addEventListener("click", () => {
      asked = asked.filter((_, other) => other !== place);
      showTypes();
      (byId("types").querySelectorAll("button")[Math.min(place, asked.length - 1)] ?? byId("type-name")).focus();
    });
    item.append(label, away);
    return item;
  }));
}

function addTypes() {
  const description = byId("type-description").value.trim();
  const names = description ? [byId("type-name").value] : byId("type-name").value.split(",");
  for (const name of names.map((each) => each.trim()).filter(Boolean)) {
    asked = [...asked.filter((each) => each.name !== name), description ? { name, description } : { name }];
  }
  byId("type-name").value = byId("type-description").value = "";
  showTypes();
  byId("type-name").focus();
}

// types as the interface takes them: the pasted taxonomy where there is one
function typesAsked() {
  const pasted = byId("taxonomy").value.trim();
  if (!pasted) return asked;
  if (!/^[[{]/.test(pasted)) return pasted.split(/[\n,]/).map((each) => each.trim()).filter(Boolean);
  try {
    return JSON.parse(pasted);
  } catch (error) {
    throw new Error(`The taxonomy is not JSON: ${error.message}`);
  }
}

function showSize() {
  const { length } = byId("text").value;
  byId("text-note").textContent = `${length.toLocaleString("en")} characters`;
}

async function openFile(file) {
  if (!file) return;
  if (file.size > 4_000_000) return tellProblem(`${file.name} has ${file.size.toLocaleString("en")} bytes; at most 4,000,000 fit here`);
  try {
    byId("text").value = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    tellProblem("");
  } catch {
    tellProblem(`${file.name} is no text in UTF-8`);
  }
  showSize();
}

// --- reading

function tellProblem(message) {
  byId("problem").textContent = message;
  byId("problem").hidden = !message;
}

async function ask(body, signal) {
  const token = byId("token").value;
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  for (;;) {
    const answer = await fetch("/v1/entities", { method: "POST", headers, body: JSON.stringify(body), signal });
    if (answer.ok) return (await answer.json()).documents[0];
    const { error } = await answer.json().catch(() => ({ error: `status ${answer.status}` }));
    if (answer.status === 401) {
      byId("token-part").hidden = false;
      byId("token").focus();
    }
    if (answer.status !== 429) throw new Error(error);
    byId("status").textContent = "many texts wait; trying again";
    const seconds = Number(answer.headers.get("Retry-After")) || 1;
    await new Promise((done) => {
      setTimeout(done, 1000 * seconds);
      signal.addEventListener("abort", done, { once: true });
    });
    signal.throwIfAborted();
  }
}

async function find() {
  if (reading) return;
  const text = byId("text").value;
  tellProblem("");
  const lowest = Number(byId("lowest").value);
  let types;
  try {
    types = typesAsked();
  } catch (error) {
    return tellProblem(error.message);
  }
  reading = new AbortController();
  read = { text, entities: [], until: 0, language: null, notes: new Set() };
  off.clear();
  setBusy(true);
  try {
    for (const piece of pieces(text)) {
      const found = await ask({
        text: piece.text, types, language: byId("language").value || null, min_score: lowest,
        unsure_from: LOWEST < lowest ? LOWEST : null, alternatives: 3, offsets: "utf-16",
      }, reading.signal);
      take(piece, found);
    }
    byId("status").textContent = told();
  } catch (error) {
    if (error.name !== "AbortError") tellProblem(error.message);
    byId("status").textContent = error.name === "AbortError" ? `stopped; ${told()}` : "";
  } finally {
    reading = null;
    setBusy(false);
    show();
  }
}

function take(piece, found) {
  for (const { unsure, ...entity } of found.entities) {
    read.entities.push({ ...entity, start: entity.start + piece.start, end: entity.end + piece.start });
  }
  read.until = piece.start + piece.text.length;
  read.language ??= found.language;
  for (const each of found.notes ?? []) read.notes.add(each);
  byId("progress").value = read.until / Math.max(1, read.text.length);
  byId("status").textContent = `${Math.floor((100 * read.until) / Math.max(1, read.text.length))} % read`;
  show();
}

function setBusy(busy) {
  byId("result").hidden = false;
  byId("find").disabled = busy;
  byId("stop").hidden = !busy;
  byId("progress").hidden = !busy;
  byId("progress").value = 0;
  byId("result").setAttribute("aria-busy", String(busy));
  if (!busy) return;
  byId("status").textContent = "reading …";
  byId("result").scrollIntoView({ block: "nearest" });
}

function told() {
  const number = likely().length;
  const language = read.language ? `, read as ${languageName(read.language)}` : "";
  return `${number.toLocaleString("en")} ${number === 1 ? "entity" : "entities"}${language}`;
}

// --- what was found

const likely = () => read.entities.filter(({ score }) => score === null || score >= Number(byId("lowest").value));

function show() {
  const counts = new Map();
  for (const { type } of likely()) counts.set(type, (counts.get(type) ?? 0) + 1);
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const active = document.activeElement;
  const focused = byId("legend").contains(active) ? active.dataset.type : null;
  const place = [...byId("shown").querySelectorAll("mark")].indexOf(active);  // marks come in the order of the text
  byId("legend").replaceChildren(...sorted.map(([type, count]) => {
    const button = document.createElement("button"), name = document.createElement("span"), number = document.createElement("b");
    button.type = "button";
    button.className = look(type);
    button.dataset.type = type;
    button.setAttribute("aria-pressed", String(!off.has(type)));
    name.dir = "auto";
    name.textContent = type;
    number.textContent = count.toLocaleString("en");
    button.append(name, number);
    button.addEventListener("click", () => { if (!off.delete(type)) off.add(type); show(); });
    return button;
  }));
  if (focused) [...byId("legend").children].find((each) => each.dataset.type === focused)?.focus();
  const visible = likely().filter(({ type }) => !off.has(type));
  const points = inCodePoints(read.text, visible);
  visible.forEach((entity, place) => { entity.told = { start: points[place].start, end: points[place].end }; });
  const rest = document.createElement("span");
  rest.className = "waiting";
  rest.append(read.text.slice(read.until));
  byId("shown").replaceChildren(marked(read.text.slice(0, read.until), visible), rest);
  if (place >= 0) byId("shown").querySelectorAll("mark")[place]?.focus({ preventScroll: true });
  byId("notes").textContent = [...read.notes].join("; ");
  byId("notes").hidden = !read.notes.size;
}

async function copy() {
  const entities = inCodePoints(read.text, likely().filter(({ type }) => !off.has(type))).map(({ told, ...entity }) => entity);
  const json = JSON.stringify({ id: "1", text: read.text, language: read.language, entities }, null, 1);
  try {
    await navigator.clipboard.writeText(json);
  } catch {  // not given to pages that came over plain HTTP from another machine
    const area = document.createElement("textarea");
    area.value = json;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  byId("copy").focus();
  byId("copy").textContent = "Copied";
  setTimeout(() => { byId("copy").textContent = "Copy JSON"; }, 1500);
}

// --- languages

const names = new Intl.DisplayNames(["en"], { type: "language" });
function languageName(code) {
  try {
    return names.of(code);
  } catch {
    return code;
  }
}

async function listLanguages() {
  const token = byId("token").value;
  const answer = await fetch("/v1/adapters", { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  byId("token-part").hidden = answer.status !== 401 && !token;
  if (!answer.ok) return;
  const options = (await answer.json()).languages.map((code) => new Option(languageName(code), code));
  options.sort((a, b) => (a.text < b.text ? -1 : 1));
  byId("language").replaceChildren(byId("language").options[0], ...options);
}

// --- wiring

const text = byId("text");
byId("form").addEventListener("submit", (event) => { event.preventDefault(); find(); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); find(); }
  if (event.key === "Escape") reading?.abort();
});
for (const id of ["type-name", "type-description"]) {
  byId(id).addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) { event.preventDefault(); addTypes(); }
  });
}
byId("add-type").addEventListener("click", addTypes);
byId("stop").addEventListener("click", () => reading?.abort());
byId("copy").addEventListener("click", copy);
byId("example").addEventListener("click", () => { text.value = EXAMPLE; showSize(); });
byId("file").addEventListener("change", ({ target }) => { openFile(target.files[0]); target.value = ""; });
byId("taxonomy").addEventListener("input", ({ target }) => { byId("types").classList.toggle("out", Boolean(target.value.trim())); });
byId("token").addEventListener("change", listLanguages);
text.addEventListener("input", showSize);
text.addEventListener("dragover", (event) => { event.preventDefault(); text.classList.add("over"); });
text.addEventListener("dragleave", () => text.classList.remove("over"));
text.addEventListener("drop", (event) => {
  text.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file) { event.preventDefault(); openFile(file); }
});
byId("lowest").addEventListener("input", ({ target }) => {
  byId("lowest-shown").textContent = Number(target.value).toFixed(2);
  if (!byId("result").hidden) { show(); if (!reading) byId("status").textContent = told(); }
});
showTypes();
showSize();
listLanguages();
