// The pooling of reference.equations.max_pool2d and average_pool2d, and its equation with the numbers filled in.
const POOLING = (() => {
  "use strict";
  const { short, inBrackets } = NUMBERS;
  const SHOWN_TERMS = 16;

  const at = (picture, { inside, row, column }) => (inside ? picture[row][column] : null);
  const seen = (picture, cells) => cells.filter((cell) => cell.inside).map((cell) => at(picture, cell));
  const sum = (values) => values.reduce((a, b) => a + b, 0);

  function output(picture, { mode }, cells) {
    const values = seen(picture, cells);
    return mode === "max" ? Math.max(...values) : sum(values) / values.length;
  }

  return {
    at,
    product: (picture, _, cell) => at(picture, cell),
    window: ({ size, stride, padding }) => ({ size: [size, size], stride, padding, dilation: 1 }),
    output,

    told(picture, settings, cells, explain) {
      const values = seen(picture, cells);
      const outside = cells.length - values.length;
      const result = short(output(picture, settings, cells));
      const few = values.length <= SHOWN_TERMS;
      const line =
        settings.mode === "max"
          ? `y = max(${few ? values.map(short).join(", ") : "…"}) = ${result}`
          : `y = (${few ? values.map(inBrackets).join(" + ") : short(sum(values))}) / ${values.length} = ${result}`;
      return [line, outside ? explain("border", { outside }) : explain(settings.mode)];
    },
  };
})();
