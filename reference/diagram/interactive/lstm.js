// The LSTM of reference.equations.lstm, and for each number in its picture the equation with the numbers filled in.
const LSTM = (() => {
  "use strict";
  const { nearly, equals, worked } = NUMBERS;
  const { sigmoid, sums, terms, blockLines, summed } = RECURRENCE;

  const LETTER = { forget: "f", input: "i", candidate: "g", output: "o" };
  const OWN = { ...LETTER, candidate: "c" }; // of the weights

  const network = {
    BLOCKS: ["input", "forget", "candidate", "output"],
    STATES: { h: "hidden", c: "cell" },
    HELD: {
      h_prev: ["before", "h"], c_prev: ["before", "c"], forget: ["forget"], input: ["input"], candidate: ["candidate"],
      output: ["output"], cell: ["after", "c"], hidden: ["shown"],
    },
    IN_ORDER: [["h_prev", "c_prev"], ["forget", "input", "candidate", "output"], ["cell"], ["hidden"]],

    step(x, { h, c }, weights) {
      const every = (block, squash) => sums(network, x, h, weights, block).map(squash);
      const forget = every("forget", sigmoid);
      const input = every("input", sigmoid);
      const candidate = every("candidate", Math.tanh);
      const output = every("output", sigmoid);
      const cell = c.map((before, unit) => forget[unit] * before + input[unit] * candidate[unit]);
      const hidden = cell.map((now, unit) => output[unit] * Math.tanh(now));
      return { forget, input, candidate, output, cell, hidden };
    },

    // The numbers in the picture of one unit.
    values(s, u) {
      return {
        h_prev: s.before.h[u], c_prev: s.before.c[u], forget: s.forget[u], input: s.input[u],
        candidate: s.candidate[u], output: s.output[u], kept: s.forget[u] * s.before.c[u],
        written: s.input[u] * s.candidate[u], cell: s.cell[u], cell_after: s.after.c[u], squashed: Math.tanh(s.cell[u]),
        hidden: s.hidden[u], hidden_after: s.after.h[u], shown: s.shown[u],
      };
    },

    // How much of a unit's c after step `from` is left after it and after each later step: a product of forget gates.
    lasting(steps, from, unit) {
      let share = 1;
      return steps.slice(from).map((s, later) => (later && s.counts ? (share *= s.forget[unit]) : share));
    },

    // Lines, and last a sentence, which `explain(name, values)` gives.
    told(wire, s, unit, weights, explain) {
      if (wire in LETTER) {
        const squash = wire === "candidate" ? "tanh" : "σ";
        return [...blockLines(network, LETTER[wire], OWN[wire], squash, wire, s[wire][unit], s, unit, weights), explain(wire)];
      }
      const added = (which, k) =>
        Object.fromEntries(
          Object.keys(LETTER).map((block) => [LETTER[block], nearly(terms(network, s.x, s.before.h, weights, block, unit)[which][k])]),
        );
      if (/^x\d+$/.test(wire)) {
        const k = Number(wire.slice(1));
        return [`x_{t} ${equals(s.x[k])}`, explain("x", added("inputs", k))];
      }
      const v = network.values(s, unit);
      const [f, i, g, o, c, before] = [v.forget, v.input, v.candidate, v.output, v.cell, v.c_prev];
      const cell = `c_{t} = f_{t} · c_{t-1} + i_{t} · g_{t} = ${summed([[f, before], [i, g]], c).line}`;
      const said = worked([o, c], (gate, state) => gate * Math.tanh(state), v.hidden);
      const hidden = `h_{t} = o_{t} · tanh c_{t} = ${said.number(o)} · tanh(${said.number(c)}) ${said.end}`;
      const squashed = worked([c], Math.tanh, v.squashed);
      const passed = (letter, value) => (s.counts ? [] : [`→ ${letter}_{t} ${equals(value)}`]);
      const lines = {
        h_prev: [`h_{t-1} ${equals(v.h_prev)}`, explain("h_prev", added("recurrent", unit))],
        c_prev: [`c_{t-1} ${equals(before)}`, explain("c_prev")],
        kept: [`f_{t} · c_{t-1} = ${summed([[f, before]], v.kept).line}`, explain("kept")],
        written: [`i_{t} · g_{t} = ${summed([[i, g]], v.written).line}`, explain("written")],
        cell: [cell, explain("cell")],
        cell_after: [cell, ...passed("c", v.cell_after), explain("cell")],
        squashed: [`tanh c_{t} = tanh(${squashed.number(c)}) ${squashed.end}`, explain("squashed")],
        hidden: [hidden, explain("hidden")],
        hidden_after: [hidden, ...passed("h", v.hidden_after), explain("hidden")],
        shown: [hidden, ...passed("h", v.shown), explain("hidden")],
      };
      return lines[wire];
    },
  };
  return network;
})();
