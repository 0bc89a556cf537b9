"use strict";
// Sorts and filters the table of every number, keeps in the address what is shown, and saves it as CSV; the page
// says everything without it.
(() => {
  const table = document.getElementById("cells");
  const form = document.getElementById("filter");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const asWritten = [...rows];
  const heads = Array.from(table.tHead.rows[0].cells);
  const titles = heads.map((head) => head.textContent);
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  // What is missing stands last, whatever the direction.
  const compare = (a, b, direction) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    if (typeof a === "number") return direction * (a - b);
    return direction * a.localeCompare(b, "en", { numeric: true });
  };
  const sorted = { index: -1, direction: 1 };
  const sort = (index, direction) => {
    Object.assign(sorted, { index, direction });
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    rows.splice(0, rows.length, ...asWritten);
    if (index >= 0) {
      const keys = new Map(rows.map((row) => {
        const { dataset, textContent } = row.cells[index];
        const value = dataset.value;
        return [row, value === undefined ? textContent : value === "" ? "" : Number(value)];
      }));
      rows.sort((a, b) => compare(keys.get(a), keys.get(b), direction));
      heads[index].setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    }
    body.append(...rows);
  };

  const choices = ["workload", "model"].map((name) => {
    const select = form.elements[name];
    const index = titles.indexOf(name);
    const values = new Set(rows.map((row) => row.cells[index].textContent));
    values.forEach((value) => select.add(new Option(value, value)));
    return { name, select, index, values };
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

  // The address: #numbers?workload=…&model=…&words=…&sort=TITLE&down=1; what it does not know, it leaves out.
  const VIEW = "#numbers?";
  const WORDS_MOST = 200;
  const keep = () => {
    const view = new URLSearchParams();
    choices.forEach(({ name, select }) => select.value && view.set(name, select.value));
    if (form.elements.words.value) view.set("words", form.elements.words.value);
    if (sorted.index >= 0) view.set("sort", titles[sorted.index]);
    if (sorted.index >= 0 && sorted.direction < 0) view.set("down", "1");
    history.replaceState(null, "", String(view) ? VIEW + view : "#numbers");
  };
  const restore = () => {
    if (!location.hash.startsWith(VIEW)) return;
    const view = new URLSearchParams(location.hash.slice(VIEW.length));
    choices.forEach(({ name, select, values }) => {
      select.value = values.has(view.get(name)) ? view.get(name) : "";
    });
    form.elements.words.value = (view.get("words") ?? "").slice(0, WORDS_MOST);
    sort(titles.indexOf(view.get("sort")), view.get("down") === "1" ? -1 : 1);
    filter();
    document.getElementById("numbers").scrollIntoView();
  };

  // As CSV (RFC 4180): the rows that are shown, numbers to six digits or more. What a spreadsheet would carry out
  // is escaped where the page is made.
  const fields = (cell, count) => {
    const { csv, value } = cell.dataset;
    const said = csv ?? value ?? cell.textContent;
    if (count === 1) return [said];
    return said ? said.split(" ") : Array(count).fill("");
  };
  const line = (parts) => parts.map((part) => (
    /[",\r\n]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)).join(",") + "\r\n";
  const save = () => {
    const names = heads.map((head) => head.dataset.csv.split(" "));
    const lines = rows.filter((row) => !row.hidden).map((row) => line(
      names.flatMap((parts, index) => fields(row.cells[index], parts.length))));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([line(names.flat()), ...lines], { type: "text/csv" }));
    link.download = "numbers.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };

  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      sort(index, head.getAttribute("aria-sort") === "ascending" ? -1 : 1);
      keep();
    });
  });
  const button = document.createElement("button");
  button.type = "button";
  button.id = "save";
  button.textContent = "Save these rows as CSV";
  button.addEventListener("click", save);
  form.append(button);
  form.addEventListener("input", () => {
    filter();
    keep();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();
  restore();
  addEventListener("hashchange", restore);
})();
