(() => {
  const at = id => document.getElementById(id);
  const tables = [...document.querySelectorAll(".grades")], form = document.querySelector(".tools");
  const find = at("find"), exercise = at("exercise"), status = at("status"), mistake = at("mistake");
  const section = at("section"), shown = at("shown");
  const names = new Intl.Collator(document.documentElement.lang, {numeric: true});
  const points = text => parseFloat(text.replace(/^[^\d-]*/, "")) || 0;
  const rows = tables.flatMap(table => {
    const first = [...table.tHead.rows[0].cells].findIndex(head => head.matches(".x")), whole = table.matches(".all");
    return [...table.tBodies[0].rows].map(row => {
      const texts = Array.from(row.cells, cell => cell.textContent.trim());
      return {
        row, table, texts, whole, name: texts[0].toLowerCase(), section: section ? texts[1] : "",
        marks: first < 0 ? [] : ["", ...texts.slice(first).map(text => text[0] || "")],
        mistakes: (row.dataset.m || "").split(" "), flag: row.dataset.f || "",
      };
    });
  });
  function filter() {
    const text = find.value.trim().toLowerCase(), mark = status.value, wrong = mistake ? mistake.value : "";
    const part = section ? section.value : "";
    const option = exercise.selectedOptions[0], column = Number(exercise.value), within = option.dataset.table;
    let count = 0;
    for (const one of rows) {
      const marks = !column ? one.marks.join("") : one.table.dataset.name === within ? one.marks[column] : "";
      const kept = one.name.includes(text) && (!part || one.section === part)
        && (one.whole || (!column || marks) && (!mark || (marks + one.flag).includes(mark)) && (!wrong || one.mistakes.includes(wrong)));
      if (one.row.hidden === !!kept) one.row.hidden = !kept;
      count += !!kept && !one.whole;
    }
    for (const table of tables) {
      const marked = column && table.dataset.name === within ? column : -1;
      table.querySelectorAll("thead .x").forEach((head, n) => head.classList.toggle("marked", n + 1 === marked));
    }
    shown.textContent = shown.dataset.said.replace("#", count);
  }
  form.hidden = false;
  form.oninput = filter;
  form.onreset = () => setTimeout(filter);
  form.onsubmit = event => event.preventDefault();
  for (const table of tables) {
    const body = table.tBodies[0], own = rows.filter(one => one.table === table), heads = [...table.tHead.rows[0].cells];
    heads[0].setAttribute("aria-sort", "ascending");
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.onclick = () => {
        const text = head.dataset.sort === "text";
        const down = head.getAttribute("aria-sort") === (text ? "ascending" : "descending");
        const up = text ? !down : down;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const order = text
          ? (a, b) => names.compare(a.texts[column], b.texts[column])
          : (a, b) => points(a.texts[column]) - points(b.texts[column]);
        own.sort((a, b) => (up ? 1 : -1) * order(a, b));
        body.append(...own.map(one => one.row));
      };
    });
  }
  const words = new Map([...document.querySelectorAll("#looks li")].map(item => {
    const symbol = item.firstElementChild.textContent;
    return [symbol, item.textContent.replace(symbol, "").trim()];
  }));
  document.addEventListener("mouseover", event => {
    const cell = event.target.closest(".grades td[class]");
    if (cell && !cell.title) cell.title = words.get(cell.textContent.trim()[0]) || "";
  });
  for (const line of document.querySelectorAll(".act")) line.hidden = false;
  document.addEventListener("click", async event => {
    const button = event.target.closest("button");
    if (button?.matches(".show")) {
      form.reset();
      mistake.value = button.value;
      setTimeout(() => { filter(); at("all").scrollIntoView(); mistake.focus({preventScroll: true}); });
    } else if (button?.matches(".copy")) {
      const said = button.closest("details").querySelector("blockquote");
      getSelection().selectAllChildren(said);
      try { await navigator.clipboard.writeText(said.textContent); } catch { document.execCommand("copy"); }
      button.classList.add("done");
    }
  });
  filter();
})();
