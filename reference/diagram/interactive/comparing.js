// Where a trace that somebody else computed parts from what the weights give.
const COMPARING = (() => {
  "use strict";

  // The tolerance of the pictures: numbers in half precision count as the same.
  const close = (a, b) =>
    a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 2e-3 + 5e-3 * Math.abs(b);

  // The names of a trace, and where a step of LSTM.run has the same.
  const HELD = {
    h_prev: "hPrev", c_prev: "cPrev", forget: "forget", input: "input", candidate: "candidate", output: "output",
    cell: "cAfter", hidden: "shown",
  };
  const IN_ORDER = [["h_prev", "c_prev"], ["forget", "input", "candidate", "output"], ["cell"], ["hidden"]];

  // The numbers at which the two part: those of the first step, and there those that do not follow from others.
  function firstParting(given, steps) {
    for (let t = 0; t < steps.length; t++)
      for (const names of IN_ORDER) {
        const found = names.flatMap((name) =>
          steps[t][HELD[name]].flatMap((ours, unit) => (close(given[name][t][unit], ours) ? [] : [{ name, t, unit }])),
        );
        if (found.length) return found;
      }
    return null;
  }

  return { close, firstParting, HELD };
})();
