"use strict";
// Column heads sort the rows of each block; numbers by their exact value, absent ones last.
for (const head of document.querySelectorAll("table.grid th[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    const numeric = head.dataset.sort === "number";
    const key = (row) => {
      const cell = row.cells[head.cellIndex];
      return numeric ? parseFloat(cell.dataset.value) : cell.textContent.trim();
    };
    const order = (a, b) => {
      const [left, right] = [key(a), key(b)];
      if (!numeric) return (up ? 1 : -1) * left.localeCompare(right);
      if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) - Number.isNaN(right);
      return (up ? 1 : -1) * (left - right);
    };
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    for (const body of head.closest("table").tBodies) {
      const rows = [...body.rows].filter((row) => !row.classList.contains("section"));
      body.append(...rows.sort(order));
    }
  });
}
for (const button of document.querySelectorAll("button.copy")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}
// Printed pages show what is folded away on the screen.
addEventListener("beforeprint", () => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
