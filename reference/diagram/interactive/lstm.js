// The LSTM of reference.equations.lstm: plain arrays in, plain arrays out, nothing of a page.
// Weights are as Keras has them: kernel (features, 4 * units), recurrent (units, 4 * units), bias (4 * units),
// the blocks in the order input, forget, candidate, output.
const LSTM = (() => {
  "use strict";

  const BLOCK = { input: 0, forget: 1, candidate: 2, output: 3 };

  // exp of a large number is infinite, so each half has a form of its own.
  function sigmoid(a) {
    if (a >= 0) return 1 / (1 + Math.exp(-a));
    const e = Math.exp(a);
    return e / (1 + e);
  }

  // What goes into one box of one unit: a number for each input, for each unit's h_{t-1}, and the bias.
  function terms(x, hPrev, weights, gate, unit) {
    const column = BLOCK[gate] * hPrev.length + unit;
    return {
      inputs: x.map((value, k) => value * weights.kernel[k][column]),
      recurrent: hPrev.map((value, k) => value * weights.recurrent[k][column]),
      bias: weights.bias[column],
    };
  }

  function preActivation(x, hPrev, weights, gate, unit) {
    const { inputs, recurrent, bias } = terms(x, hPrev, weights, gate, unit);
    return [...inputs, ...recurrent, bias].reduce((sum, term) => sum + term, 0);
  }

  // One step of all units.
  function step(x, hPrev, cPrev, weights) {
    const every = (gate, squash) => hPrev.map((_, unit) => squash(preActivation(x, hPrev, weights, gate, unit)));
    const forget = every("forget", sigmoid);
    const input = every("input", sigmoid);
    const candidate = every("candidate", Math.tanh);
    const output = every("output", sigmoid);
    const cell = cPrev.map((c, unit) => forget[unit] * c + input[unit] * candidate[unit]);
    const hidden = cell.map((c, unit) => output[unit] * Math.tanh(c));
    return { forget, input, candidate, output, cell, hidden };
  }

  // A sequence, (time, features), in the order of reading. A step whose mask is false keeps both states and puts out
  // what the one before did, or zeros. `changed(t, x, h, c)` may put other numbers in the place of what step t reads.
  function run(x, h0, c0, weights, mask, zeroOutput, changed) {
    const steps = [];
    let h = h0;
    let c = c0;
    let shown = h0.map(() => 0);
    x.forEach((given, t) => {
      const read = changed ? changed(t, given, h, c) : { x: given, h, c };
      const made = step(read.x, read.h, read.c, weights);
      const counts = !mask || mask[t];
      h = counts ? made.hidden : read.h;
      c = counts ? made.cell : read.c;
      if (counts) shown = made.hidden;
      else if (zeroOutput) shown = h.map(() => 0);
      steps.push({ ...made, counts, x: read.x, hPrev: read.h, cPrev: read.c, hAfter: h, cAfter: c, shown });
    });
    return steps;
  }

  // The same weights with something added to the biases, {gate: [a number for each unit]}, and without W and U if `only`.
  function withBiases(weights, added, only) {
    const units = weights.recurrent.length;
    const bias = weights.bias.slice();
    for (const gate of Object.keys(added)) added[gate].forEach((a, unit) => (bias[BLOCK[gate] * units + unit] += a));
    const none = (rows) => rows.map((row) => row.map(() => 0));
    return {
      kernel: only ? none(weights.kernel) : weights.kernel,
      recurrent: only ? none(weights.recurrent) : weights.recurrent,
      bias,
    };
  }

  // How much of a unit's c after step `from` is left in c after the last step: a product of forget gates.
  function lasting(steps, from, unit) {
    return steps.slice(from + 1).reduce((share, s) => (s.counts ? share * s.forget[unit] : share), 1);
  }

  return { BLOCK, sigmoid, terms, preActivation, step, run, withBiases, lasting };
})();
