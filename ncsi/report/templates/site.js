(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("filters");
  const table = document.getElementById("explore");
  const rows = [...table.tBodies[0].rows];
  const minus = (words) => words.replace("-", "−");
  const figure = (value) => (value === null || value === undefined ? "—" : minus(rounded(value).replace(/^-0\.0$/, "0.0")));
  const signed = (value) => (Number(rounded(value)) > 0 ? "+" : "") + figure(value);
  const span = (low, high) => `${figure(low)}–${figure(high)}`;
  const reach = (low, high) => [["zh-CN", `${signed(low)} 至 ${signed(high)}`], ["en", `${signed(low)} to ${signed(high)}`]];
  const cell = (row, name) => row.querySelector(`[data-cell=${name}]`);
  const fill = (box, main, below, tone) => {
    if (!box) return;
    box.textContent = "";
    const strong = document.createElement("span");
    if (tone) strong.className = tone;
    strong.textContent = main;
    box.append(strong);
    if (!below) return;
    const small = document.createElement("span");
    small.className = "ci";
    if (typeof below === "string") small.textContent = below;
    else for (const [language, words] of below) {
      const part = document.createElement("span");
      part.lang = language;
      if (language === "en") part.className = "once";
      part.textContent = words;
      small.append(part);
    }
    box.append(small);
  };
  // Every test was made when the page was written. A change that a release prints stands as it prints it.
  const flipped = { rose: "fell", fell: "rose" };
  const backwards = (one) => ({ change: -one.change, low: -one.high, high: -one.low, verdict: flipped[one.verdict] || one.verdict });
  const each = (all, made) => Object.fromEntries(Object.entries(all).map(([id, one]) => [id, made(one, id)]));
  const printed = (id) => each(data.waves[id].changes, (one) => ({ change: one[0], low: one[1], high: one[2], verdict: one[3] }));
  const tested = (fromId, toId, pair) => each(pair, (one, id) => {
    if (one === null) return { verdict: "trend_break" };
    const change = data.waves[toId].sectors[id][0] - data.waves[fromId].sectors[id][0];
    const verdict = one[1] ? (change > 0 ? "rose" : "fell") : "no_significant_change";
    return { change, low: change - one[0], high: change + one[0], verdict };
  });
  const changes = (fromId, toId) => {
    if (fromId === toId) return {};
    const pair = data.pairs[toId][fromId] || data.pairs[fromId][toId];
    if (pair) return tested(fromId, toId, pair);
    return data.waves[toId].previous === fromId ? printed(toId) : each(printed(fromId), backwards);
  };
  const choice = () => Object.fromEntries(new FormData(form));
  const compare = () => {
    const { from, to } = choice();
    const found = changes(from, to);
    const lines = [["sector", "name", "from", "index_from", "to", "index_to", "low", "high", "change", "change_low", "change_high", "verdict"]];
    rows.forEach((row) => {
      const id = row.dataset.id;
      const now = data.waves[to].sectors[id] || [null, null, null, 0, null, "—"];
      const before = data.waves[from].sectors[id] || [null];
      const one = found[id];
      const tone = one ? { rose: "up", fell: "down" }[one.verdict] || "" : "";
      fill(cell(row, "rank"), now[4] === null ? "—" : String(now[4]));
      fill(cell(row, "before"), figure(before[0]));
      fill(cell(row, "value"), figure(now[0]), now[0] === null ? "" : span(now[1], now[2]));
      if (!one) fill(cell(row, "change"), "—");
      else if (one.verdict === "trend_break") fill(cell(row, "change"), "‖");
      else fill(cell(row, "change"), signed(one.change) + (tone ? "*" : ""), reach(one.low, one.high), tone);
      fill(cell(row, "set"), now[5]);
      fill(cell(row, "n"), now[3] ? now[3].toLocaleString("en") : "—");
      Object.assign(row.dataset, { rank: now[4] ?? "", before: before[0] ?? -1, value: now[0] ?? -1,
        change: one && one.verdict !== "trend_break" ? one.change : 0, n: now[3] });
      const link = row.querySelector("a");
      if (now[0] !== null) link.setAttribute("href", `${to}/sectors/${id}.html`);
      lines.push([id, row.dataset.name, from, before[0] ?? "", to, now[0] ?? "", now[1] ?? "", now[2] ?? "",
        ...(one && one.verdict !== "trend_break" ? [one.change.toFixed(4), one.low.toFixed(4), one.high.toFixed(4)] : ["", "", ""]), one ? one.verdict : ""]);
    });
    const quoted = (value) => (/[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
    const csv = "\ufeff" + lines.map((line) => line.map(quoted).join(",")).join("\n") + "\n";
    const link = document.getElementById("csv");
    link.href = "data:text/csv;charset=utf-8," + encodeURIComponent(csv);
    link.download = `sectors-${from}-${to}.csv`;
    const called = (words, lang) => { const one = document.createElement("span"); one.lang = lang; one.textContent = words; return one; };
    table.querySelectorAll("[data-wave-name]").forEach((name) => {
      const { zh, en } = form.elements[name.dataset.waveName].selectedOptions[0].dataset;
      name.replaceChildren(called(zh, "zh-CN"), " ", called(en, "en"));
    });
    const sorted = table.querySelector("th[aria-sort=ascending] button, th[aria-sort=descending] button");
    if (sorted) {
      const head = sorted.closest("th");
      head.setAttribute("aria-sort", head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending");
      sorted.click();
    }
  };
  // What a search finds, with its score: a link to its row, the first one by Enter.
  const hits = (words) => {
    const list = document.getElementById("hits");
    list.textContent = "";
    rows.filter((row) => words && !row.hidden).slice(0, 8).forEach((row) => {
      const link = document.createElement("a");
      link.href = `#row-${row.dataset.id}`;
      const brand = cell(row, "hit").hidden ? "" : ` · ${cell(row, "hit").textContent}`;
      link.textContent = `${row.querySelector("a").innerText.trim()}${brand}`;
      const score = document.createElement("b");
      score.textContent = cell(row, "value").firstChild.textContent;
      link.append(" ", score);
      link.addEventListener("click", (event) => {
        event.preventDefault();
        row.scrollIntoView({ block: "center" });
        row.querySelector("a").focus();
      });
      const item = document.createElement("li");
      item.append(link);
      list.append(item);
    });
    list.hidden = !list.children.length;
  };
  const filter = () => {
    const { q, group } = choice();
    const words = q.trim().toLowerCase();
    rows.forEach((row) => {
      const line = words && row.dataset.brands.split("\n").find((one) => one.toLowerCase().includes(words));
      const brand = line && line.split("\t")[0];
      const fits = !words || row.dataset.words.toLowerCase().includes(words) || brand;
      row.hidden = !fits || (group !== "" && row.dataset.group !== group);
      const hit = cell(row, "hit");
      hit.hidden = !brand;
      hit.textContent = brand || "";
    });
    const left = rows.filter((row) => !row.hidden).length;
    hits(words);
    document.getElementById("found").textContent = `${left} / ${rows.length}`;
    document.getElementById("none").hidden = left > 0;
    table.hidden = left === 0;
  };
  const address = () => {
    const chosen = choice();
    const first = Object.fromEntries([...form.elements].filter((one) => one.name).map((one) => [one.name, initial[one.name]]));
    const kept = Object.entries(chosen).filter(([name, value]) => value !== first[name]);
    return "#" + (kept.length ? new URLSearchParams(kept) : "sectors");
  };
  const initial = choice();
  const wanted = new URLSearchParams(location.hash.slice(1));
  [...form.elements].forEach((one) => {
    const value = wanted.get(one.name);
    if (value !== null && (one.type === "search" || [...one.options].some((option) => option.value === value))) one.value = value;
  });
  const update = () => {
    compare();
    filter();
    document.getElementById("link").setAttribute("href", address());
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = document.querySelector("#hits a");
    if (first) first.click();
  });
  form.addEventListener("input", () => {
    update();
    history.replaceState(null, "", address());
  });
  update();
})();
