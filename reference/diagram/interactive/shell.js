// What every page to play with has: its words, formulas, sliders, keys, and the frame that a notebook puts around it.
const PAGE = (() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Python writes numbers that JSON lacks as words.
  const data = JSON.parse($("data").textContent, (_, v) => (v === "NaN" || /^-?Infinity$/.test(v) ? Number(v) : v));

  function say(word, values = {}) {
    const known = data.words[word] === undefined ? word : data.words[word];
    return known.replace(/\{(\w+)\}/g, (gap, name) => (name in values ? values[name] : gap));
  }

  // An element of HTML, or of SVG if its name is one of SVG's.
  const SVG = new Set(["svg", "g", "rect", "path", "text", "title", "line"]);
  function make(name, attributes = {}, ...content) {
    const made = SVG.has(name) ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...content);
    return made;
  }

  // "c_{t-1}" as an italic letter with a subscript.
  function formula(text) {
    const made = document.createDocumentFragment();
    let end = 0;
    for (const match of text.matchAll(/(?:[0-9][0-9.]*e−?[0-9]+)|([A-Za-z]+)(′?)(?:_\{([^}]*)\})?/g)) {
      made.append(text.slice(end, match.index));
      end = match.index + match[0].length;
      if (!match[1] || match[1].length > 1) {
        made.append(match[0]);
        continue;
      }
      made.append(make("i", {}, match[1] + match[2]));
      if (match[3]) made.append(make("sub", {}, match[3].replace("-", "−")));
    }
    made.append(text.slice(end));
    return made;
  }

  // Equations, and last a sentence. The room that a long one took stays, so that nothing below moves to and fro.
  let toldWidth = 0;
  function tell(lines) {
    const rows = lines.map((line, n) =>
      n < lines.length - 1 ? make("p", { class: "math" }, formula(line)) : make("p", {}, line),
    );
    const told = $("told");
    told.replaceChildren(...rows);
    if (told.clientWidth !== toldWidth) [toldWidth, told.style.minHeight] = [told.clientWidth, ""];
    told.style.minHeight = `${told.offsetHeight}px`;
  }

  // A slider that goes as far as its number does; not less far while it is held.
  function reach(input, value, limit) {
    const least = document.activeElement === input ? Number(input.max) : limit;
    const most = Math.max(least, Number.isFinite(value) ? Math.ceil(Math.abs(value)) : 0);
    [input.min, input.max] = [-most, most];
  }

  // A row of a slider with its number and its button back; `move(name, value)` gets null for the button.
  function sliders(move) {
    const found = new Map();
    for (const row of all("[data-slider]")) {
      const name = row.dataset.slider;
      const [input, output, reset] = ["input", "output", "button"].map((part) => row.querySelector(part));
      input.addEventListener("input", () => move(name, Number(input.value)));
      reset.addEventListener("click", () => {
        move(name, null);
        input.focus();
      });
      const limit = Number(input.max);
      const show = (value, text, moved) => {
        if (input.min < 0) reach(input, value, limit);
        if (document.activeElement !== input || Math.abs(Number(input.value) - value) > Number(input.step)) input.value = value;
        output.textContent = text;
        input.setAttribute("aria-valuetext", text);
        row.classList.toggle("moved", moved);
        reset.disabled = !moved;
      };
      found.set(name, { input, show });
    }
    return found;
  }

  // The stepper in the head: a slider from 1 to `count` between two buttons. `go` gets a place from 0. The arrow keys step
  // from wherever they have nothing else to do.
  function stepper(count, go) {
    const at = () => Number($("step").value) - 1;
    $("step").addEventListener("input", () => go(at()));
    $("back").addEventListener("click", () => go(at() - 1));
    $("forward").addEventListener("click", () => go(at() + 1));
    document.querySelector(".lab").addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const taken = event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
      if (by === undefined || taken || event.target.matches("select, [data-slider] input")) return;
      event.preventDefault();
      go(at() + by);
    });
    return (place, total, said) => {
      $("step").max = total;
      $("step").value = place + 1;
      $("step").setAttribute("aria-valuetext", said);
      $("step-now").textContent = `${place + 1} / ${total}`;
      $("back").disabled = place === 0;
      $("forward").disabled = place === total - 1;
    };
  }

  // The arrow keys on an element: `move(across, down)`.
  function arrows(element, move) {
    element.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowDown: [0, 1] }[event.key];
      if (!by) return;
      event.preventDefault();
      move(...by);
    });
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
      const lab = document.querySelector(".lab");
      const fit = () => (frame.style.height = `${Math.ceil(lab.getBoundingClientRect().height) + 4}px`);
      new ResizeObserver(fit).observe(lab);
    } catch {
      // Another origin: the page keeps the theme of the system, and the height that it was given.
    }
  }

  // Where the picture stays at the top, the style keeps what the keyboard comes to below it.
  function keepClear() {
    const view = document.querySelector(".view");
    new ResizeObserver(() => document.documentElement.style.setProperty("--view", `${view.offsetHeight}px`)).observe(view);
  }

  // What needs scripts appears; a notebook around the page, which has keys of its own, gets none of the page's.
  function begin() {
    all(".live").forEach((part) => part.removeAttribute("hidden"));
    document.querySelector(".lab").addEventListener("keydown", (event) => event.stopPropagation());
    keepClear();
    fitIn();
  }

  return { $, all, data, say, make, formula, tell, sliders, stepper, arrows, begin };
})();
