// Grids of numbers to point at, with the mouse or the arrow keys.
const GRIDS = (() => {
  "use strict";
  const { make, all, arrows } = PAGE;
  const SIDE = 30;

  // In the element `host`; `choose(row, column)` is called when a cell is pressed or gets the focus.
  function grid(host, choose) {
    let [rows, columns, sheet, cells] = [-1, -1, null, []];

    function build() {
      sheet = make("svg", { class: "grid", viewBox: `0 0 ${columns * SIDE} ${rows * SIDE}`, role: "group" });
      host.style.setProperty("--columns", columns);
      cells = Array.from({ length: rows }, (_, i) =>
        Array.from({ length: columns }, (_, j) => {
          const ground = { x: j * SIDE + 1, y: i * SIDE + 1, width: SIDE - 2, height: SIDE - 2, rx: 3 };
          const cell = make("g", {}, make("rect", { ...ground, class: "ground" }), make("rect", { ...ground, class: "shade" }));
          cell.append(make("text", { x: (j + 0.5) * SIDE, y: (i + 0.5) * SIDE + 4, "text-anchor": "middle" }));
          sheet.append(cell);
          return cell;
        }),
      );
      host.querySelectorAll("svg").forEach((old) => old.remove());
      host.append(sheet);
    }

    // `label`: of all; `of(i, j)`: {text, name, shade from −1 to 1, kind, fixed}; `chosen`: [row, column] or null.
    function draw({ rows: tall, columns: wide, label, of, chosen }) {
      const focused = sheet && sheet.contains(document.activeElement);
      if (tall !== rows || wide !== columns) {
        [rows, columns] = [tall, wide];
        build();
      }
      sheet.setAttribute("aria-label", label);
      cells.forEach((row, i) =>
        row.forEach((cell, j) => {
          const { text = "", name = "", shade = 0, kind = "", fixed = false } = of(i, j);
          const here = Boolean(chosen) && chosen[0] === i && chosen[1] === j;
          cell.setAttribute("class", `cell ${kind} ${here ? "here" : ""} ${shade < 0 ? "minus" : "plus"}`);
          cell.querySelector(".shade").style.fillOpacity = Math.min(1, Math.abs(shade)) * 0.6;
          const written = cell.querySelector("text");
          written.textContent = text;
          written.style.fontSize = `${text.length > 5 ? 8.5 : text.length > 3 ? 10.5 : 13}px`;
          cell.setAttribute("aria-label", name);
          cell.dataset.at = fixed ? "" : `${i},${j}`;
          if (!choose || fixed) {
            ["tabindex", "role", "aria-pressed"].forEach((attribute) => cell.removeAttribute(attribute));
            if (name) cell.setAttribute("role", "img");
          } else {
            cell.setAttribute("role", "button");
            cell.setAttribute("aria-pressed", String(here));
            cell.setAttribute("tabindex", here ? "0" : "-1");
          }
        }),
      );
      // Something must be reachable with the tab key.
      if (choose && !sheet.querySelector('[tabindex="0"]')) all('[role="button"]', sheet).slice(0, 1).forEach((cell) => cell.setAttribute("tabindex", "0"));
      if (focused && chosen) cells[chosen[0]][chosen[1]].focus({ preventScroll: true });
    }

    if (choose) {
      const placeOf = (event) => {
        const cell = event.target.closest(".cell");
        return cell && cell.dataset.at ? cell.dataset.at.split(",").map(Number) : null;
      };
      host.addEventListener("click", (event) => {
        const place = placeOf(event);
        if (!place) return;
        choose(...place);
        cells[place[0]][place[1]].focus({ preventScroll: true });
      });
      arrows(host, (across, down) => {
        const now = document.activeElement.closest(".cell");
        if (!now || !now.dataset.at) return;
        const [i, j] = now.dataset.at.split(",").map(Number);
        const next = cells[i + down] && cells[i + down][j + across];
        if (!next || !next.dataset.at) return;
        next.focus({ preventScroll: true });
        choose(i + down, j + across);
      });
    }
    return draw;
  }

  return { grid };
})();
