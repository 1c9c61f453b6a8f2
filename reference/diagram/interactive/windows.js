// Where a window lies while it slides over a picture: plain arrays in, plain arrays out, nothing of a page.
// A window is {size: [height, width], stride, padding, dilation}, the same stride and dilation down and across.
const WINDOWS = (() => {
  "use strict";

  const span = (size, dilation) => dilation * (size - 1) + 1;

  function outputLength(length, size, stride, padding, dilation) {
    if (padding === "same") return Math.ceil(length / stride);
    return Math.max(0, Math.floor((length - span(size, dilation)) / stride) + 1);
  }

  // How many cells are added before and after. An odd one out comes after, as in Keras.
  function padAmounts(length, size, stride, padding, dilation) {
    if (padding === "valid") return [0, 0];
    const places = outputLength(length, size, stride, padding, dilation);
    const total = Math.max(0, (places - 1) * stride + span(size, dilation) - length);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  }

  // The sizes of everything, each [down, across], for a picture of a shape.
  function laid(shape, { size, stride, padding, dilation }) {
    const amounts = shape.map((length, axis) => padAmounts(length, size[axis], stride, padding, dilation));
    return {
      shape, size, stride, dilation,
      before: amounts.map(([before]) => before),
      after: amounts.map(([, after]) => after),
      out: shape.map((length, axis) => outputLength(length, size[axis], stride, padding, dilation)),
    };
  }

  // The cells under the window at one place of the output, row by row: which of the window, which of the picture.
  function under({ shape, size, stride, dilation, before }, [i, j]) {
    const cells = [];
    for (let m = 0; m < size[0]; m++)
      for (let n = 0; n < size[1]; n++) {
        const [row, column] = [i * stride - before[0] + m * dilation, j * stride - before[1] + n * dilation];
        cells.push({ m, n, row, column, inside: row >= 0 && column >= 0 && row < shape[0] && column < shape[1] });
      }
    return cells;
  }

  // For every place of the output what `of(cells)` makes of the cells under the window.
  function overAll(geometry, of) {
    const [rows, columns] = geometry.out;
    return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => of(under(geometry, [i, j]))));
  }

  // Layers on top of each other, the lowest first: the sizes of each.
  function stacked(shape, windows) {
    const layers = [];
    for (const window of windows) layers.push(laid(layers.length ? layers[layers.length - 1].out : shape, window));
    return layers;
  }

  // On how many ways every cell below reaches the cell `place` of layer `top`, counted from 1: a grid for the picture,
  // one for each layer up to `top`.
  function reaching(layers, top, place) {
    const [rows, columns] = layers[top - 1].out;
    const grids = [Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => Number(i === place[0] && j === place[1])))];
    for (const layer of layers.slice(0, top).reverse()) {
      const below = Array.from({ length: layer.shape[0] }, () => Array(layer.shape[1]).fill(0));
      grids[0].forEach((row, i) =>
        row.forEach((ways, j) => {
          if (!ways) return;
          for (const cell of under(layer, [i, j])) if (cell.inside) below[cell.row][cell.column] += ways;
        }),
      );
      grids.unshift(below);
    }
    return grids;
  }

  // After each layer: r, the cells of the picture that one output sees along an axis, and g, from one output to the next.
  function fields(windows) {
    let [r, g] = [1, 1];
    return windows.map(({ size, stride, dilation }) => {
      r += (size[0] - 1) * dilation * g;
      g *= stride;
      return { r, g };
    });
  }

  return { span, outputLength, padAmounts, laid, under, overAll, stacked, reaching, fields };
})();
