"use strict";
// Shows the mistakes of the chosen kinds and type.
const list = document.getElementById("mistakes");
if (list) {
  const items = [...list.children], type = document.getElementById("type");
  const buttons = [...document.querySelectorAll("button[data-kind]")];
  const update = () => {
    const kinds = buttons.filter((each) => each.ariaPressed === "true").map((each) => each.dataset.kind);
    for (const item of items) {
      const { kind, gold, predicted } = item.dataset;
      item.hidden = !kinds.includes(kind) || (type.value !== "" && gold !== type.value && predicted !== type.value);
    }
    document.getElementById("shown").textContent = `${items.filter((each) => !each.hidden).length} shown`;
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      button.ariaPressed = button.ariaPressed === "true" ? "false" : "true";
      update();
    });
  }
  type.addEventListener("change", update);
  update();
}
