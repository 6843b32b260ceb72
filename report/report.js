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
// The strip: a tap or Enter keeps a picture flipped; the list chooses the variant that is flipped to.
for (const strip of document.querySelectorAll(".strip")) {
  const pictures = JSON.parse(strip.querySelector("script").textContent);
  const tiles = [...strip.querySelectorAll(".flip")], all = strip.querySelector(".flip-all"), list = strip.querySelector("select");
  const press = (button, down) => button.setAttribute("aria-pressed", down);
  for (const tile of tiles) tile.addEventListener("click", () => press(tile, tile.getAttribute("aria-pressed") !== "true"));
  all.addEventListener("click", () => {
    const down = all.getAttribute("aria-pressed") !== "true";
    for (const button of [all, ...tiles]) press(button, down);
  });
  list.addEventListener("change", () => {
    strip.querySelector(".named").textContent = list.value;
    tiles.forEach((tile, number) => {
      const [whole, pruned] = tile.querySelectorAll("img");
      pruned.src = pictures[list.value][number];
      pruned.alt = whole.alt.replace("unpruned", list.value);
    });
  });
  strip.querySelector(".choices").hidden = false;
}
// The heatmap below Figure 3: hover, tap, arrow keys or the two lists choose a pair; its value is said below.
const CIVIDIS = [[0, 34, 78], [65, 77, 107], [124, 123, 120], [188, 175, 111], [254, 232, 56]];
for (const box of document.querySelectorAll(".lookup")) {
  const maps = JSON.parse(box.querySelector("script").textContent);
  const [model, layer, row, column] = ["model", "layer", "row", "column"].map((name) => box.querySelector(`[name=${name}]`));
  const canvas = box.querySelector("canvas"), brush = canvas.getContext("2d");
  const fill = (list, texts) => { list.replaceChildren(...texts.map((text, index) => new Option(text, index))); };
  let map, values, size, scale, low, high;
  const at = (i, j) => { const [a, b] = i < j ? [i, j] : [j, i]; return values[a * size - a * (a + 1) / 2 + b - a - 1]; };
  const colour = (value) => {
    const place = 4 * (high > low ? (value - low) / (high - low) : 0.5), start = Math.min(3, Math.floor(place));
    return `rgb(${CIVIDIS[start].map((part, index) => Math.round(part + (place - start) * (CIVIDIS[start + 1][index] - part)))})`;
  };
  const draw = () => {
    canvas.width = canvas.height = size * scale;
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) {
      if (i === j) continue;
      brush.fillStyle = colour(at(i, j));
      brush.fillRect(j * scale, i * scale, scale, scale);
    }
    const [i, j] = [Number(row.value), Number(column.value)], width = Math.max(2, scale / 10);
    brush.lineWidth = width;
    brush.strokeStyle = "#d6246e";
    brush.strokeRect(j * scale + width / 2, i * scale + width / 2, scale - width, scale - width);
    const value = i === j ? "the same condition, similarity 1" : `cosine similarity ${at(i, j).toFixed(4).replace("-", "−")}`;
    box.querySelector("output").textContent = `${map.title}, ${layer.selectedOptions[0].text}, conditions ${map.conditions[i]} and ${map.conditions[j]}: ${value}`;
  };
  const choose = (i, j) => { row.value = i; column.value = j; draw(); };
  const show = () => {
    values = map.layers[layer.selectedOptions[0].text];
    [low, high] = [Math.min(...values), Math.max(...values)];
    const every = map.total > size ? ` Every ${map.conditions[1]}th of ${map.total} conditions is shown.` : "";
    box.querySelector(".range").textContent = `Dark ${low.toFixed(4).replace("-", "−")}, bright ${high.toFixed(4).replace("-", "−")}, the diagonal blank.${every}`;
    draw();
  };
  const open = () => {
    map = maps[model.value];
    size = map.conditions.length;
    scale = Math.max(4, Math.floor(600 / size));
    fill(layer, Object.keys(map.layers));
    fill(row, map.conditions);
    fill(column, map.conditions);
    column.value = 1;
    show();
  };
  const point = (event) => {
    const area = canvas.getBoundingClientRect(), cell = (offset, extent) => Math.min(size - 1, Math.max(0, Math.floor(size * offset / extent)));
    choose(cell(event.clientY - area.top, area.height), cell(event.clientX - area.left, area.width));
  };
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("pointerdown", point);
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const inside = (number) => Math.min(size - 1, Math.max(0, number));
    choose(inside(Number(row.value) + step[0]), inside(Number(column.value) + step[1]));
  });
  fill(model, maps.map((one) => one.title));
  model.parentElement.hidden = maps.length < 2;
  model.addEventListener("change", open);
  layer.addEventListener("change", show);
  row.addEventListener("change", draw);
  column.addEventListener("change", draw);
  box.hidden = false;
  open();
}
// Tables say value ± half width; what else a cell holds is said beside it on hover and focus, in the box of its origin, or by "Show all".
const hint = document.createElement("div");
hint.className = "hint";
hint.hidden = true;
hint.setAttribute("aria-hidden", "true"); // it is in the cell, where readers of the screen find it
document.body.append(hint);
let leaving, told;
const stay = () => clearTimeout(leaving);
const leave = () => { leaving = setTimeout(() => { hint.hidden = true; }, 120); };
const tell = (cell) => {
  const more = cell.querySelector(".more");
  if (!more || !cell.closest(".compact")) return;
  stay();
  hint.replaceChildren(...[...more.children].map((part) => part.cloneNode(true)));
  hint.hidden = false;
  told = cell;
  place();
};
const place = () => {
  const area = told.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = hint;
  const below = area.bottom + height < innerHeight || area.top < height;
  hint.style.left = `${Math.max(4, Math.min(area.right - width, innerWidth - width - 4))}px`;
  hint.style.top = `${below ? area.bottom : area.top - height}px`;
};
hint.addEventListener("pointerenter", stay);
hint.addEventListener("pointerleave", leave);
addEventListener("keydown", (event) => { if (event.key === "Escape") hint.hidden = true; });
addEventListener("scroll", () => { if (!hint.hidden) place(); }, { capture: true, passive: true });
for (const table of document.querySelectorAll(".folds")) {
  const button = table.querySelector("button.all");
  table.classList.add("compact");
  button.hidden = false;
  button.addEventListener("click", () => {
    const whole = !table.classList.toggle("compact");
    button.setAttribute("aria-pressed", whole);
    hint.hidden = true;
    fit();
  });
  for (const cell of table.querySelectorAll("td:has(.more)")) {
    cell.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") tell(cell); });
    cell.addEventListener("pointerleave", leave);
    cell.addEventListener("focusin", () => tell(cell));
    cell.addEventListener("focusout", leave);
  }
}
for (const button of document.querySelectorAll("td button.origin")) {
  button.addEventListener("click", () => {
    const box = document.getElementById(button.getAttribute("popovertarget")), more = button.closest("td").querySelector(".more");
    const said = document.createElement("p");
    said.className = "of";
    said.append(button.textContent, ...(more ? [...more.children].map((part) => part.cloneNode(true)) : []));
    box.querySelector(".of")?.remove();
    box.prepend(said);
    hint.hidden = true;
  });
}
// A table that fits scrolls with the page, its heads staying on top; a wider or a longer one scrolls in a box of its own.
const fit = () => {
  for (const box of document.querySelectorAll(".formula")) box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
  for (const box of document.querySelectorAll(".tabled .scroll")) {
    const fits = box.firstElementChild.offsetWidth <= box.clientWidth;
    box.classList.toggle("fits", fits);
    if (fits) box.removeAttribute("tabindex"); else box.tabIndex = 0;
  }
};
addEventListener("resize", fit);
addEventListener("toggle", fit, { capture: true });
fit();
const copying = (button, text, says) => {
  if (!navigator.clipboard) return;
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = "copied";
    if (says) says.textContent = `${label}: done`;
    setTimeout(() => { button.textContent = label; if (says) says.textContent = ""; }, 1500);
  });
};
for (const button of document.querySelectorAll("button.copy")) copying(button, () => button.previousElementSibling.textContent);
for (const button of document.querySelectorAll("button.copies")) {
  const table = button.closest(".tabled");
  copying(button, () => JSON.parse(table.querySelector("script").textContent)[button.dataset.form], table.querySelector("[role=status]"));
}
// Printed pages show what is folded away on the screen.
addEventListener("beforeprint", () => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
