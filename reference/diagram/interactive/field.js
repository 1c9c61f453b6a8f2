// Layers on top of each other, below the page of a convolution: which cells of the picture reach one output.
(() => {
  "use strict";
  const { $, all, data, say } = PAGE;
  const LAYERS = 3;

  const state = { windows: [], top: LAYERS, place: [0, 0] };
  const choices = all("[data-layer]");
  const hosts = all("[data-level]");
  let layers;

  const heights = () => [data.field.shape, ...layers.map((layer) => layer.out)];
  const draws = hosts.map((host, level) => GRIDS.grid(host, level ? (i, j) => {
    [state.top, state.place] = [level, [i, j]];
    draw();
  } : null));

  function read() {
    state.windows = Array.from({ length: LAYERS }, () => ({ padding: "valid" }));
    for (const choice of choices) {
      const value = Number(choice.value);
      state.windows[Number(choice.dataset.layer)][choice.dataset.kind] = choice.dataset.kind === "size" ? [value, value] : value;
    }
  }

  // In the middle of the highest layer that has a cell.
  function toTheMiddle() {
    layers = WINDOWS.stacked(data.field.shape, state.windows);
    const filled = layers.findIndex((layer) => !layer.out.every(Boolean));
    state.top = filled === -1 ? LAYERS : filled;
    if (state.top) state.place = layers[state.top - 1].out.map((length) => Math.floor(length / 2));
  }

  function draw() {
    const grids = state.top ? WINDOWS.reaching(layers, state.top, state.place) : [];
    heights().forEach(([rows, columns], level) => {
      const ways = grids[level];
      const most = ways && Math.max(...ways.flat());
      const fits = rows > 0 && columns > 0;
      draws[level]({
        rows: fits ? rows : 0,
        columns: fits ? columns : 0,
        label: `${nameOf(level)}, ${say("{rows} rows, {columns} columns", { rows, columns })}`,
        chosen: level === state.top ? state.place : null,
        of(i, j) {
          const count = ways ? ways[i][j] : 0;
          const where = say("row {row}, column {column}", { row: i + 1, column: j + 1 });
          return { shade: ways && level < state.top ? count / most : 0, kind: count ? "reached" : "", name: level ? where : "" };
        },
      });
      hosts[level].closest(".level").querySelector("small").textContent = fits ? `${rows} × ${columns}` : say("does not fit");
    });
    const fields = WINDOWS.fields(state.windows);
    fields.forEach(({ r, g }, n) => ($(`field-${n}`).replaceChildren(PAGE.formula(say("r = {r}, g = {g}", { r, g })))));
    const seen = (grids[0] || []).flatMap((row, i) => row.flatMap((ways, j) => (ways ? [[i, j]] : [])));
    const [rows, columns] = [0, 1].map((axis) => {
      const along = seen.map((cell) => cell[axis]);
      return Math.max(...along) - Math.min(...along) + 1;
    });
    const values = { row: state.place[0] + 1, column: state.place[1] + 1, layer: state.top, rows, columns, count: seen.length };
    $("reach").textContent = state.top
      ? say("Row {row}, column {column} of layer {layer} sees {count} cells of the picture, within {rows} × {columns}. The stronger the colour, the more ways lead there.", values)
      : say("The window is larger than the picture: there is no place for it.");
  }

  const nameOf = (level) => (level ? say("layer {layer}", { layer: level }) : say("picture"));

  function changed() {
    read();
    toTheMiddle();
    draw();
    for (const button of all("[data-stack]")) {
      const wanted = data.field.presets[button.dataset.stack];
      const pressed = choices.every((choice) => Number(choice.value) === wanted[Number(choice.dataset.layer)][choice.dataset.kind]);
      button.setAttribute("aria-pressed", String(pressed));
    }
  }

  for (const choice of choices) choice.addEventListener("change", changed);
  for (const button of all("[data-stack]")) button.addEventListener("click", () => {
    const wanted = data.field.presets[button.dataset.stack];
    for (const choice of choices) choice.value = wanted[Number(choice.dataset.layer)][choice.dataset.kind];
    changed();
  });
  changed();
})();
