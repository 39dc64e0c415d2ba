// What is chosen in the explorer, and what published figures and tests say of it; no element is touched here but those that
// hold texts.
const explored = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const told = document.getElementById("chart").dataset;
  const { words } = data;
  const root = document.documentElement;
  const [views, shows] = [told.views.split(" "), told.shows.split(" ")];
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
  const figure = (value, digits = 1) => rounded(value, digits).replace(/^-(0\.0*)$/, "$1").replace("-", "−");
  const signed = (value) => (Number(rounded(value)) > 0 ? "+" : "") + figure(value);
  // The ends of an interval, those of a change with their signs; words between them where a sign stands.
  const between = (low, high, change = false) => {
    if (low === null || high === null) return same("—");
    const written = change ? signed : figure;
    const ends = { low: written(low), high: written(high) };
    return /[−+]/.test(ends.low + ends.high) ? { ...say("between", ends), alone: true } : same(`${ends.low}–${ends.high}`);
  };

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


  // Waves: the points of a series; what a break parts is told.
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
        point.tests.push({ code: verdict, words: say("before", { label: label(data.previous), change: signed(change), interval: between(lowest, highest, true), verdict: say(verdict) }) });
      }
      if (broken) point.tests.unshift({ code: "not_comparable", words: say("break_before", { label: label(at), why: say(`broken_${broken}`) }) });
      if (why && (onQuarter === "break" || onYear === "break" || verdict === "break")) point.tests.push({ code: "not_comparable", words: say("break") });
      broken = "";
      return [point];
    });
  };

  // What the chart shows, in words.
  const title = (state) => {
    const sector = sectorOf(state);
    const construct = state.view === "constructs" || state.view === "waves" ? find(data.constructs, data.target).name : find(constructsOf(state), state.construct).name;
    const total = listed(state).length;
    const k = state.view === "waves" ? state.at.length : state.rows.length;
    const many = say(k === total ? "all" : "some", { k, total, units: state.view === "brands" ? sector.units : say("sectors") });
    const when = state.show === "change" ? say("title_change", { before: label(data.previous), label: label(state.wave) }) : label(state.wave);
    const of = { construct, sector: sector.name, k, many, label: when, name: state.unit === WHOLE ? sector.name : find(sector.brands, state.unit).name };
    return say(`title_${state.view}`, of);
  };
  const valueOf = (row, change) => (change ? signed(row.x) : figure(row.x)) + (row.rate && !change ? "%" : "");
  const reasonOf = (row) => (row.x === null && row.test && row.test.code === "not_comparable" && row.status === "" ? row.test.words
    : row.status === "" ? same("") : say(row.status));
  return { NOBODY, WHOLE, address, between, both, completed, constructsOf, data, figure, figures, find, label, lines, listed, pointsOf, read, reasonOf,
    same, say, sectorOf, shown, shows, signed, spoken, title, valueOf };
})();
