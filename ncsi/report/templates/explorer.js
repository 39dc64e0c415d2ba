(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { words } = data;
  const root = document.documentElement;
  const form = document.getElementById("picks");
  const by = (id) => document.getElementById(id);
  const views = [...form.querySelectorAll("[name=view]")].map((one) => one.value);
  const shows = [...form.elements.show.options].map((one) => one.value);
  const NOBODY = "";
  const WHOLE = "whole";

  // Texts: a pair of languages; figures are filled in, names are never read as markup.
  const both = (zh, en) => ({ zh, en });
  const same = (text) => both(text, text);
  const say = (key, values = {}) => {
    const fill = (language) => words[key][language].replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name];
      return value && typeof value === "object" ? value[language] : String(value);
    });
    return both(fill("zh"), fill("en"));
  };
  const shown = (pair) => (root.dataset.lang === "en" ? pair.en : pair.zh);
  const spoken = (pair) => {
    const made = document.createDocumentFragment();
    if (pair.zh === pair.en) { made.append(pair.zh); return made; }
    for (const [tag, text] of [["zh-CN", pair.zh], ["en", pair.en]]) {
      const span = document.createElement("span");
      span.lang = tag;
      if (pair.alone) span.className = "alone";
      span.textContent = text;
      made.append(span, " ");
    }
    return made;
  };
  const figure = (value, digits = 1) => value.toFixed(digits).replace(/^-(0\.0*)$/, "$1").replace("-", "−");
  const signed = (value) => (Number(value.toFixed(1)) > 0 ? "+" : "") + figure(value);
  const between = (low, high) => (low === null || high === null ? same("—") : { ...say("between", { low: figure(low), high: figure(high) }), alone: true });

  // Figures of a row of `Measured`, by name.
  const figures = (cells) => {
    const [index, low, high, n, status, standing, change, changeLow, changeHigh, verdict] = cells || [];
    return { index: index ?? null, low: low ?? null, high: high ?? null, n: n ?? null, status: cells && cells.length ? status : "absent",
      standing: standing || "", change: change ?? null, changeLow: changeLow ?? null, changeHigh: changeHigh ?? null, verdict: verdict || "" };
  };
  const find = (list, id) => list.find((one) => one.id === id);
  const sectorOf = (state) => find(data.sectors, state.sector);
  const constructsOf = (state) => (state.view === "brands" ? sectorOf(state).constructs : data.constructs);
  const seriesKey = (one) => (one.level === "nation" ? "nation" : `${one.level}:${one.id}`);
  const listed = (state) => ({
    sectors: () => data.sectors,
    brands: () => sectorOf(state).brands,
    constructs: () => sectorOf(state).constructs,
    waves: () => data.series.map((one) => ({ id: seriesKey(one), name: one.name, series: one })),
  })[state.view]();
  const label = (id) => (find(data.waves, id) || { name: same(id) }).name;

  // The state: what is chosen. Whatever an address says is looked up in what there is, and left out where it is not.
  const known = (value, ids, otherwise) => (ids.includes(value) ? value : otherwise);
  const several = (value, ids, otherwise) => {
    if (value === null) return otherwise;
    if (value === "-") return [];
    const wanted = new Set(value.split("."));
    const found = ids.filter((id) => wanted.has(id));
    return found.length ? found : otherwise;
  };
  const ids = (list) => list.map((one) => one.id);
  const completed = (given) => {
    const state = { view: known(given.view, views, views[0]) };
    const possible = state.view === "brands" ? data.sectors.filter((one) => one.brands.length) : data.sectors;
    state.sector = known(given.sector, ids(possible), possible[0].id);
    state.unit = known(given.unit, ids(sectorOf(state).brands), WHOLE);
    state.construct = known(given.construct, ids(constructsOf(state)), data.target);
    if (state.view === "waves") state.construct = data.target;
    state.show = state.view === "waves" ? "index" : known(given.show, shows, "index");
    state.wave = state.view === "sectors" && state.show === "index" ? known(given.wave, ids(data.waves), data.wave) : data.wave;
    const whom = { sectors: ids(data.sectors), brands: [WHOLE, ...ids(sectorOf(state).brands)],
      constructs: state.unit === WHOLE ? [] : [WHOLE], waves: [] }[state.view];
    const usual = state.view === "brands" || whom.length === 1 ? WHOLE : NOBODY;
    state.with = state.show === "change" ? NOBODY : known(given.with, [NOBODY, ...whom], usual);
    state.usualWith = usual;
    const lines = ids(listed(state));
    state.usualRows = state.view === "waves" ? lines.slice(0, 1) : lines;
    state.rows = several(given.rows ?? null, lines, state.usualRows);
    state.at = several(given.at ?? null, ids(data.waves), ids(data.waves));
    return state;
  };
  const read = () => completed(Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
  const address = (state) => {
    const kept = { view: state.view };
    const keep = (name, usual) => { if (state[name] !== usual) kept[name] = state[name]; };
    if (state.view === "brands" || state.view === "constructs") kept.sector = state.sector;
    if (state.view === "constructs") keep("unit", WHOLE);
    if (state.view === "sectors" || state.view === "brands") keep("construct", data.target);
    keep("show", "index");
    keep("wave", data.wave);
    if (state.show === "index") keep("with", state.usualWith);
    for (const [name, all] of [["rows", state.usualRows], ["at", ids(data.waves)]]) {
      if (state[name].join(".") !== all.join(".") && (name === "rows" || state.view === "waves")) kept[name] = state[name].join(".") || "-";
    }
    if (root.dataset.lang !== "both") kept.lang = root.dataset.lang;
    return "#" + new URLSearchParams(kept);
  };

  // What a line shows, and what a published test says of it.
  const untested = (key, values) => ({ mark: "?", tone: "unknown", code: "not_comparable", words: say(key, values) });
  const placed = (code, name, worse) => ({
    above: { mark: "▲", tone: worse ? "worse" : "better" }, below: { mark: "▼", tone: worse ? "better" : "worse" }, level: { mark: "○", tone: "level" },
  })[code];
  const against = (code, name, rate, key = code) => ({ ...placed(code, name, rate), code, words: say(key, { name }) });
  const base = { mark: "◆", tone: "base", code: "reference", words: say("reference") };
  const opposite = { above: "below", below: "above" };
  const amongSectors = (one, other, state) => {
    if (one.id === other.id) return base;
    if (state.construct !== data.target || state.wave !== data.wave) return untested("no_rank");
    if (!one.rank.length || !other.rank.length) return untested("unpublished");
    const [rank, low, high, tier] = one.rank;
    const [otherRank, otherLow, otherHigh, otherTier] = other.rank;
    if (high < otherLow) return against("above", other.name, false, "ranked_above");
    if (low > otherHigh) return against("below", other.name, false, "ranked_below");
    const leads = (r, t) => !data.sectors.some((s) => s.rank.length && s.rank[3] === t && s.rank[0] < r);
    if (tier === otherTier && (leads(rank, tier) || leads(otherRank, otherTier))) return against("level", other.name);
    return untested("overlapping", { name: other.name });
  };
  const amongBrands = (one, shownOf, rate, state) => {
    const sector = sectorOf(state);
    if (state.with === WHOLE) return shownOf.standing ? against(shownOf.standing, say("whole"), rate) : untested("unpublished");
    if (one.id === state.with) return base;
    if (state.construct !== data.target) return untested("no_pair", { units: sector.units });
    const other = find(sector.brands, state.with);
    const [higher, lower] = [(sector.differences[one.id] || {})[other.id], (sector.differences[other.id] || {})[one.id]];
    if (!higher && !lower) return untested("unpublished");
    const code = (higher || lower)[3];
    return against(higher ? code : opposite[code] || code, other.name);
  };
  const moved = (f, rate) => {
    if (!f.verdict) return untested("unmeasured");
    if (f.verdict === "break") return untested("break");
    const tone = { rose: rate ? "worse" : "better", fell: rate ? "better" : "worse", same: "level" }[f.verdict];
    return { mark: { rose: "▲", fell: "▼", same: "○" }[f.verdict], tone, code: f.verdict, words: say(f.verdict) };
  };
  const earlier = (one, wave) => {
    const series = data.series.find((s) => s.level === "sector" && s.id === one.id);
    const point = series && series.points.find((p) => p[0] === wave);
    return point ? { ...figures([]), index: point[1], low: point[2], high: point[3], status: point[1] === null ? "no_wave" : point[4] === "measured" ? "" : `basis_${point[4]}` } : { ...figures([]), status: "no_wave" };
  };
  const line = (one, state) => {
    const list = (state.view === "sectors" ? one : sectorOf(state)).constructs;
    const id = state.view === "constructs" ? one.id : state.construct;
    const k = list.findIndex((c) => c.id === id);
    const from = state.view === "constructs" ? (find(sectorOf(state).brands, state.unit) || sectorOf(state)) : one;
    let f = k < 0 ? figures([]) : figures(from.figures[k]);
    if (state.wave !== data.wave) f = state.construct === data.target ? earlier(one, state.wave) : { ...figures([]), status: "no_wave" };
    const rate = k >= 0 && list[k].rate;
    const [x, low, high] = state.show === "change" ? [f.change, f.changeLow, f.changeHigh] : [f.index, f.low, f.high];
    const off = state.view === "sectors" && k >= 0 && rate !== find(data.constructs, state.construct).rate;
    const hidden = f.index === null || off || (state.show === "change" && x === null);
    let test = null;
    if (off) test = untested("no_scale");
    else if (f.index === null) test = f.status === "absent" || f.status === "no_wave" ? null : untested("unpublished");
    else if (state.show === "change") test = moved(f, rate);
    else if (state.with !== NOBODY && state.view === "sectors") test = amongSectors(one, find(data.sectors, state.with), state);
    else if (state.with !== NOBODY && state.view === "brands") test = amongBrands(one, f, rate, state);
    else if (state.with !== NOBODY) test = f.standing ? against(f.standing, say("whole"), rate) : untested("unpublished");
    return { id: one.id, name: one.name, rank: state.view === "sectors" || state.view === "brands" ? one.rank : [], x: hidden ? null : x, low, high,
      n: f.n, rate, status: off ? "no_scale" : f.status, test, few: f.status === "indicative" };
  };
  const lines = (state) => {
    const chosen = listed(state).filter((one) => state.rows.includes(one.id)).map((one) => line(one, state));
    if (state.view === "constructs") return chosen;
    return chosen.sort((a, b) => (a.x === null) - (b.x === null) || b.x - a.x);
  };

  // Drawing.
  const svg = (name, attributes = {}, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const scale = (values) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const step = [0.5, 1, 2, 5, 10, 20].find((one) => (high - low) / one <= 5) || 25;
    const first = Math.floor(low / step);
    const last = Math.max(Math.ceil(high / step), first + 1);
    const ticks = Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
    return { ticks, at: (value, from, to) => from + ((value - ticks[0]) / (ticks.at(-1) - ticks[0])) * (to - from) };
  };
  const cut = (node, room) => {
    const whole = node.textContent;
    for (let k = whole.length - 1; node.getComputedTextLength() > room && k > 0; k -= 1) node.textContent = `${whole.slice(0, k)}…`;
  };
  const valueOf = (row, change) => (change ? signed(row.x) : figure(row.x)) + (row.rate && !change ? "%" : "");
  const reasonOf = (row) => (row.x === null && row.test && row.test.code === "not_comparable" && row.status === "" ? row.test.words
    : row.status === "" ? same("") : say(row.status));
  const dots = (rows, state, reference, title) => {
    const box = by("chart");
    const width = Math.max(300, box.clientWidth);
    const narrow = width < 600;
    const [high, room] = narrow ? [48, 64] : [30, 76];
    const left = narrow ? 8 : Math.min(280, Math.max(...rows.map((row) => shown(row.name).length * 14), 80) + 14);
    const right = width - room;
    const drawn = rows.filter((row) => row.x !== null);
    const scores = drawn.filter((row) => state.show === "change" || state.view !== "constructs" || !row.rate);
    const values = scores.flatMap((row) => [row.x, row.low ?? row.x, row.high ?? row.x]);
    if (state.show === "change") values.push(0);
    else if (reference !== null) values.push(reference);
    const axis = scale(values.length ? values : [0, 100]);
    const [top, bottom] = [26, 26 + rows.length * high];
    const picture = svg("svg", { width, height: bottom + 26, viewBox: `0 0 ${width} ${bottom + 26}`, role: "img", "aria-label": shown(say("chart", { title })) });
    box.replaceChildren(picture);
    const at = (value) => axis.at(value, left, right - 8);
    axis.ticks.forEach((tick) => {
      picture.append(svg("line", { class: "tick", x1: at(tick), x2: at(tick), y1: top - 4, y2: bottom }));
      for (const y of [14, bottom + 17]) picture.append(svg("text", { class: "axis", x: at(tick), y, "text-anchor": "middle" }, figure(tick, axis.ticks.some((one) => one % 1) ? 1 : 0)));
    });
    const line = state.show === "change" ? 0 : reference;
    if (line !== null) picture.append(svg("line", { class: "ref", x1: at(line), x2: at(line), y1: top - 4, y2: bottom }));
    rows.forEach((row, k) => {
      const y = top + k * high + (narrow ? 33 : high / 2);
      const group = svg("g", { class: `${row.test ? row.test.tone : "better"}${row.few ? " few" : ""}` });
      picture.append(group);
      group.append(svg("title", {}, shown(row.name)));
      const name = svg("text", narrow ? { x: left, y: y - 16 } : { x: left - 12, y: y + 5, "text-anchor": "end" }, shown(row.name));
      group.append(name);
      cut(name, narrow ? right - 8 : left - 14);
      if (row.x === null) {
        const why = svg("text", { class: "said", x: left + 4, y: y + 5 }, shown(reasonOf(row)));
        group.append(why);
        cut(why, width - left - 8);
        return;
      }
      const said = `${valueOf(row, state.show === "change")}${row.test ? ` ${row.test.mark}` : ""}`;
      group.append(svg("text", { class: "value", x: width, y: y + 5, "text-anchor": "end" }, said));
      if (state.view === "constructs" && state.show === "index" && row.rate) {
        group.append(svg("text", { class: "said", x: left + 4, y: y + 5 }, shown(between(row.low, row.high))));
        return;
      }
      if (row.low !== null) group.append(svg("line", { class: "reach", x1: at(row.low), x2: at(row.high), y1: y, y2: y }));
      group.append(svg("circle", { class: "dot", cx: at(row.x), cy: y, r: 5 }));
    });
  };

  // Waves: a panel for each series, all on one axis; nothing joins what a break parts.
  const pointsOf = (series, state) => {
    let broken = "";
    return series.points.flatMap(([at, index, low, high, basis, why, quarter, onQuarter, year, onYear]) => {
      if (why) broken = why;
      if (!state.at.includes(at) || index === null) return [];
      const point = { at, index, low, high, basis, broken, tests: [] };
      if (onQuarter && onQuarter !== "break") point.tests.push({ code: onQuarter, words: say("quarter", { change: signed(quarter), verdict: say(onQuarter) }) });
      if (onYear && onYear !== "break") point.tests.push({ code: onYear, words: say("year", { change: signed(year), verdict: say(onYear) }) });
      const [change, lowest, highest, verdict] = series.change;
      if (at === data.wave && verdict && verdict !== "break" && !onQuarter && !onYear) {
        point.tests.push({ code: verdict, words: say("before", { label: label(data.previous), change: signed(change), interval: between(lowest, highest), verdict: say(verdict) }) });
      }
      if (broken) point.tests.unshift({ code: "not_comparable", words: say("break_before", { label: label(at), why: say(`broken_${broken}`) }) });
      if (why && (onQuarter === "break" || onYear === "break" || verdict === "break")) point.tests.push({ code: "not_comparable", words: say("break") });
      broken = "";
      return [point];
    });
  };
  const panel = (name, points, axis, width) => {
    const [height, left, right] = [190, 34, width - 44];
    const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": shown(say("chart", { title: name })) });
    const x = (k) => (points.length > 1 ? left + 10 + (k / (points.length - 1)) * (right - left - 10) : (left + right) / 2);
    const y = (value) => axis.at(value, height - 30, 20);
    axis.ticks.forEach((tick) => picture.append(
      svg("line", { class: "tick", x1: left, x2: width, y1: y(tick), y2: y(tick) }),
      svg("text", { class: "axis", x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, figure(tick, tick % 1 ? 1 : 0)),
    ));
    const starts = points.flatMap((one, k) => (k === 0 || one.broken ? [k] : []));
    starts.forEach((start, s) => {
      const end = (starts[s + 1] ?? points.length) - 1;
      const part = points.slice(start, end + 1);
      const group = svg("g", { class: s < starts.length - 1 ? "old" : "" });
      picture.append(group);
      const ends = (key) => part.map((one, k) => `${x(start + k)},${y(one[key] ?? one.index)}`);
      group.append(svg("polygon", { class: "band", points: [...ends("low"), ...ends("high").reverse()].join(" ") }));
      group.append(svg("polyline", { class: "path", points: ends("index").join(" ") }));
      if (start > 0) {
        const middle = (x(start - 1) + x(start)) / 2;
        picture.append(svg("line", { class: "ref", x1: middle, x2: middle, y1: 16, y2: height - 28 }), svg("text", { class: "axis", x: middle, y: 12, "text-anchor": "middle" }, "‖"));
      }
      part.forEach((one, k) => {
        const at = x(start + k);
        const last = start + k === points.length - 1;
        if (part.length === 1 && one.low !== null) group.append(svg("line", { class: "reach", x1: at, x2: at, y1: y(one.low), y2: y(one.high) }));
        group.append(svg("circle", { class: "dot", cx: at, cy: y(one.index), r: last ? 4.5 : 3.5 }));
        if (last || points.length <= Math.floor((right - left) / 36)) {
          const beside = last ? { x: at + 8, y: y(one.index) + 5, class: "value" } : { x: at, y: y(one.high ?? one.index) - 7, "text-anchor": "middle" };
          group.append(svg("text", beside, figure(one.index)));
        }
      });
    });
    const every = Math.ceil((points.length * 62) / (right - left));
    points.forEach((one, k) => {
      if ((points.length - 1 - k) % every === 0) picture.append(svg("text", { class: "axis", x: x(k), y: height - 8, "text-anchor": "middle" }, one.at));
    });
    return picture;
  };
  const panels = (all) => {
    const values = all.flatMap((one) => one.points.flatMap((p) => [p.index, p.low ?? p.index, p.high ?? p.index]));
    const axis = scale(values.length ? values : [0, 100]);
    const grid = document.createElement("div");
    grid.className = "panels";
    by("chart").replaceChildren(grid);
    const width = parseFloat(getComputedStyle(grid).gridTemplateColumns) || 280;
    all.forEach((one) => {
      const box = document.createElement("div");
      const head = document.createElement("h3");
      head.append(spoken(one.name));
      box.append(head, one.points.length ? panel(one.name, one.points, axis, width) : spoken(say("no_wave")));
      grid.append(box);
    });
  };

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
    by("csv").href = "data:text/csv;charset=utf-8," + encodeURIComponent(text);
    by("csv").download = name;
  };
  const told = document.querySelector("footer .wrap").textContent.trim();
  const showLines = (state, title) => {
    const rows = lines(state);
    const change = state.show === "change";
    const sector = sectorOf(state);
    const where = state.view === "brands" ? sector : data.nation;
    const k = (state.view === "brands" ? sector.constructs : data.constructs).findIndex((one) => one.id === state.construct);
    const line = state.view === "constructs" || state.wave !== data.wave ? null : figures(where.figures[k]).index;
    const reference = change ? null : line;
    if (rows.length) dots(rows, state, reference, title);
    else by("chart").replaceChildren(spoken(say("none")));
    const rate = state.view !== "constructs" && rows.some((row) => row.rate && row.status !== "no_scale");
    const notes = [say("note", { level: data.level })];
    if (reference !== null) notes.push(say(state.view === "brands" ? "note_sector" : "note_nation", { value: figure(reference) + (rate ? "%" : "") }));
    if (rows.some((row) => row.test || row.few)) notes.push(say("note_marks"));
    if (rate) notes.push(say("note_rate"));
    by("marks").replaceChildren(...notes.map(spoken));
    const ranked = rows.some((row) => row.rank.length) && state.construct === data.target && state.wave === data.wave && !change;
    const compared = rows.some((row) => row.test);
    const heads = [["name", say("name")], ["value", say(change ? "change" : "index")], ["plain", say("interval", { level: data.level })]];
    if (rows.some((row) => row.n !== null)) heads.push(["plain", say("sample")]);
    if (ranked) heads.push(["plain", say("rank")]);
    const named = state.with === WHOLE ? say("whole") : state.with === NOBODY ? null : find(listed(state), state.with).name;
    if (compared || rows.some((row) => row.status)) heads.push(["words", named ? say("compared", { name: named }) : say("tested")]);
    const keys = heads.map((one) => one[1]);
    table(heads, rows.map((row) => {
      const cells = [row.name, row.x === null ? same("—") : same(valueOf(row, change)), row.x === null ? same("—") : between(row.low, row.high)];
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
    const all = listed(state).filter((one) => state.rows.includes(one.id)).map((one) => ({ ...one, points: pointsOf(one.series, state) }));
    if (all.length && state.at.length) panels(all);
    else by("chart").replaceChildren(spoken(say("none")));
    by("marks").replaceChildren(spoken(say("note_waves", { level: data.level })));
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
  const title = () => {
    const sector = sectorOf(state);
    const construct = state.view === "constructs" || state.view === "waves" ? find(data.constructs, data.target).name : find(constructsOf(state), state.construct).name;
    const total = listed(state).length;
    const k = state.view === "waves" ? state.at.length : state.rows.length;
    const many = say(k === total ? "all" : "some", { k, total, units: state.view === "brands" ? sector.units : say("sectors") });
    const when = state.show === "change" ? say("title_change", { before: label(data.previous), label: label(state.wave) }) : label(state.wave);
    const of = { construct, sector: sector.name, k, many, label: when, name: state.unit === WHOLE ? sector.name : find(sector.brands, state.unit).name };
    return say(`title_${state.view}`, of);
  };
  const render = () => {
    controls();
    const made = title();
    by("what").replaceChildren(spoken(made));
    if (state.view === "waves") showWaves(state);
    else showLines(state, made);
    by("link").setAttribute("href", address(state));
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
