// The simple recurrent network of reference.equations.rnn, and for each number in its picture the equation with numbers.
const RNN = (() => {
  "use strict";
  const { nearly, equals } = NUMBERS;
  const { terms, products, blockLines, summed } = RECURRENCE;
  const sum = (all) => all.reduce((a, b) => a + b, 0);

  const network = {
    BLOCKS: ["hidden"],
    STATES: { h: "hidden" },
    HELD: { h_prev: ["before", "h"], hidden: ["shown"] },
    IN_ORDER: [["h_prev"], ["hidden"]],

    step(x, { h }, weights) {
      const each = h.map((_, unit) => terms(network, x, h, weights, "hidden", unit));
      const from_input = each.map(({ inputs }) => sum(inputs));
      const from_state = each.map(({ recurrent }) => sum(recurrent));
      const total = each.map(({ bias }, unit) => from_input[unit] + from_state[unit] + bias);
      return { from_input, from_state, bias: each.map(({ bias }) => bias), total, hidden: total.map(Math.tanh) };
    },

    values(s, u) {
      return {
        from_input: s.from_input[u], from_state: s.from_state[u], bias: s.bias[u], total: s.total[u],
        hidden: s.hidden[u], hidden_after: s.after.h[u], shown: s.shown[u],
        ...Object.fromEntries(s.before.h.map((value, unit) => [`state${unit}`, value])),
      };
    },

    // How much a small change of a unit's h after step `from` moves it after that and after each later step.
    lasting(steps, from, unit, weights) {
      let moved = steps[0].before.h.map((_, u) => Number(u === unit));
      return steps.slice(from).map((s, later) => {
        if (later && s.counts)
          moved = moved.map((_, to) => (1 - s.hidden[to] ** 2) * sum(moved.map((by, u) => by * weights.recurrent[u][to])));
        return moved[unit];
      });
    },

    told(wire, s, unit, weights, explain) {
      const v = network.values(s, unit);
      const added = (which, k) => nearly(terms(network, s.x, s.before.h, weights, "hidden", unit)[which][k]);
      if (/^x\d+$/.test(wire)) {
        const k = Number(wire.slice(1));
        return [`x_{t} ${equals(s.x[k])}`, explain("x", { a: added("inputs", k) })];
      }
      if (/^state\d+$/.test(wire)) {
        const k = Number(wire.slice(5));
        return [`h_{t-1} ${equals(s.before.h[k])}`, explain("state", { unit: k + 1, a: added("recurrent", k) })];
      }
      const written = (values, matrix, result) =>
        summed(products(network, values, weights, matrix, "hidden", unit), result).line;
      const whole = blockLines(network, "h", "", "tanh", "hidden", v.hidden, s, unit, weights);
      const parts = summed([[v.from_input], [v.from_state], [v.bias]], v.total).line;
      const passed = (value) => (s.counts ? [] : [`→ h_{t} ${equals(value)}`]);
      const lines = {
        from_input: [`x_{t} W = ${written(s.x, "kernel", v.from_input)}`, explain("from_input")],
        from_state: [`h_{t-1} U = ${written(s.before.h, "recurrent", v.from_state)}`, explain("from_state")],
        bias: [`b ${equals(v.bias)}`, explain("bias")],
        total: [`x_{t} W + h_{t-1} U + b = ${parts}`, explain("total")],
        hidden: [...whole, explain("hidden")],
        hidden_after: [...whole, ...passed(v.hidden_after), explain("hidden_after")],
        shown: [...whole, ...passed(v.shown), explain("shown")],
      };
      return lines[wire];
    },
  };
  return network;
})();
