// The explorer: the form follows what is chosen, and chart, table and file follow the form.
(() => {
  const { NOBODY, WHOLE, address, between, both, completed, constructsOf, data, figure, find, label, listed, read, same, say, sectorOf, shows, spoken, title, valueOf } = explored;
  const { by } = drawn;
  const root = document.documentElement;
  const form = by("picks");

  // The table and the file: what the chart shows.
  const cell = (row, kind, content, head) => {
    const made = document.createElement(kind === "name" ? "th" : "td");
    if (kind === "name") made.scope = "row";
    made.className = { name: "l", value: "v", words: "words l", plain: "x" }[kind];
    if (head && kind !== "name" && kind !== "value") {
      const only = document.createElement("span");
      only.className = "only";
      only.append(spoken(head));
      made.append(only, " ");
    }
    made.append(content);
    row.append(made);
  };
  const table = (heads, rows) => {
    const head = document.createElement("tr");
    heads.forEach(([kind, pair]) => {
      const th = document.createElement("th");
      th.scope = "col";
      if (kind === "name" || kind === "words") th.className = "l";
      th.append(spoken(pair));
      head.append(th);
    });
    const [top, body] = [by("figures").tHead, by("figures").tBodies[0]];
    top.replaceChildren(head);
    body.replaceChildren(...rows.map((cells) => {
      const row = document.createElement("tr");
      cells.forEach((pair, k) => cell(row, heads[k][0], spoken(pair), heads[k][1]));
      return row;
    }));
  };
  const csv = (lines, name) => {
    const neutral = (value) => (typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? ""));
    const quoted = (value) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
    const text = "\ufeff" + lines.map((one) => one.map((value) => quoted(neutral(value))).join(",")).join("\n") + "\n";
    for (const link of [by("csv"), by("chart-chart").querySelector("[download]")]) {
      link.href = "data:text/csv;charset=utf-8," + encodeURIComponent(text);
      link.download = name;
    }
  };
  const told = document.querySelector("footer .wrap").textContent.trim();
  const showLines = (state) => {
    const rows = drawn.lines(state);
    const change = state.show === "change";
    const ranked = rows.some((row) => row.rank.length) && state.construct === data.target && state.wave === data.wave && !change;
    const compared = rows.some((row) => row.test);
    const heads = [["name", say("name")], ["value", say(change ? "change" : "index")], ["plain", say("interval", { level: data.level })]];
    if (rows.some((row) => row.n !== null)) heads.push(["plain", say("sample")]);
    if (ranked) heads.push(["plain", say("rank")]);
    const named = state.with === WHOLE ? say("whole") : state.with === NOBODY ? null : find(listed(state), state.with).name;
    if (compared || rows.some((row) => row.status)) heads.push(["words", named ? say("compared", { name: named }) : say("tested")]);
    const keys = heads.map((one) => one[1]);
    table(heads, rows.map((row) => {
      const cells = [row.name, row.x === null ? same("—") : same(valueOf(row, change)), row.x === null ? same("—") : between(row.low, row.high, change)];
      if (rows.some((one) => one.n !== null)) cells.push(same(row.n === null ? "—" : row.n.toLocaleString("en")));
      if (ranked) cells.push(same(row.rank.length ? (row.rank[1] === row.rank[2] ? String(row.rank[1]) : `${row.rank[1]}–${row.rank[2]}`) : "—"));
      if (keys.length > cells.length) {
        const parts = [row.status && row.status !== "no_scale" ? say(row.status) : null, row.test].filter(Boolean).map((one) => one.words || one);
        if (row.test && row.x !== null) parts[parts.length - 1] = both(`${row.test.mark} ${row.test.words.zh}`, `${row.test.mark} ${row.test.words.en}`);
        cells.push(both(parts.map((one) => one.zh).join("；"), parts.map((one) => one.en).join("; ")));
      }
      return cells;
    }));
    const measure = change ? "change" : "index_0_100";
    csv([["id", "name_zh", "name_en", "wave", "sector", "construct", measure, "low", "high", "n", "status", "compared_with", "verdict", "verdict_zh", "verdict_en", "source"],
      ...rows.map((row) => [row.id, row.name.zh, row.name.en, state.wave, state.view === "sectors" ? row.id : state.sector,
        state.view === "constructs" ? row.id : state.construct, row.x, row.x === null ? "" : row.low, row.x === null ? "" : row.high, row.n,
        row.status || "published", change ? data.previous : state.with, row.test ? row.test.code : "", row.test ? row.test.words.zh : "", row.test ? row.test.words.en : "", told])], `explorer-${state.view}-${data.wave}.csv`);
  };
  const showWaves = (state) => {
    const all = drawn.waves(state);
    const flat = all.flatMap((one) => one.points.map((point) => ({ one, point })));
    const basis = (point) => (point.basis === "measured" ? [] : [say(`basis_${point.basis}`)]);
    table([["name", say("name")], ["plain", say("wave")], ["value", say("index")], ["plain", say("interval", { level: data.level })], ["words", say("tested")]],
      flat.map(({ one, point }) => {
        const parts = [...basis(point), ...point.tests.map((test) => test.words)];
        return [one.name, label(point.at), same(figure(point.index)), between(point.low, point.high),
          both(parts.map((part) => part.zh).join("；") || "—", parts.map((part) => part.en).join("; ") || "—")];
      }));
    csv([["id", "name_zh", "name_en", "wave", "construct", "index_0_100", "low", "high", "basis", "verdict", "verdict_zh", "verdict_en", "source"],
      ...flat.map(({ one, point }) => [one.id, one.name.zh, one.name.en, point.at, data.target, point.index, point.low, point.high, point.basis,
        point.tests.map((test) => test.code).join(" "), point.tests.map((test) => test.words.zh).join("；"), point.tests.map((test) => test.words.en).join("; "), told])], `explorer-waves-${data.wave}.csv`);
  };

  // The form follows the state.
  const plain = ({ zh, en }) => ({ zh, en }[root.dataset.lang] || (zh === en ? zh : `${zh} ${en}`));
  const fill = (select, options, chosen) => {
    const key = JSON.stringify(options);
    if (select.dataset.key !== key) {
      select.replaceChildren(...options.map(([id, pair]) => {
        const one = document.createElement("option");
        one.value = id;
        Object.assign(one.dataset, pair);
        one.textContent = plain(pair);
        return one;
      }));
      select.dataset.key = key;
    }
    select.value = chosen;
  };
  const ticks = (name, list, chosen) => {
    const box = form.querySelector(`[data-rows=${name}]`);
    const key = JSON.stringify(list.map((one) => [one.id, one.name]));
    if (box.dataset.key !== key) {
      box.replaceChildren(...list.map((one) => {
        const item = document.createElement("li");
        const around = document.createElement("label");
        const tick = document.createElement("input");
        Object.assign(tick, { type: "checkbox", name, value: one.id });
        const words = document.createElement("span");
        words.append(spoken(one.name));
        around.append(tick, words);
        item.append(around);
        return item;
      }));
      box.dataset.key = key;
    }
    box.querySelectorAll("input").forEach((one) => { one.checked = chosen.includes(one.value); });
  };
  const named = (list) => list.map((one) => [one.id, one.name]);
  let state = null;
  const controls = () => {
    const sector = sectorOf(state);
    const asked = {
      sector: state.view === "brands" || state.view === "constructs", unit: state.view === "constructs" && sector.brands.length > 0,
      construct: state.view === "sectors" || state.view === "brands", show: state.view !== "waves" && shows.length > 1,
      wave: state.view === "sectors" && state.show === "index" && data.waves.length > 1,
      with: state.show === "index" && (state.view === "sectors" || state.view === "brands" || (state.view === "constructs" && state.unit !== WHOLE)),
      at: state.view === "waves", rows: true,
    };
    Object.entries(asked).forEach(([name, wanted]) => { by(`for-${name}`).hidden = !wanted; });
    form.querySelectorAll("[name=view]").forEach((one) => { one.checked = one.value === state.view; });
    fill(form.elements.sector, named(state.view === "brands" ? data.sectors.filter((one) => one.brands.length) : data.sectors), state.sector);
    fill(form.elements.unit, [[WHOLE, say("whole")], ...named(sector.brands)], state.unit);
    fill(form.elements.construct, named(constructsOf(state)), state.construct);
    form.elements.show.value = state.show;
    fill(form.elements.wave, named(data.waves), state.wave);
    const whom = state.view === "sectors" ? named(data.sectors) : [[WHOLE, say("whole")], ...(state.view === "brands" ? named(sector.brands) : [])];
    fill(form.elements.with, [[NOBODY, say("nobody")], ...whom], state.with);
    ticks("rows", listed(state), state.rows);
    ticks("at", data.waves, state.at);
  };
  // What is taken along is what is shown: its title, its address, the code of its frame.
  const taken = (made, place) => {
    const figure = by("chart-chart");
    for (const [language, before] of [["zh", figure.dataset.titleZh], ["en", figure.dataset.titleEn]]) {
      const words = figure.querySelector(`.cited > [lang|=${language}]`), at = words.textContent.lastIndexOf(before);
      if (at >= 0) words.textContent = words.textContent.slice(0, at) + made[language] + words.textContent.slice(at + before.length);
    }
    [figure.dataset.titleZh, figure.dataset.titleEn] = [made.zh, made.en];
    const line = made.zh === made.en ? made.zh : `${made.zh} ${made.en}`;
    figure.setAttribute("aria-label", line);
    for (const link of [by("link"), figure.querySelector(".forms a:not([download])")]) link.setAttribute("href", place);
    const code = figure.querySelector("textarea");
    const quoted = (words) => words.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    if (code) {
      const named = code.value.replace(/ title="[^"]*"/, () => ` title="${quoted(line)}"`);
      code.value = named.replace(/(explorer-chart\.html)[^"]*/, (_, page) => page + quoted(place));
    }
    const where = figure.querySelector(".cited > span:last-child");
    where.textContent = where.textContent.replace(/#.*/, () => place);
  };
  const render = () => {
    controls();
    const made = title(state);
    by("what").replaceChildren(spoken(made));
    if (state.view === "waves") showWaves(state);
    else showLines(state);
    taken(made, address(state));
  };
  const go = (given) => {
    state = completed(given);
    render();
    const wanted = address(state);
    if (location.hash !== wanted) location.hash = wanted;
  };
  const chosen = (name) => {
    const found = [...form.querySelectorAll(`[data-rows=${name}] input`)];
    return found.filter((one) => one.checked).map((one) => one.value).join(".") || "-";
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    const given = { ...state, rows: state.rows.join(".") || "-", at: state.at.join(".") || "-" };
    const { name } = target;
    given[name] = name === "rows" || name === "at" ? chosen(name) : target.value;
    // Another list: what was chosen of the one before does not carry over.
    if (name === "view" || name === "sector") Object.assign(given, { rows: null, with: null, unit: null });
    if (name === "unit" || name === "show") given.with = null;
    go(given);
  });
  form.querySelectorAll("[data-some]").forEach((button) => button.addEventListener("click", () => {
    const name = button.dataset.some;
    const all = (name === "at" ? data.waves : listed(state)).map((one) => one.id).join(".");
    go({ ...state, rows: state.rows.join(".") || "-", at: state.at.join(".") || "-", [name]: "none" in button.dataset ? "-" : all });
  }));
  addEventListener("hashchange", () => {
    if (state && location.hash === address(state)) return;
    const lang = new URLSearchParams(location.hash.slice(1)).get("lang");
    const wanted = [...document.querySelectorAll("[data-show]")].find((one) => one.dataset.show === (lang || "both"));
    if (wanted && root.dataset.lang !== wanted.dataset.show) wanted.click();
    state = read();
    render();
  });
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; render(); } });
  new MutationObserver(() => {
    render();
    if (location.hash.length > 1 && location.hash !== address(state)) history.replaceState(null, "", address(state));
  }).observe(root, { attributes: true, attributeFilter: ["data-lang"] });
  by("explorer").hidden = false;
  state = read();
  render();
  document.fonts.ready.then(render);
})();
