// Where a trace that somebody else computed parts from what the weights give.
const COMPARING = (() => {
  "use strict";

  // The tolerance of the pictures: numbers in half precision count as the same.
  const close = (a, b) =>
    a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= 2e-3 + 5e-3 * Math.abs(b);

  // What a step has in the place of what a trace calls by `name`.
  const held = (network, s, name) => network.HELD[name].reduce((part, key) => part[key], s);

  // The numbers at which the two part: those of the first step, and there those that do not follow from others.
  function firstParting(network, given, steps) {
    for (let t = 0; t < steps.length; t++)
      for (const names of network.IN_ORDER) {
        const found = names.flatMap((name) =>
          held(network, steps[t], name).flatMap((ours, unit) => (close(given[name][t][unit], ours) ? [] : [{ name, t, unit }])),
        );
        if (found.length) return found;
      }
    return null;
  }

  // A step as the trace has it.
  function theirs(network, given, s, t) {
    const step = { ...s, before: { ...s.before }, after: { ...s.after } };
    for (const [name, [first, second]] of Object.entries(network.HELD))
      if (second) step[first][second] = given[name][t];
      else step[first] = given[name][t];
    if (!s.counts) return step;
    step.after.h = step.shown;
    for (const [letter, part] of Object.entries(network.STATES)) step[part] = step.after[letter];
    return step;
  }

  return { close, held, firstParting, theirs };
})();
