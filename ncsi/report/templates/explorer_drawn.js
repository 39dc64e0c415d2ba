// The chart of what is chosen, drawn into its place, and the notes below it.
const drawn = (() => {
  const { between, data, figure, figures, label, lines, listed, pointsOf, reasonOf, say, sectorOf, shown, signed, spoken, valueOf } = explored;
  const by = (id) => document.getElementById(id);

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
      const name = svg("text", narrow ? { x: left, y: y - 16, "paint-order": "stroke" } : { x: left - 12, y: y + 5, "text-anchor": "end", "paint-order": "stroke" }, shown(row.name));
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
          group.append(svg("text", { ...beside, "paint-order": "stroke" }, figure(one.index)));
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

  const drawLines = (state) => {
    const title = explored.title(state);
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
    return rows;
  };
  const drawWaves = (state) => {
    const all = listed(state).filter((one) => state.rows.includes(one.id)).map((one) => ({ ...one, points: pointsOf(one.series, state) }));
    if (all.length && state.at.length) panels(all);
    else by("chart").replaceChildren(spoken(say("none")));
    by("marks").replaceChildren(spoken(say("note_waves", { level: data.level })));
    return all;
  };
  return { by, lines: drawLines, waves: drawWaves };
})();
