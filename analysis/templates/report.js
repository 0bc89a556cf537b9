"use strict";
// Sorts and filters the table of every number; the page says everything without it.
(() => {
  const table = document.getElementById("cells");
  const form = document.getElementById("filter");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const column = (name) => heads.findIndex((head) => head.textContent.toLowerCase() === name);

  // What is missing stands last, whatever the direction.
  const compare = (a, b, direction) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    if (typeof a === "number") return direction * (a - b);
    return direction * a.localeCompare(b, "en", { numeric: true });
  };
  const sort = (index) => {
    const head = heads[index];
    const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const keys = new Map(rows.map((row) => {
      const { dataset, textContent } = row.cells[index];
      const value = dataset.value;
      return [row, value === undefined ? textContent : value === "" ? "" : Number(value)];
    }));
    rows.sort((a, b) => compare(keys.get(a), keys.get(b), direction));
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    body.append(...rows);
  };

  const choices = ["workload", "model"].map((name) => {
    const select = form.elements[name];
    const index = column(name);
    const values = new Set(rows.map((row) => row.cells[index].textContent));
    values.forEach((value) => select.add(new Option(value, value)));
    return { select, index };
  });
  const filter = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/);
    let left = 0;
    rows.forEach((row) => {
      const text = texts.get(row);
      row.hidden = !(words.every((word) => text.includes(word)) && choices.every(
        ({ select, index }) => !select.value || row.cells[index].textContent === select.value));
      left += !row.hidden;
    });
    form.querySelector("output").textContent = `${left} of ${rows.length} cells`;
  };

  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(index));
  });
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
})();
