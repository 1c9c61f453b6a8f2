// For each number in the picture its equation with the numbers filled in, and a sentence. Lines of text, nothing of a page;
// "c_{t-1}" stands for a letter with a subscript.
const EQUATIONS = (() => {
  "use strict";
  const { number, factor } = NUMBERS;

  const LETTER = { forget: "f", input: "i", candidate: "g", output: "o" };
  const OWN = { forget: "f", input: "i", candidate: "c", output: "o" }; // of the weights
  const SHOWN_TERMS = 4;
  const sum = (terms) => terms.reduce((a, b) => a + b, 0);

  // The products one by one where they are few, else their sum.
  function products(values, column, matrix, terms) {
    if (values.length > SHOWN_TERMS) return [factor(sum(terms))];
    return values.map((value, k) => `${factor(value)} · ${factor(matrix[k][column])}`);
  }

  function gateLines(gate, s, unit, weights) {
    const column = LSTM.BLOCK[gate] * s.hPrev.length + unit;
    const parts = LSTM.terms(s.x, s.hPrev, weights, gate, unit);
    const total = LSTM.preActivation(s.x, s.hPrev, weights, gate, unit);
    const squash = gate === "candidate" ? "tanh" : "σ";
    const written = [
      ...products(s.x, column, weights.kernel, parts.inputs),
      ...products(s.hPrev, column, weights.recurrent, parts.recurrent),
      factor(parts.bias),
    ].join(" + ");
    const own = OWN[gate];
    return [
      `${LETTER[gate]}_{t} = ${squash}(x_{t} W_{${own}} + h_{t-1} U_{${own}} + b_{${own}})`,
      `= ${squash}(${written}) = ${squash}(${number(total)}) = ${number(s[gate][unit])}`,
    ];
  }

  // What one number adds in each of the four boxes.
  function added(s, unit, weights, which, k) {
    const gates = Object.keys(LETTER);
    return Object.fromEntries(
      gates.map((gate) => [LETTER[gate], number(LSTM.terms(s.x, s.hPrev, weights, gate, unit)[which][k])]),
    );
  }

  // `explain(name, values)` gives the sentence.
  function told(wire, s, unit, weights, explain) {
    if (wire in LETTER) return [...gateLines(wire, s, unit, weights), explain(wire)];
    if (/^x\d+$/.test(wire)) {
      const k = Number(wire.slice(1));
      return [`x_{t} = ${number(s.x[k])}`, explain("x", added(s, unit, weights, "inputs", k))];
    }
    const at = (values) => values[unit];
    const [f, i, g, o, c, before] = [s.forget, s.input, s.candidate, s.output, s.cell, s.cPrev].map(at);
    const addedUp = `${number(f)} · ${factor(before)} + ${number(i)} · ${factor(g)} = ${number(c)}`;
    const cell = `c_{t} = f_{t} · c_{t-1} + i_{t} · g_{t} = ${addedUp}`;
    const hidden = `h_{t} = o_{t} · tanh c_{t} = ${number(o)} · tanh(${number(c)}) = ${number(at(s.hidden))}`;
    const passed = (letter, value) => (s.counts ? [] : [`→ ${letter}_{t} = ${number(value)}`]);
    const lines = {
      h_prev: [`h_{t-1} = ${number(at(s.hPrev))}`, explain("h_prev", added(s, unit, weights, "recurrent", unit))],
      c_prev: [`c_{t-1} = ${number(before)}`, explain("c_prev")],
      kept: [`f_{t} · c_{t-1} = ${number(f)} · ${factor(before)} = ${number(f * before)}`, explain("kept")],
      written: [`i_{t} · g_{t} = ${number(i)} · ${factor(g)} = ${number(i * g)}`, explain("written")],
      cell: [cell, explain("cell")],
      cell_after: [cell, ...passed("c", at(s.cAfter)), explain("cell")],
      squashed: [`tanh c_{t} = tanh(${number(c)}) = ${number(Math.tanh(c))}`, explain("squashed")],
      hidden: [hidden, explain("hidden")],
      hidden_after: [hidden, ...passed("h", at(s.hAfter)), explain("hidden")],
      shown: [hidden, ...passed("h", at(s.shown)), explain("hidden")],
    };
    return lines[wire];
  }

  return { told, SHOWN_TERMS, LETTER };
})();
