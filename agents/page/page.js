"use strict";
// Sorts tables by the column whose heading is pressed, and shows the drives that the filters let through.

function valueOf(row, column, kind) {
  const text = row.cells[column].textContent.trim();
  if (kind === "text") return text;
  const number = text === "\u221e" ? Number.POSITIVE_INFINITY : Number.parseFloat(text);
  return Number.isNaN(number) ? Number.NEGATIVE_INFINITY : number;
}

function sortBy(table, heading) {
  const column = heading.cellIndex, kind = heading.dataset.kind;
  const ascending = heading.getAttribute("aria-sort") !== "ascending";
  const sign = ascending ? 1 : -1;
  const rows = Array.from(table.tBodies[0].rows, (row) => [valueOf(row, column, kind), row]);
  rows.sort(([a], [b]) => sign * (kind === "text" ? a.localeCompare(b) : a < b ? -1 : a > b ? 1 : 0));
  table.tBodies[0].append(...rows.map(([, row]) => row));
  for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
}

function filter(table, filters) {
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const fits = filters.every(({ value, dataset }) => value === "" || row.cells[dataset.column].textContent === value);
    row.hidden = !fits;
    shown += fits;
  }
  document.getElementById("shown").textContent = `${shown} drives`;
}

for (const table of document.querySelectorAll("table.sortable")) {
  for (const heading of table.tHead.rows[0].cells) {
    heading.querySelector("button").addEventListener("click", () => sortBy(table, heading));
  }
}

const drives = document.getElementById("drives-table");
const filters = Array.from(document.querySelectorAll("select[data-column]"));
for (const select of filters) select.addEventListener("change", () => filter(drives, filters));
filter(drives, filters);
