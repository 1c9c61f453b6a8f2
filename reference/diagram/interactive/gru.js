// The GRU of reference.equations.gru with reset_after, as Keras has it, and for each number in its picture the equation with
// numbers. `weights.bias` is b, to which b' of the two gates was added; `weights.stateBias` is b' of the candidate.
const GRU = (() => {
  "use strict";
  const { nearly, equals, worked } = NUMBERS;
  const { sigmoid, sums, terms, products, blockLines, summed } = RECURRENCE;
  const sum = (all) => all.reduce((a, b) => a + b, 0);
  const GATES = { update: ["z", "z"], reset: ["r", "r"] };

  const network = {
    BLOCKS: ["update", "reset", "candidate"],
    STATES: { h: "hidden" },
    HELD: { h_prev: ["before", "h"], update: ["update"], reset: ["reset"], candidate: ["candidate"], hidden: ["shown"] },
    IN_ORDER: [["h_prev"], ["update", "reset"], ["candidate"], ["hidden"]],

    step(x, { h }, weights) {
      const update = sums(network, x, h, weights, "update").map(sigmoid);
      const reset = sums(network, x, h, weights, "reset").map(sigmoid);
      const each = h.map((_, unit) => terms(network, x, h, weights, "candidate", unit));
      const from_input = each.map(({ inputs, bias }) => sum(inputs) + bias);
      const from_state = each.map(({ recurrent }, unit) => sum(recurrent) + weights.stateBias[unit]);
      const candidate = h.map((_, unit) => Math.tanh(from_input[unit] + reset[unit] * from_state[unit]));
      const hidden = h.map((before, unit) => update[unit] * before + (1 - update[unit]) * candidate[unit]);
      return { update, reset, from_input, from_state, candidate, hidden };
    },

    values(s, u) {
      return {
        h_prev: s.before.h[u], update: s.update[u], reset: s.reset[u], from_state: s.from_state[u],
        let_through: s.reset[u] * s.from_state[u], from_input: s.from_input[u], candidate: s.candidate[u],
        kept: s.update[u] * s.before.h[u], rest: 1 - s.update[u], written: (1 - s.update[u]) * s.candidate[u],
        hidden: s.hidden[u], hidden_after: s.after.h[u], shown: s.shown[u],
      };
    },

    // How much of a unit's h after step `from` is left after it and after each later step, by the belt alone: a product of update gates.
    lasting(steps, from, unit) {
      let share = 1;
      return steps.slice(from).map((s, later) => (later && s.counts ? (share *= s.update[unit]) : share));
    },

    told(wire, s, unit, weights, explain) {
      const v = network.values(s, unit);
      if (wire in GATES) return [...blockLines(network, ...GATES[wire], "σ", wire, v[wire], s, unit, weights), explain(wire)];
      const of = (block) => terms(network, s.x, s.before.h, weights, block, unit);
      const added = (which, k) => ({
        z: nearly(of("update")[which][k]), r: nearly(of("reset")[which][k]), g: nearly(of("candidate")[which][k]),
      });
      if (/^x\d+$/.test(wire)) {
        const k = Number(wire.slice(1));
        return [`x_{t} ${equals(s.x[k])}`, explain("x", added("inputs", k))];
      }
      const written = (values, matrix, bias, result) =>
        summed([...products(network, values, weights, matrix, "candidate", unit), [bias]], result).line;
      const blended = summed([[v.update, v.h_prev], [v.rest, v.candidate]], v.hidden).line;
      const hidden = `h_{t} = z_{t} · h_{t-1} + (1 − z_{t}) · g_{t} = ${blended}`;
      const rest = worked([v.update], (gate) => 1 - gate, v.rest);
      const parts = worked([v.from_input, v.reset, v.from_state], (a, r, b) => Math.tanh(a + r * b), v.candidate);
      const passed = (value) => (s.counts ? [] : [`→ h_{t} ${equals(value)}`]);
      const lines = {
        h_prev: [`h_{t-1} ${equals(v.h_prev)}`, explain("h_prev", added("recurrent", unit))],
        from_input: [
          `x_{t} W_{h} + b_{h} = ${written(s.x, "kernel", of("candidate").bias, v.from_input)}`, explain("from_input"),
        ],
        from_state: [
          `h_{t-1} U_{h} + b′_{h} = ${written(s.before.h, "recurrent", weights.stateBias[unit], v.from_state)}`,
          explain("from_state"),
        ],
        let_through: [
          `r_{t} · (h_{t-1} U_{h} + b′_{h}) = ${summed([[v.reset, v.from_state]], v.let_through).line}`,
          explain("let_through"),
        ],
        candidate: [
          "g_{t} = tanh(x_{t} W_{h} + b_{h} + r_{t} · (h_{t-1} U_{h} + b′_{h}))",
          `= tanh(${parts.number(v.from_input)} + ${parts.number(v.reset)} · ${parts.factor(v.from_state)}) ${parts.end}`,
          explain("candidate"),
        ],
        kept: [`z_{t} · h_{t-1} = ${summed([[v.update, v.h_prev]], v.kept).line}`, explain("kept")],
        rest: [`1 − z_{t} = 1 − ${rest.number(v.update)} ${rest.end}`, explain("rest")],
        written: [`(1 − z_{t}) · g_{t} = ${summed([[v.rest, v.candidate]], v.written).line}`, explain("written")],
        hidden: [hidden, explain("hidden")],
        hidden_after: [hidden, ...passed(v.hidden_after), explain("hidden")],
        shown: [hidden, ...passed(v.shown), explain("hidden")],
      };
      return lines[wire];
    },
  };
  return network;
})();
