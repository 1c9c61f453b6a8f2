// What recurrent networks have in common: plain arrays in, plain arrays out, nothing of a page. A network is
// BLOCKS: its blocks of weights by name, in Keras's order; STATES: for each state the part of a step that becomes it;
// HELD: where a step has what a trace calls by a name; IN_ORDER: these names, each after those it is computed from;
// step(x, states, weights): the parts of a step, each with a number for every unit.
// Weights are as Keras has them: kernel (features, blocks * units), recurrent (units, blocks * units), bias (blocks * units).
const RECURRENCE = (() => {
  "use strict";
  const { plain, read, worked } = NUMBERS;

  const SHOWN_TERMS = 4;
  const sum = (terms) => terms.reduce((a, b) => a + b, 0);

  // exp of a large number is infinite, so each half has a form of its own.
  function sigmoid(a) {
    if (a >= 0) return 1 / (1 + Math.exp(-a));
    const e = Math.exp(a);
    return e / (1 + e);
  }

  const columnOf = (network, weights, block, unit) => network.BLOCKS.indexOf(block) * weights.recurrent.length + unit;

  // What goes into one block of one unit: a number for each input, for each unit's h_{t-1}, and the bias.
  function terms(network, x, h, weights, block, unit) {
    const column = columnOf(network, weights, block, unit);
    return {
      inputs: x.map((value, k) => value * weights.kernel[k][column]),
      recurrent: h.map((value, k) => value * weights.recurrent[k][column]),
      bias: weights.bias[column],
    };
  }

  // The sums of a block before its function, a number for every unit.
  function sums(network, x, h, weights, block) {
    return h.map((_, unit) => {
      const { inputs, recurrent, bias } = terms(network, x, h, weights, block, unit);
      return sum([...inputs, ...recurrent, bias]);
    });
  }

  // A sequence, (time, features), in the order of reading. A step whose mask is false keeps its states and puts out
  // what the one before did, or zeros. `changed(t, read)` may put other numbers in the place of what step t reads.
  function run(network, x, first, weights, mask, zeroOutput, changed) {
    const steps = [];
    let states = first;
    let shown = first.h.map(() => 0);
    x.forEach((given, t) => {
      const { x: read, ...before } = changed ? changed(t, { x: given, ...states }) : { x: given, ...states };
      const made = network.step(read, before, weights);
      const counts = !mask || mask[t];
      states = Object.fromEntries(
        Object.entries(network.STATES).map(([letter, part]) => [letter, counts ? made[part] : before[letter]]),
      );
      if (counts) shown = made[network.STATES.h];
      else if (zeroOutput) shown = shown.map(() => 0);
      steps.push({ ...made, counts, x: read, before, after: states, shown });
    });
    return steps;
  }

  // The same weights with something added to the biases, {block: [a number for each unit]}, the recurrent ones times a
  // number, and without W and U if `only`.
  function moved(network, weights, { biases, only = false, scale = 1 }) {
    const bias = weights.bias.slice();
    for (const block of Object.keys(biases))
      biases[block].forEach((added, unit) => (bias[columnOf(network, weights, block, unit)] += added));
    const times = (rows, by) => (by === 1 ? rows : rows.map((row) => row.map((weight) => by * weight)));
    return { ...weights, kernel: times(weights.kernel, only ? 0 : 1), recurrent: times(weights.recurrent, only ? 0 : scale), bias };
  }

  // ---- lines of text: "c_{t-1}" stands for a letter with a subscript ----

  // A sum of products, each a list of factors: as it is read, its sign, and the line up to its result.
  function summed(terms, result) {
    const made = (...shown) => sum(terms.map((term) => term.reduce((product) => product * shown.shift(), 1)));
    const { factor, sign, end } = worked(terms.flat(), made, result);
    const text = terms.map((term) => term.map(factor).join(" · ")).join(" + ");
    return { text, sign, line: `${text} ${end}` };
  }

  // The products one by one where they are few, else their sum.
  function products(network, values, weights, matrix, block, unit) {
    const column = columnOf(network, weights, block, unit);
    if (values.length > SHOWN_TERMS) return [[sum(values.map((value, k) => value * weights[matrix][k][column]))]];
    return values.map((value, k) => [value, weights[matrix][k][column]]);
  }

  // A block that reads x and h, as symbols and with its numbers. `own`: the subscript of its weights.
  function blockLines(network, letter, own, squash, block, value, s, unit, weights) {
    const { bias } = terms(network, s.x, s.before.h, weights, block, unit);
    const total = sums(network, s.x, s.before.h, weights, block)[unit];
    const written = summed([
      ...products(network, s.x, weights, "kernel", block, unit),
      ...products(network, s.before.h, weights, "recurrent", block, unit),
      [bias],
    ], total);
    const { end } = worked([read(plain(total))], squash === "tanh" ? Math.tanh : sigmoid, value);
    const [W, U, b] = ["W", "U", "b"].map((name) => (own ? `${name}_{${own}}` : name));
    return [
      `${letter}_{t} = ${squash}(x_{t} ${W} + h_{t-1} ${U} + ${b})`,
      `= ${squash}(${written.text}) ${written.sign} ${squash}(${plain(total)}) ${end}`,
    ];
  }

  return { SHOWN_TERMS, sigmoid, columnOf, terms, sums, run, moved, summed, products, blockLines };
})();
