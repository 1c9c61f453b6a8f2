// The page of a recurrent network: reads the sliders, runs it again, writes every number. It knows no equation; those are in
// the file of the network, which the data name.
(() => {
  "use strict";
  const { $, all, data, say, make, formula } = PAGE;
  const { number, nearly, short, fitting } = NUMBERS;
  const { close, held } = COMPARING;

  const network = { LSTM: () => LSTM, RNN: () => RNN, GRU: () => GRU }[data.network]();
  const STATES = Object.keys(network.STATES);
  const STEPS = data.x.length;
  const UNITS = data.first.h.length;
  const svg = document.querySelector("svg.gbd");
  const narrow = window.matchMedia("(max-width: 480px)"); // numbers are drawn larger

  const zeros = () => Object.fromEntries(network.BLOCKS.map((block) => [block, data.first.h.map(() => 0)]));
  const state = { t: 0, unit: data.unit, biases: zeros(), only: false, scale: 1, changes: new Map(), wire: data.told };
  const run = (weights, changed) => RECURRENCE.run(network, data.x, data.first, weights, data.mask, data.zeroOutput, changed);
  const trained = run(data.weights);
  let weights = data.weights;
  let steps = trained;

  // What the reader put in the place of what a step reads: x by feature, states by unit.
  function changesAt(t) {
    if (!state.changes.has(t)) state.changes.set(t, Object.fromEntries(["x", ...STATES].map((part) => [part, {}])));
    return state.changes.get(t);
  }

  function changed(t, read) {
    const change = state.changes.get(t);
    if (!change) return read;
    const put = (values, others) => values.map((value, k) => (k in others ? others[k] : value));
    return Object.fromEntries(Object.entries(read).map(([part, values]) => [part, put(values, change[part])]));
  }

  const anyChange = () =>
    state.only ||
    state.scale !== 1 ||
    network.BLOCKS.some((block) => state.biases[block].some(Boolean)) ||
    [...state.changes.values()].some((change) => Object.values(change).some((part) => Object.keys(part).length));

  // ---- the picture ----

  function tell(wire) {
    const s = steps[state.t];
    const lines = network.told(wire, s, state.unit, weights, (name, values) => {
      const share = nearly(network.lasting(steps, state.t, state.unit, weights).at(-1));
      const sentence = say(data.explanations[name], { share, ...values });
      return name === "x" ? `${data.inputs[Number(wire.slice(1))]}. ${sentence}` : sentence;
    });
    if (!s.counts) lines.push(`${lines.pop()} ${say("This step is masked: it changes no state.")}`);
    PAGE.tell(lines);
    for (const [name, group] of wires) group.classList.toggle("on", name === wire);
  }

  const valuesOf = (s) => ({
    ...network.values(s, state.unit),
    ...Object.fromEntries(s.x.map((value, k) => [`x${k}`, value])),
  });

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
      group.dataset.y = Number(ground.getAttribute("y")) + Number(ground.getAttribute("height")) / 2;
      return [group.dataset.wire, group];
    }),
  );

  // What a number is called where it is read out.
  function nameOf(wire) {
    if (/^x\d+$/.test(wire)) return `${data.inputs[Number(wire.slice(1))]} x`;
    const { word, symbol } = data.wires[wire];
    return word ? `${say(word)} ${symbol}` : symbol;
  }

  function drawValve(valve, opening) {
    const ring = valve.querySelector(".ring");
    let plate = valve.querySelector(".plate");
    if (!plate) {
      plate = make("rect", { class: "plate", rx: 2 });
      ring.after(plate);
    }
    const inside = Number(ring.getAttribute("width")) - 2;
    plate.setAttribute("x", Number(ring.getAttribute("x")) + 1);
    plate.setAttribute("y", Number(ring.getAttribute("y")) + 1);
    plate.setAttribute("width", inside);
    if (valve.dataset.turn) plate.setAttribute("transform", valve.dataset.turn);
    const height = inside * (1 - (Number.isNaN(opening) ? 1 : opening));
    plate.setAttribute("height", height);
    plate.style.height = `${height}px`;
    ring.classList.toggle("unknown", Number.isNaN(opening));
  }

  // Another number that belongs here, behind a sign ≠.
  function mark(wire, group, ours, theirs) {
    const made = group.cloneNode(true);
    made.setAttribute("class", "theirs");
    ["data-wire", "tabindex", "role", "aria-label", "aria-pressed"].forEach((name) => made.removeAttribute(name));
    made.setAttribute("transform", `translate(${data.wires[wire].beside.join(" ")})`);
    made.setAttribute("aria-hidden", "true");
    const apart = number(theirs) === number(ours) ? theirs.toPrecision(4) : number(theirs);
    write(made, `≠ ${apart}`.replace("-", "−"));
    group.after(made);
  }

  function drawPicture() {
    const s = steps[state.t];
    const values = valuesOf(s);
    all(".theirs", svg).forEach((old) => old.remove());
    const theirs = comparable() ? network.values(COMPARING.theirs(network, compared, s, state.t), state.unit) : {};
    for (const [wire, group] of wires) {
      write(group, number(values[wire]));
      const differs = wire in theirs && !close(theirs[wire], values[wire]);
      group.setAttribute("aria-label", `${nameOf(wire)} = ${number(values[wire])}${differs ? `, ≠ ${number(theirs[wire])}` : ""}`);
      if (differs && data.wires[wire].beside) mark(wire, group, values[wire], theirs[wire]);
    }
    for (const valve of all("[data-valve]", svg)) drawValve(valve, values[valve.dataset.valve]);
    svg.classList.toggle("masked", !s.counts);
    const at = { step: state.t + 1, steps: STEPS };
    svg.querySelector("text.strong:not(.note)").textContent = say("step {step} of {steps}", at);
    const hint = say("Numbers of this step: the arrow keys go from one to the next");
    svg.setAttribute("aria-label", `${say(data.title, at)}. ${hint}`);
    drawChain();
  }

  // The unrolled network above a cell: its boxes stand for the steps around the one that is shown.
  const links = all("[data-link]", svg);
  function drawChain() {
    for (const link of links) {
      const t = state.t + Number(link.dataset.link);
      const here = t >= 0 && t < STEPS;
      link.toggleAttribute("hidden", !here && t !== -1);
      const box = link.querySelector(".inside");
      if (box) box.toggleAttribute("hidden", !here);
      const [name, value] = [link.querySelector(".name"), link.querySelector(".num")];
      if (name) name.textContent = here ? say("step {step}", { step: t + 1 }) : "";
      if (value) value.textContent = t === -1 ? number(data.first.h[state.unit]) : here ? number(steps[t].after.h[state.unit]) : "";
    }
  }

  // ---- all steps ----

  // Rows as the data have them: of the inputs, of the parts of a unit, of the states.
  const ROWS = data.rows.map(({ part, unit, input, ...row }) => {
    const of = (s) => (input === undefined ? held(network, s, part)[unit === undefined ? state.unit : unit] : s.x[input]);
    return { ...row, part, unit, of: (all) => all.map(of) };
  });

  // Last, what is left of the state of the step that is shown, at that step and all later ones.
  ROWS.push({
    symbol: "", name: say("left of {letter}", { letter: STATES.at(-1) }), kind: "cell", signed: data.network === "RNN",
    of: (all, weights) => [...Array(state.t), ...network.lasting(all, state.t, state.unit, weights)],
  });

  // As far as a row of bars reaches: a round number, so that it seldom changes.
  function reachOf(row, values) {
    const largest = Math.max(row.least || 0, ...values.filter(Number.isFinite).map(Math.abs));
    const power = 10 ** Math.floor(Math.log10(largest));
    return largest ? Math.ceil(largest / power - 1e-9) * power : 1;
  }

  function makeFilm() {
    const inputs = data.rows.filter((row) => !row.part).length;
    ROWS.forEach((row, place) => {
      row.bars = make("div", { class: "bars", role: "img" });
      row.now = make("span", { class: "now" });
      row.scale = make("small", {});
      const symbol = make("span", { class: "symbol" }, formula(row.symbol));
      const name = make("span", { class: "name" }, symbol, make("span", { class: "word" }, row.name), row.scale);
      const track = make("div", { class: `track ${row.kind}` }, name, row.bars, row.now);
      if (!row.part || row.unit !== undefined) track.classList.add("named");
      if (place === inputs - 1) track.classList.add("gap");
      $("film").append(track);
    });
    for (const id of ["chosen", "pointed"]) ROWS[0].bars.append(make("div", { class: id, id }));
    const bars = ROWS[0].bars;
    const stepAt = ({ target, clientX }) => {
      const box = bars.getBoundingClientRect();
      return target.closest(".bars") ? Math.min(STEPS - 1, Math.floor((STEPS * (clientX - box.left)) / box.width)) : state.t;
    };
    $("film").addEventListener("click", (event) => go(stepAt(event)));
    $("film").addEventListener("pointermove", (event) => writeNumbers(stepAt(event)));
    $("film").addEventListener("pointerleave", () => writeNumbers(state.t));
  }

  // The numbers beside the bars: of the step that is shown, or of the one that is pointed at.
  function writeNumbers(t) {
    for (const row of ROWS) row.now.textContent = row.values[t] === undefined ? "–" : nearly(row.values[t]);
    $("film-step").textContent = say("step {step}", { step: t + 1 });
    frame($("pointed"), t);
    $("pointed").toggleAttribute("hidden", t === state.t);
  }

  // A frame around all bars of a step.
  function frame(around, t) {
    around.style.left = `${(100 * t) / STEPS}%`;
    around.style.width = `${100 / STEPS}%`;
    const [first, last] = [ROWS[0], ROWS[ROWS.length - 1]].map((row) => row.bars.getBoundingClientRect());
    around.style.height = `${last.bottom - first.top + 4}px`;
  }

  function drawFilm() {
    for (const row of ROWS) {
      const [now, was] = [row.of(steps, weights), row.of(trained, data.weights)];
      const largest = reachOf(row, [...now, ...was]);
      row.values = now;
      row.scale.textContent = largest === 1 ? "" : `${row.signed ? "±" : ""}${short(largest)}`;
      row.bars.setAttribute("aria-label", `${row.name}: ${now.filter((value) => value !== undefined).map(nearly).join(", ")}`);
      const height = (value) => {
        const share = Math.max(-1, Math.min(1, (Number.isFinite(value) ? value : 0) / largest));
        return row.signed ? 50 - 48 * share : 98 - 96 * share;
      };
      const floor = height(0);
      const drawn = make("svg", { viewBox: `0 0 ${STEPS * 10} 100`, preserveAspectRatio: "none", "aria-hidden": "true" });
      drawn.append(make("path", { class: "zero", d: `M0 ${floor}H${STEPS * 10}` }));
      now.forEach((value, t) => {
        const top = height(value);
        drawn.append(make("rect", {
          class: steps[t].counts ? "bar" : "bar off", x: t * 10 + 1, width: 8, y: Math.min(top, floor), height: Math.abs(top - floor),
        }));
      });
      drawn.append(make("path", { class: "was", d: was.map((value, t) => `M${t * 10 + 1} ${height(value)}h8`).join("") }));
      row.bars.querySelectorAll("svg,.differs").forEach((old) => old.remove());
      row.bars.prepend(drawn);
      if (!row.part || !comparable()) continue;
      const unit = row.unit === undefined ? state.unit : row.unit;
      const differs = now.map((value, t) => !close(compared[row.part][t][unit], value));
      const tight = row.bars.clientWidth < 14 * STEPS; // then a sign stands where signs begin
      differs.forEach((differing, t) => {
        if (!differing || (tight && differs[t - 1])) return;
        const sign = make("span", { class: "differs" }, "≠");
        sign.style.left = `${(100 * (t + 0.5)) / STEPS}%`;
        row.bars.append(sign);
      });
    }
    frame($("chosen"), state.t);
    writeNumbers(state.t);
  }

  // ---- what somebody else computed ----

  const parting = {
    given: COMPARING.firstParting(network, data.given, trained),
    yours: data.yours && COMPARING.firstParting(network, data.yours, trained),
  };
  const compared = data.yours || data.given;
  const comparable = () => (parting.yours || (!data.yours && parting.given)) && !anyChange();

  function partedSentence(whose, given, found) {
    const ofEach = found.filter(({ name }, n) => found.findIndex((other) => other.name === name) === n);
    const named = ofEach.map(({ name, t, unit }) => {
      const symbol = nameOf(name) + (UNITS > 1 ? ` (${say("unit {unit}", { unit: unit + 1 })})` : "");
      return say("{symbol} is {theirs}, the weights give {ours}", {
        symbol, theirs: number(given[name][t][unit]), ours: number(held(network, trained[t], name)[unit]),
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

  const isBias = (name) => network.BLOCKS.includes(name);

  // The place where a slider's number is kept, and what it is when nothing was moved; none: what the step reads.
  function placeOf(name) {
    if (name === "scale") return [state, "scale", 1];
    if (isBias(name)) return [state.biases[name], state.unit, 0];
    const change = changesAt(state.t);
    return STATES.includes(name) ? [change[name], state.unit] : [change.x, Number(name.slice(1))];
  }

  function current(name) {
    const [place, key, rest] = placeOf(name);
    if (rest !== undefined) return place[key];
    const s = steps[state.t];
    return STATES.includes(name) ? s.before[name][state.unit] : s.x[Number(name.slice(1))];
  }

  function drawSliders() {
    for (const [name, slider] of sliders) {
      const value = current(name);
      const [place, key, rest] = placeOf(name);
      const text = isBias(name) && value > 0 ? `+${number(value)}` : nearly(value);
      slider.show(value, text, rest === undefined ? key in place : value !== rest);
    }
    for (const span of all("[data-bias]")) {
      const column = RECURRENCE.columnOf(network, data.weights, span.dataset.bias, state.unit);
      span.textContent = number(data.weights.bias[column] + state.biases[span.dataset.bias][state.unit]);
    }
    $("only-biases").checked = state.only;
    for (const button of all("[data-preset]")) {
      const { biases, scale = 1 } = data.presets[button.dataset.preset];
      const moved = network.BLOCKS.every((block) => state.biases[block][state.unit] === (biases[block] || 0) * data.reach);
      const pressed = button.dataset.preset === "trained" ? !anyChange() : moved && state.scale === scale;
      button.setAttribute("aria-pressed", String(pressed));
    }
    showStep(state.t, STEPS, say("step {step} of {steps}", { step: state.t + 1, steps: STEPS }));
  }

  function moveSlider(name, value) {
    const [place, key, rest] = placeOf(name);
    if (value === null && rest === undefined) delete place[key];
    else place[key] = value === null ? rest : value;
    $("said").textContent = say("Move a slider: what this step reads acts on this step and all later ones, all else on every step.");
    draw();
  }

  function press(preset) {
    const { biases, scale = 1, sentence } = data.presets[preset];
    if (preset === "trained") {
      state.biases = zeros();
      state.changes.clear();
      state.only = false;
    } else for (const block of network.BLOCKS) state.biases[block][state.unit] = (biases[block] || 0) * data.reach;
    state.scale = scale;
    $("said").textContent = say(sentence);
    draw();
  }

  // ---- together ----

  function draw() {
    weights = RECURRENCE.moved(network, data.weights, state);
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
      group.setAttribute("tabindex", name === wire ? "0" : "-1");
      group.setAttribute("aria-pressed", String(name === wire));
    }
    tell(wire);
  }

  // The number that is meant where something of the picture is pointed at: a valve's is its product, a box's its gate.
  function wireAt(element) {
    const [wire, valve, part] = ["[data-wire]", "[data-valve]", ".part"].map((kind) => element.closest(kind));
    if (wire) return wire.dataset.wire;
    if (valve) return valve.dataset.product;
    return part && [...wires.keys()].find((name) => part.classList.contains(`gate-${name}`));
  }

  function listen() {
    for (const button of all("[data-preset]")) button.addEventListener("click", () => press(button.dataset.preset));
    $("only-biases").addEventListener("change", (event) => {
      state.only = event.target.checked;
      draw();
    });
    if ($("unit")) $("unit").addEventListener("change", (event) => {
      state.unit = Number(event.target.value);
      draw();
    });
    const names = [...wires.keys()];
    for (const [name, group] of wires) {
      group.setAttribute("role", "button");
      group.addEventListener("focus", () => choose(name));
      PAGE.arrows(group, (across, down) => wires.get(names[(names.indexOf(name) + across + down + names.length) % names.length]).focus());
    }
    svg.addEventListener("pointerover", (event) => tell(wireAt(event.target) || state.wire));
    svg.addEventListener("pointerleave", () => tell(state.wire));
    svg.addEventListener("click", (event) => {
      const link = event.target.closest("[data-link]");
      if (link) go(state.t + Number(link.dataset.link));
      else choose(wireAt(event.target) || state.wire);
    });
    window.addEventListener("resize", drawFilm);
    narrow.addEventListener("change", draw);
  }

  svg.setAttribute("role", "toolbar");
  svg.querySelector("title").remove(); // it would hang over the picture as a tooltip; the label says it
  all("text.word.strong:not(.note)", svg).forEach((masked) => masked.remove());
  PAGE.begin();
  const sliders = PAGE.sliders(moveSlider);
  const showStep = PAGE.stepper(STEPS, go);
  makeFilm();
  listen();
  choose(state.wire);
  draw();
  $("said").textContent = say("Move a slider: what this step reads acts on this step and all later ones, all else on every step.");
})();
