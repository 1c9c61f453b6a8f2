// The convolution of reference.equations.conv2d with one channel and one filter, and its equation with the numbers filled in.
const CONVOLUTION = (() => {
  "use strict";
  const { short, inBrackets } = NUMBERS;
  const SHOWN_TERMS = 9;

  const at = (picture, { inside, row, column }) => (inside ? picture[row][column] : 0);
  const product = (picture, { kernel }, cell) => at(picture, cell) * kernel[cell.m][cell.n];
  const sum = (picture, weights, cells) => cells.reduce((total, cell) => total + product(picture, weights, cell), 0);

  return {
    at,
    product,
    window: ({ kernel, stride, padding, dilation }) => ({ size: [kernel.length, kernel[0].length], stride, padding, dilation }),
    output: (picture, weights, cells) => sum(picture, weights, cells) + weights.bias,

    // Lines, and last a sentence, which `explain(name, values)` gives.
    told(picture, weights, cells, explain) {
      const added = sum(picture, weights, cells);
      const terms = cells.map((cell) => `${short(at(picture, cell))} · ${inBrackets(weights.kernel[cell.m][cell.n])}`);
      const written = terms.length > SHOWN_TERMS ? short(added) : terms.join(" + ");
      const outside = cells.filter((cell) => !cell.inside).length;
      return [
        "y = Σ x k + b",
        `= ${written} + ${inBrackets(weights.bias)} = ${short(added + weights.bias)}`,
        outside ? explain("border", { outside }) : explain("inside", { count: cells.length }),
      ];
    },
  };
})();
