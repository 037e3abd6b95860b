"use strict";
// What is told of an entity stays inside the window, wherever its mark stands: on a page of documents, in a report, and
// on the page of the server.
function keepInside({ target }) {
  const mark = target.closest?.("mark");
  if (!mark) return;
  mark.style.setProperty("--shift", "0px");
  const width = Math.min(352, innerWidth * 0.9), left = mark.getClientRects()[0].left;
  mark.style.setProperty("--shift", `${Math.min(0, innerWidth - 8 - width - left)}px`);
}
for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, keepInside);
