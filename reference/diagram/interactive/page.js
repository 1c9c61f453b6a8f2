// The page: reads the sliders, runs the LSTM again, writes every number. It knows no equation; those are LSTM's.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const { number, fitting } = NUMBERS;

  // Python writes numbers that JSON lacks as words.
  const data = JSON.parse($("data").textContent, (_, v) => (v === "NaN" || /^-?Infinity$/.test(v) ? Number(v) : v));
  const say = (word, values = {}) => {
    const known = data.words[word] === undefined ? word : data.words[word];
    return known.replace(/\{(\w+)\}/g, (gap, name) => (name in values ? values[name] : gap));
  };

  const STEPS = data.x.length;
  const UNITS = data.h0.length;
  const GATES = ["forget", "input", "candidate", "output"];
  const { LETTER, SHOWN_TERMS } = EQUATIONS;
  const PRESETS = {
    keep: { forget: 1, input: -1 }, forget: { forget: -1 }, write: { input: 1 }, silent: { output: -1 }, trained: {},
  };
  const svg = document.querySelector("svg.gbd");
  const narrow = window.matchMedia("(max-width: 480px)"); // numbers are drawn larger

  const zeros = () => Object.fromEntries(GATES.map((gate) => [gate, data.h0.map(() => 0)]));
  const state = { t: 0, unit: data.unit, biases: zeros(), onlyBiases: false, changes: new Map(), wire: "cell" };
  const run = (weights, changed) => LSTM.run(data.x, data.h0, data.c0, weights, data.mask, data.zeroOutput, changed);
  const trained = run(data.weights);
  let weights = data.weights;
  let steps = trained;

  // What the reader put in the place of what a step reads: x by feature, h and c by unit.
  function changesAt(t) {
    if (!state.changes.has(t)) state.changes.set(t, { x: {}, h: {}, c: {} });
    return state.changes.get(t);
  }

  function changed(t, x, h, c) {
    const change = state.changes.get(t);
    if (!change) return { x, h, c };
    const put = (values, others) => values.map((value, k) => (k in others ? others[k] : value));
    return { x: put(x, change.x), h: put(h, change.h), c: put(c, change.c) };
  }

  const anyChange = () =>
    state.onlyBiases ||
    GATES.some((gate) => state.biases[gate].some(Boolean)) ||
    [...state.changes.values()].some((c) => [c.x, c.h, c.c].some((part) => Object.keys(part).length));

  // ---- formulas ----

  // "c_{t-1}" as an italic letter with a subscript.
  function formula(text) {
    const made = document.createDocumentFragment();
    let end = 0;
    for (const match of text.matchAll(/(?:[0-9][0-9.]*e−?[0-9]+)|([A-Za-z]+)(?:_\{([^}]*)\})?/g)) {
      made.append(text.slice(end, match.index));
      end = match.index + match[0].length;
      if (!match[1] || match[1].length > 1) {
        made.append(match[0]);
        continue;
      }
      const letter = document.createElement("i");
      letter.textContent = match[1];
      made.append(letter);
      if (!match[2]) continue;
      const sub = document.createElement("sub");
      sub.textContent = match[2].replace("-", "−");
      made.append(sub);
    }
    made.append(text.slice(end));
    return made;
  }

  function tell(wire) {
    const s = steps[state.t];
    const lines = EQUATIONS.told(wire, s, state.unit, weights, (name, values) => {
      const share = number(LSTM.lasting(steps, state.t, state.unit));
      const sentence = say(data.explanations[name], { share, ...values });
      return name === "x" ? `${data.inputs[Number(wire.slice(1))]}. ${sentence}` : sentence;
    });
    const rows = lines.map((line, n) => {
      const row = document.createElement("p");
      if (n < lines.length - 1) {
        row.className = "math";
        row.append(formula(line));
      } else row.textContent = s.counts ? line : `${line} ${say("This step is masked: both states stay as they were.")}`;
      return row;
    });
    $("told").replaceChildren(...rows);
  }

  // ---- the picture ----

  const shape = (name, attributes) => {
    const made = document.createElementNS(svg.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  function valuesOf(s) {
    const u = state.unit;
    const values = {
      h_prev: s.hPrev[u], c_prev: s.cPrev[u], forget: s.forget[u], input: s.input[u], candidate: s.candidate[u],
      output: s.output[u], kept: s.forget[u] * s.cPrev[u], written: s.input[u] * s.candidate[u], cell: s.cell[u],
      cell_after: s.cAfter[u], squashed: Math.tanh(s.cell[u]), hidden: s.hidden[u], hidden_after: s.hAfter[u],
      shown: s.shown[u],
    };
    s.x.forEach((value, k) => (values[`x${k}`] = value));
    return values;
  }

  // Where a second number has room beside the first.
  const BESIDE = {
    h_prev: [0, 22], c_prev: [0, 23], forget: [0, 22], input: [0, 21], candidate: [0, 21], output: [0, -21],
    kept: [20, 23], written: [60, 0], cell: [0, 23], cell_after: [0, 23], squashed: [62, 0], hidden: [0, 22],
    hidden_after: [0, 22], shown: [0, -20],
  };

  function theirNumbers(t) {
    const u = state.unit;
    const at = (name) => compared[name][t][u];
    return {
      h_prev: at("h_prev"), c_prev: at("c_prev"), forget: at("forget"), input: at("input"),
      candidate: at("candidate"), output: at("output"), kept: at("forget") * at("c_prev"),
      written: at("input") * at("candidate"), cell_after: at("cell"), shown: at("hidden"),
      ...(steps[t].counts
        ? { cell: at("cell"), squashed: Math.tanh(at("cell")), hidden: at("hidden"), hidden_after: at("hidden") }
        : {}),
    };
  }

  function write(group, text) {
    const num = group.querySelector(".num");
    const [y, size] = [Number(group.dataset.y), fitting(text, narrow.matches ? 17 : 14)];
    num.textContent = text;
    num.setAttribute("y", y + 0.36 * size);
    num.style.fontSize = `${size}px`;
  }

  const wires = new Map(
    all("[data-wire]", svg).map((group) => {
      const ground = group.querySelector(".pill");
      const middle = (from, size) => Number(ground.getAttribute(from)) + Number(ground.getAttribute(size)) / 2;
      group.dataset.x = middle("x", "width");
      group.dataset.y = middle("y", "height");
      return [group.dataset.wire, group];
    }),
  );

  // What a number is called where it is read out.
  const CALLED = {
    h_prev: ["hidden state", "h t−1"], c_prev: ["cell state", "c t−1"], forget: ["forget gate", "f"],
    input: ["input gate", "i"], candidate: ["candidate", "g"], output: ["output gate", "o"], cell: ["cell state", "c"],
    hidden: ["hidden state", "h"], cell_after: ["cell state", "c"], hidden_after: ["hidden state", "h"],
    shown: ["output", "h"], kept: ["", "f · c t−1"], written: ["", "i · g"], squashed: ["", "tanh c"],
  };

  function nameOf(wire) {
    if (!(wire in CALLED)) return `${data.inputs[Number(wire.slice(1))]} x`;
    const [word, symbol] = CALLED[wire];
    return word ? `${say(word)} ${symbol}` : symbol;
  }

  function drawValve(valve, open) {
    const ring = valve.querySelector(".ring");
    let plate = valve.querySelector(".plate");
    if (!plate) {
      plate = shape("rect", { class: "plate", rx: 2 });
      ring.after(plate);
    }
    const inside = Number(ring.getAttribute("width")) - 2;
    plate.setAttribute("x", Number(ring.getAttribute("x")) + 1);
    plate.setAttribute("y", Number(ring.getAttribute("y")) + 1);
    plate.setAttribute("width", inside);
    if (valve.dataset.turn) plate.setAttribute("transform", valve.dataset.turn);
    const height = inside * (1 - (Number.isNaN(open) ? 1 : open));
    plate.setAttribute("height", height);
    plate.style.height = `${height}px`;
    ring.classList.toggle("unknown", Number.isNaN(open));
  }

  function drawPicture() {
    const s = steps[state.t];
    const values = valuesOf(s);
    all(".theirs", svg).forEach((mark) => mark.remove());
    const theirs = comparable() ? theirNumbers(state.t) : {};
    for (const [wire, group] of wires) {
      write(group, number(values[wire]));
      const differs = wire in theirs && !close(theirs[wire], values[wire]);
      group.setAttribute("aria-label", `${nameOf(wire)} = ${number(values[wire])}${differs ? `, ≠ ${number(theirs[wire])}` : ""}`);
      if (differs) {
        const mark = group.cloneNode(true);
        const [dx, dy] = BESIDE[wire];
        mark.setAttribute("class", "theirs");
        ["data-wire", "tabindex", "role", "aria-label"].forEach((name) => mark.removeAttribute(name));
        mark.setAttribute("transform", `translate(${dx} ${dy})`);
        mark.setAttribute("aria-hidden", "true");
        const apart = number(theirs[wire]) === number(values[wire]) ? theirs[wire].toPrecision(4) : number(theirs[wire]);
        write(mark, `≠ ${apart}`.replace("-", "−"));
        group.after(mark);
      }
    }
    for (const valve of all("[data-valve]", svg)) drawValve(valve, values[valve.dataset.valve]);
    svg.classList.toggle("masked", !s.counts);
    const at = { step: state.t + 1, steps: STEPS };
    svg.querySelector("text.strong:not(.note)").textContent = say("step {step} of {steps}", at);
    const hint = say("Numbers of this step: the arrow keys go from one to the next");
    svg.setAttribute("aria-label", `${say("One step of an LSTM: step {step} of {steps}", at)}. ${hint}`);
  }

  // ---- all steps ----

  const ROWS = [
    ...data.inputs.slice(0, SHOWN_TERMS).map((name, k) => ({ kind: "bus", symbol: "x_{t}", name, of: (s) => s.x[k], signed: true })),
    ...["forget", "input", "candidate", "output"].map((gate) => ({
      kind: gate, symbol: LETTER[gate], name: say(gate === "candidate" ? gate : `${gate} gate`),
      of: (s) => s[gate][state.unit], signed: gate === "candidate", compare: gate, least: 1,
    })),
    { kind: "cell", symbol: "c", name: say("cell state"), of: (s) => s.cAfter[state.unit], signed: true, compare: "cell" },
    { kind: "bus", symbol: "h", name: say("hidden state"), of: (s) => s.shown[state.unit], signed: true, compare: "hidden", least: 1 },
  ];

  function makeFilm() {
    const inputs = Math.min(data.inputs.length, SHOWN_TERMS);
    ROWS.forEach((row, place) => {
      const track = document.createElement("div");
      track.className = `track ${row.kind}`;
      if (place < inputs) track.classList.add("x");
      if (place === inputs - 1) track.classList.add("gap");
      const name = document.createElement("span");
      name.className = "name";
      const [symbol, word] = ["symbol", "word"].map((kind) => {
        const part = document.createElement("span");
        part.className = kind;
        return part;
      });
      symbol.append(formula(row.symbol));
      word.textContent = row.name;
      name.append(symbol, word);
      row.bars = document.createElement("div");
      row.bars.className = "bars";
      row.bars.addEventListener("click", (event) => {
        const box = row.bars.getBoundingClientRect();
        go(Math.floor((STEPS * (event.clientX - box.left)) / box.width));
      });
      row.now = document.createElement("span");
      row.now.className = "now";
      track.append(name, row.bars, row.now);
      $("film").append(track);
    });
    const frame = document.createElement("div");
    frame.className = "chosen";
    frame.id = "chosen";
    ROWS[0].bars.append(frame);
  }

  function drawFilm() {
    for (const row of ROWS) {
      const [now, was] = [steps.map(row.of), trained.map(row.of)];
      const largest = Math.max(row.least || 1e-9, ...[...now, ...was].filter(Number.isFinite).map(Math.abs));
      const height = (value) => {
        const share = Math.max(-1, Math.min(1, (Number.isFinite(value) ? value : 0) / largest));
        return row.signed ? 50 - 48 * share : 98 - 96 * share;
      };
      const floor = height(0);
      const drawn = shape("svg", { viewBox: `0 0 ${STEPS * 10} 100`, preserveAspectRatio: "none", "aria-hidden": "true" });
      drawn.append(shape("path", { class: "zero", d: `M0 ${floor}H${STEPS * 10}` }));
      now.forEach((value, t) => {
        const top = height(value);
        drawn.append(shape("rect", {
          class: steps[t].counts ? "bar" : "bar off", x: t * 10 + 1, width: 8, y: Math.min(top, floor), height: Math.abs(top - floor),
        }));
      });
      drawn.append(shape("path", { class: "was", d: was.map((value, t) => `M${t * 10 + 1} ${height(value)}h8`).join("") }));
      row.bars.querySelectorAll("svg,.differs").forEach((old) => old.remove());
      row.bars.prepend(drawn);
      row.now.textContent = number(now[state.t]);
      if (!row.compare || !comparable()) continue;
      const differs = now.map((value, t) => !close(compared[row.compare][t][state.unit], value));
      const tight = row.bars.clientWidth < 14 * STEPS; // then a sign stands where signs begin
      differs.forEach((differing, t) => {
        if (!differing || (tight && differs[t - 1])) return;
        const sign = document.createElement("span");
        sign.className = "differs";
        sign.textContent = "≠";
        sign.style.left = `${(100 * (t + 0.5)) / STEPS}%`;
        row.bars.append(sign);
      });
    }
    const chosen = $("chosen");
    chosen.style.left = `${(100 * state.t) / STEPS}%`;
    chosen.style.width = `${100 / STEPS}%`;
    const [first, last] = [ROWS[0].bars.getBoundingClientRect(), ROWS[ROWS.length - 1].bars.getBoundingClientRect()];
    chosen.style.height = `${last.bottom - first.top + 4}px`;
  }

  // ---- what somebody else computed ----

  const { close, HELD } = COMPARING;
  const parting = {
    given: COMPARING.firstParting(data.given, trained),
    yours: data.yours && COMPARING.firstParting(data.yours, trained),
  };
  const compared = data.yours || data.given;
  const comparable = () => (parting.yours || (!data.yours && parting.given)) && !anyChange();

  function partedSentence(whose, given, found) {
    const ofEach = found.filter(({ name }, n) => found.findIndex((other) => other.name === name) === n);
    const named = ofEach.map(({ name, t, unit }) => {
      const symbol = nameOf(name) + (UNITS > 1 ? ` (${say("unit {unit}", { unit: unit + 1 })})` : "");
      return say("{symbol} is {theirs}, the weights give {ours}", {
        symbol, theirs: number(given[name][t][unit]), ours: number(trained[t][HELD[name]][unit]),
      });
    });
    const values = { whose: say(whose), step: found[0].t + 1, wires: named.join("; ") };
    return say("{whose} and what the weights give part first at step {step}: {wires}.", values);
  }

  function drawParting() {
    const said = [];
    if (parting.given) said.push(partedSentence("The trace that was given", data.given, parting.given));
    if (parting.yours) said.push(partedSentence("Your trace", data.yours, parting.yours));
    else if (data.yours) said.push(say("What you computed agrees with what the weights give, at every step."));
    if (comparable()) said.push(say("The picture shows both, the other number behind a sign ≠."));
    if ((parting.given || parting.yours) && anyChange())
      said.push(say("Press “As trained” to see the signs ≠ again: your numbers belong to the weights as they are."));
    const text = said.join(" ");
    if ($("parted").textContent !== text) $("parted").textContent = text;
  }

  // ---- sliders ----

  const sliders = new Map(all("[data-slider]").map((row) => [row.dataset.slider, {
    row, input: row.querySelector("input"), output: row.querySelector("output"), reset: row.querySelector("button"),
  }]));
  const isBias = (name) => GATES.includes(name);

  // The place where a slider's number is kept.
  function placeOf(name) {
    if (isBias(name)) return [state.biases[name], state.unit];
    const change = changesAt(state.t);
    return name === "h" || name === "c" ? [change[name], state.unit] : [change.x, Number(name.slice(1))];
  }

  function current(name) {
    const s = steps[state.t];
    if (isBias(name)) return state.biases[name][state.unit];
    if (name === "h") return s.hPrev[state.unit];
    if (name === "c") return s.cPrev[state.unit];
    return s.x[Number(name.slice(1))];
  }

  function drawSliders() {
    for (const [name, { row, input, output, reset }] of sliders) {
      const value = current(name);
      if (document.activeElement !== input || Math.abs(Number(input.value) - value) > Number(input.step)) input.value = value;
      const text = isBias(name) && value > 0 ? `+${number(value)}` : number(value);
      output.textContent = text;
      input.setAttribute("aria-valuetext", text);
      const [place, key] = placeOf(name);
      const moved = isBias(name) ? value !== 0 : key in place;
      row.classList.toggle("moved", moved);
      reset.disabled = !moved;
    }
    for (const span of all("[data-bias]")) {
      const gate = span.dataset.bias;
      span.textContent = number(data.weights.bias[LSTM.BLOCK[gate] * UNITS + state.unit] + state.biases[gate][state.unit]);
    }
    $("only-biases").checked = state.onlyBiases;
    for (const button of all("[data-preset]")) {
      const wanted = PRESETS[button.dataset.preset];
      const reach = Number(sliders.get("forget").input.max);
      const biases = GATES.every((gate) => state.biases[gate][state.unit] === (wanted[gate] || 0) * reach);
      const pressed = button.dataset.preset === "trained" ? !anyChange() : biases;
      button.setAttribute("aria-pressed", String(pressed));
    }
    $("step").value = state.t + 1;
    const place = say("step {step} of {steps}", { step: state.t + 1, steps: STEPS });
    $("step").setAttribute("aria-valuetext", place);
    $("step-now").textContent = `${state.t + 1} / ${STEPS}`;
    $("back").disabled = state.t === 0;
    $("forward").disabled = state.t === STEPS - 1;
  }

  function moveSlider(name, value) {
    const [place, key] = placeOf(name);
    if (value === null && !isBias(name)) delete place[key];
    else place[key] = value === null ? 0 : value;
    $("said").textContent = say("Move a slider: this step and all later ones follow.");
    draw();
  }

  function press(preset) {
    const reach = Number(sliders.get("forget").input.max);
    if (preset === "trained") {
      state.biases = zeros();
      state.changes.clear();
      state.onlyBiases = false;
    } else for (const gate of GATES) state.biases[gate][state.unit] = (PRESETS[preset][gate] || 0) * reach;
    $("said").textContent = say(data.presets[preset]);
    draw();
  }

  // ---- together ----

  function draw() {
    weights = LSTM.withBiases(data.weights, state.biases, state.onlyBiases);
    steps = run(weights, changed);
    drawPicture();
    drawFilm();
    drawSliders();
    drawParting();
    tell(state.wire);
  }

  function go(t) {
    state.t = Math.max(0, Math.min(STEPS - 1, t));
    draw();
  }

  function choose(wire) {
    state.wire = wire;
    for (const [name, group] of wires) {
      group.classList.toggle("on", name === wire);
      group.setAttribute("tabindex", name === wire ? "0" : "-1");
      group.setAttribute("aria-pressed", String(name === wire));
    }
    tell(wire);
  }

  // The number that is meant where something of the picture is pointed at: a valve's is its product, a box's its gate.
  function wireAt(element) {
    const [wire, valve, part] = ["[data-wire]", "[data-valve]", ".part"].map((kind) => element.closest(kind));
    if (wire) return wire.dataset.wire;
    if (valve) return { forget: "kept", input: "written", output: "hidden" }[valve.dataset.valve];
    return part && [...GATES, "cell"].find((name) => part.classList.contains(`gate-${name}`));
  }

  function listen() {
    for (const [name, { input, reset }] of sliders) {
      input.addEventListener("input", () => moveSlider(name, Number(input.value)));
      reset.addEventListener("click", () => {
        moveSlider(name, null);
        input.focus();
      });
    }
    for (const button of all("[data-preset]")) button.addEventListener("click", () => press(button.dataset.preset));
    $("only-biases").addEventListener("change", (event) => {
      state.onlyBiases = event.target.checked;
      draw();
    });
    $("step").addEventListener("input", (event) => go(Number(event.target.value) - 1));
    $("back").addEventListener("click", () => go(state.t - 1));
    $("forward").addEventListener("click", () => go(state.t + 1));
    document.querySelector(".stepper").addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined || event.target.tagName === "SELECT") return;
      event.preventDefault();
      go(state.t + by);
    });
    if ($("unit")) $("unit").addEventListener("change", (event) => {
      state.unit = Number(event.target.value);
      draw();
    });
    // A notebook around the page has keys of its own.
    document.querySelector(".lab").addEventListener("keydown", (event) => event.stopPropagation());
    const names = [...wires.keys()];
    for (const [name, group] of wires) {
      group.setAttribute("role", "button");
      group.addEventListener("focus", () => choose(name));
      group.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (!by) return;
        event.preventDefault();
        wires.get(names[(names.indexOf(name) + by + names.length) % names.length]).focus();
      });
    }
    svg.addEventListener("pointerover", (event) => tell(wireAt(event.target) || state.wire));
    svg.addEventListener("pointerleave", () => tell(state.wire));
    svg.addEventListener("click", (event) => choose(wireAt(event.target) || state.wire));
    window.addEventListener("resize", drawFilm);
    narrow.addEventListener("change", draw);
  }

  // In a notebook: its theme, and a frame as tall as the page. Not allowed in every notebook, and then not needed.
  function fitIn() {
    try {
      const frame = window.frameElement;
      if (!frame) return;
      const outside = frame.ownerDocument;
      const theme = () => {
        const { jpThemeLight } = outside.body.dataset;
        const dark = jpThemeLight === "false" || outside.body.matches(".vscode-dark") || outside.documentElement.matches('[theme="dark"]');
        const light = jpThemeLight === "true" || outside.body.matches(".vscode-light") || outside.documentElement.matches('[theme="light"]');
        if (dark || light) document.documentElement.setAttribute("theme", dark ? "dark" : "light");
        else document.documentElement.removeAttribute("theme");
      };
      theme();
      new MutationObserver(theme).observe(outside.body, { attributes: true });
      const fit = () => (frame.style.height = `${Math.ceil(document.querySelector(".lab").getBoundingClientRect().height) + 4}px`);
      new ResizeObserver(fit).observe(document.querySelector(".lab"));
    } catch {
      // Another origin: the page keeps the theme of the system, and the height that it was given.
    }
  }

  svg.setAttribute("role", "toolbar");
  svg.querySelector("title").remove(); // it would hang over the picture as a tooltip; the label says it
  all("text.word.strong:not(.note)", svg).forEach((masked) => masked.remove());
  all(".live").forEach((part) => part.removeAttribute("hidden"));
  makeFilm();
  listen();
  choose(state.wire);
  draw();
  $("said").textContent = say("Move a slider: this step and all later ones follow.");
  fitIn();
})();
