// The page of a window that slides over a picture: reads the sliders, computes all places again, writes every number. What is
// made of the numbers under the window stands in the file of the operation, which the data name.
(() => {
  "use strict";
  const { $, all, data, say } = PAGE;
  const { short } = NUMBERS;

  const operation = { convolution: () => CONVOLUTION, pooling: () => POOLING }[data.operation]();
  const copy = (grid) => grid.map((row) => row.slice());
  const state = {
    ...data.settings, picture: copy(data.picture), kernel: data.kernel && copy(data.kernel), place: [0, 0], cell: null, weight: [0, 0],
  };
  const largest = (grid) => Math.max(1e-9, ...grid.flat().filter(Number.isFinite).map(Math.abs));

  let geometry, output;
  const cellsAt = (place) => WINDOWS.under(geometry, place);

  function compute() {
    geometry = WINDOWS.laid([state.picture.length, state.picture[0].length], operation.window(state));
    output = WINDOWS.overAll(geometry, (cells) => operation.output(state.picture, state, cells));
    state.place = state.place.map((at, axis) => Math.max(0, Math.min(at, geometry.out[axis] - 1)));
  }

  const fits = () => geometry.out.every(Boolean);
  const named = (row, column, value) => `${say("row {row}, column {column}", { row: row + 1, column: column + 1 })}: ${value}`;
  const sized = (word, rows, columns) => `${say(word)}, ${say("{rows} rows, {columns} columns", { rows, columns })}`;

  // ---- the grids ----

  const captions = new Map(all("[data-grid]").map((host) => [host.dataset.grid, host]));
  const draws = {
    picture: GRIDS.grid(captions.get("picture"), (i, j) => {
      state.cell = [i - geometry.before[0], j - geometry.before[1]];
      $("said").textContent = say("This number of the picture reaches {count} places of the output.", { count: readers().length });
      draw();
    }),
    kernel: captions.has("kernel") && GRIDS.grid(captions.get("kernel"), (i, j) => {
      state.weight = [i, j];
      draw();
    }),
    products: GRIDS.grid(captions.get("products")),
    output: GRIDS.grid(captions.get("output"), (i, j) => {
      state.place = [i, j];
      draw();
    }),
  };

  // The places of the output that read the chosen number of the picture.
  function readers() {
    if (!state.cell) return [];
    const found = [];
    output.forEach((row, i) => row.forEach((_, j) => {
      if (cellsAt([i, j]).some(({ row: r, column: c }) => r === state.cell[0] && c === state.cell[1])) found.push(`${i},${j}`);
    }));
    return found;
  }

  function drawGrids() {
    const { shape, before, after } = geometry;
    const cells = fits() ? cellsAt(state.place) : [];
    const under = new Map(cells.map((cell) => [`${cell.row},${cell.column}`, cell]));
    const [most, mostOut, reached] = [largest(state.picture), largest(output), new Set(readers())];
    const best = data.operation === "pooling" && state.mode === "max" && fits() ? output[state.place[0]][state.place[1]] : null;
    draws.picture({
      rows: before[0] + shape[0] + after[0],
      columns: before[1] + shape[1] + after[1],
      label: sized("picture", ...shape),
      chosen: state.cell && state.cell.map((at, axis) => at + before[axis]),
      of(i, j) {
        const [row, column] = [i - before[0], j - before[1]];
        const inside = row >= 0 && column >= 0 && row < shape[0] && column < shape[1];
        const covered = under.has(`${row},${column}`) ? "under" : "";
        if (!inside) return { text: data.operation === "pooling" ? "" : "0", kind: `border ${covered}`, fixed: true };
        const value = state.picture[row][column];
        return { text: short(value), name: named(row, column, short(value)), shade: value / most, kind: covered };
      },
    });
    if (draws.kernel) draws.kernel({
      rows: state.kernel.length,
      columns: state.kernel[0].length,
      label: sized("kernel", state.kernel.length, state.kernel[0].length),
      chosen: state.weight,
      of: (i, j) => {
        const value = state.kernel[i][j];
        return { text: short(value), name: named(i, j, short(value)), shade: value / largest(state.kernel), kind: "kernel" };
      },
    });
    const [rows, columns] = geometry.size;
    const values = cells.map((cell) => operation.product(state.picture, state, cell));
    draws.products({
      rows: fits() ? rows : 0,
      columns: fits() ? columns : 0,
      label: sized(data.operation === "pooling" ? "under the window" : "products", rows, columns),
      chosen: null,
      of(i, j) {
        const value = values[i * columns + j];
        if (value === null) return { kind: "border", name: named(i, j, "–") };
        const wins = value === best ? "wins" : "";
        return { text: short(value), name: named(i, j, short(value)), shade: value / Math.max(most, largest([values])), kind: `under ${wins}` };
      },
    });
    draws.output({
      rows: fits() ? geometry.out[0] : 0,
      columns: fits() ? geometry.out[1] : 0,
      label: sized("output", ...geometry.out),
      chosen: fits() ? state.place : null,
      of: (i, j) => ({
        text: short(output[i][j]), name: named(i, j, short(output[i][j])), shade: output[i][j] / mostOut,
        kind: reached.has(`${i},${j}`) ? "reached" : "",
      }),
    });
    for (const [name, host] of captions) {
      const size = { picture: shape, kernel: geometry.size, products: geometry.size, output: geometry.out }[name];
      host.querySelector("small").textContent = `${size[0]} × ${size[1]}`;
    }
  }

  // How large the output is, and why.
  function drawSize() {
    const { shape, size, out, stride, dilation } = geometry;
    const lines = ["rows", "columns"].map((word, axis) => {
      const span = WINDOWS.span(size[axis], dilation);
      const sum = state.padding === "same" ? `⌈${shape[axis]} / ${stride}⌉` : `⌊(${shape[axis]} − ${span}) / ${stride}⌋ + 1`;
      return `${say(word)}: ${sum} = ${out[axis]}`;
    });
    if (dilation > 1) lines.unshift(say("The window spans {span} cells.", { span: WINDOWS.span(size[0], dilation) }));
    if (dilation > 1 && stride > 1) lines.push(say("Keras refuses a stride and a dilation together; PyTorch has both."));
    $("size").replaceChildren(...lines.map((line) => PAGE.make("span", {}, line)));
  }

  // ---- sliders ----

  const SETTINGS = ["stride", "dilation", "size", "bias"];

  function current(name) {
    if (SETTINGS.includes(name)) return [state[name], data.settings[name]];
    if (name === "k") return [state.kernel, data.kernel].map((grid) => (grid[state.weight[0]] || [])[state.weight[1]]);
    const [row, column] = state.cell || [0, 0];
    return [state.picture[row][column], data.picture[row][column]];
  }

  function move(name, value) {
    const put = value === null ? current(name)[1] : value;
    if (SETTINGS.includes(name)) state[name] = put;
    else if (name === "k") state.kernel[state.weight[0]][state.weight[1]] = put === undefined ? 0 : put;
    else {
      state.cell = state.cell || [0, 0];
      state.picture[state.cell[0]][state.cell[1]] = put;
    }
    $("said").textContent = say("Move a slider: the whole output follows.");
    draw();
  }

  function drawSliders() {
    for (const [name, slider] of sliders) {
      const [value, rest] = current(name);
      slider.show(value, short(value), value !== rest);
    }
    for (const [name, [row, column]] of [["x", state.cell || [0, 0]], ["k", state.weight]]) {
      const where = document.querySelector(`[data-where="${name}"]`);
      if (where) where.textContent = say("row {row}, column {column}", { row: row + 1, column: column + 1 });
    }
    $("padding").value = state.padding;
    const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
    for (const button of all("[data-preset]")) {
      const { kernel, mode } = data.presets[button.dataset.preset];
      button.setAttribute("aria-pressed", String(kernel ? same(kernel, state.kernel) : mode === state.mode));
    }
    const [count, place] = [geometry.out[0] * geometry.out[1], state.place[0] * geometry.out[1] + state.place[1]];
    if (count) showPlace(place, count, say("row {row}, column {column}", { row: state.place[0] + 1, column: state.place[1] + 1 }));
  }

  // ---- together ----

  function draw() {
    compute();
    drawGrids();
    drawSize();
    drawSliders();
    if (fits())
      PAGE.tell(operation.told(state.picture, state, cellsAt(state.place), (name, values) => say(data.explanations[name], values)));
    else PAGE.tell([say("The window is larger than the picture: there is no place for it.")]);
  }

  function go(place) {
    const count = geometry.out[0] * geometry.out[1];
    const at = Math.max(0, Math.min(count - 1, place));
    state.place = [Math.floor(at / geometry.out[1]), at % geometry.out[1]];
    draw();
  }

  for (const button of all("[data-preset]")) button.addEventListener("click", () => {
    const { sentence, kernel, mode } = data.presets[button.dataset.preset];
    if (kernel) [state.kernel, state.weight] = [copy(kernel), [0, 0]];
    if (mode) state.mode = mode;
    $("said").textContent = say(sentence);
    draw();
  });
  $("padding").addEventListener("change", (event) => {
    state.padding = event.target.value;
    draw();
  });

  $("still").remove();
  PAGE.begin();
  const sliders = PAGE.sliders(move);
  const showPlace = PAGE.stepper(1, go);
  draw();
  $("said").textContent = say("Move a slider: the whole output follows.");
})();
