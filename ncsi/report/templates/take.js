(() => {
  // A chart to take along: what is shown of it is read off the page, in the language shown, and written as SVG or drawn
  // as PNG, light whatever the page is, with its title above, its source and its marks below.
  const root = document.documentElement;
  const source = document.currentScript.dataset;
  const pad = 16;
  const families = "'Noto Sans SC','PingFang SC','Microsoft YaHei',sans-serif";
  const brush = document.createElement("canvas").getContext("2d");
  const inked = (colour) => colour && colour !== "none" && !/^rgba\(.*, 0\)$/.test(colour);
  const shownIn = (zh, en) => ({ zh: [zh], en: [en] })[root.dataset.lang] || (zh === en ? [zh] : [zh, en]);
  const wrapped = (words, font, width) => {
    brush.font = font;
    const lines = [""];
    for (const part of words.match(/(?:[\u2e80-\uffff]|[^\s\u2e80-\uffff]+)[，。；：、）》”]*\s*|\s+/g) || []) {
      if (lines.at(-1) && brush.measureText(lines.at(-1) + part.trimEnd()).width > width) lines.push("");
      lines.push(lines.pop() + part);
    }
    return lines.map((one) => one.trim());
  };
  const outline = (e) => {
    const at = (name) => e[name].baseVal.value;
    const round = (x, y, a, b) => `M${x - a} ${y}a${a} ${b} 0 1 0 ${2 * a} 0a${a} ${b} 0 1 0 ${-2 * a} 0Z`;
    const rounded = (x, y, w, h, r) => {
      const turn = (a, b) => r ? `a${r} ${r} 0 0 1 ${a} ${b}` : "";
      return `M${x + r} ${y}h${w - 2 * r}${turn(r, r)}v${h - 2 * r}${turn(-r, r)}h${2 * r - w}${turn(-r, -r)}v${2 * r - h}${turn(r, -r)}Z`;
    };
    const points = () => [...e.points].map((one) => `${one.x} ${one.y}`).join("L");
    switch (e.localName) {
      case "line": return `M${at("x1")} ${at("y1")}L${at("x2")} ${at("y2")}`;
      case "circle": return round(at("cx"), at("cy"), at("r"), at("r"));
      case "ellipse": return round(at("cx"), at("cy"), at("rx"), at("ry"));
      case "rect": return rounded(at("x"), at("y"), at("width"), at("height"), at("rx"));
      case "polyline": return `M${points()}`;
      case "polygon": return `M${points()}Z`;
      case "path": return e.getAttribute("d");
      default: return "";
    }
  };
  const shapes = (svg, place, marks) => svg.querySelectorAll("line,circle,ellipse,rect,polyline,polygon,path,text").forEach((e) => {
    if (e.closest("defs,clipPath,pattern") || !e.getClientRects().length) return;
    const style = getComputedStyle(e);
    const matrix = place.multiply(e.getScreenCTM());
    if (e.localName === "text") {
      const words = e.textContent.trim();
      const start = words && e.getNumberOfChars() ? e.getStartPositionOfChar(0) : null;
      if (start) marks.push({ words, x: start.x, y: start.y, size: parseFloat(style.fontSize), weight: style.fontWeight, fill: style.fill, matrix });
      return;
    }
    const d = outline(e);
    if (d) marks.push({
      d, fill: style.fill, stroke: style.stroke, width: parseFloat(style.strokeWidth), cap: style.strokeLinecap,
      dash: style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(",").map(parseFloat), opacity: style.opacity,
      matrix,
    });
  });
  const box = (x, y, w, h, fill, matrix) => ({ d: `M${x} ${y}h${w}v${h}h${-w}Z`, fill, stroke: "none", matrix });
  const boxes = (e, place, marks) => {
    const style = getComputedStyle(e), r = e.getBoundingClientRect();
    if (inked(style.backgroundColor)) marks.push(box(r.left, r.top, r.width, r.height, style.backgroundColor, place));
    for (const [side, x, y, w, h] of [["Top", r.left, r.top, r.width, 0], ["Bottom", r.left, r.bottom, r.width, 0], ["Left", r.left, r.top, 0, r.height], ["Right", r.right, r.top, 0, r.height]]) {
      const wide = parseFloat(style[`border${side}Width`]), colour = style[`border${side}Color`];
      if (wide && style[`border${side}Style`] !== "none" && inked(colour)) marks.push(box(x - (side === "Right" ? wide : 0), y - (side === "Bottom" ? wide : 0), w || wide, h || wide, colour, place));
    }
  };
  // Letters of one line that touch each other are one text: gaps that the page sets stay where they are.
  const letters = (node, place, marks) => {
    const style = getComputedStyle(node.parentElement), range = document.createRange();
    const size = parseFloat(style.fontSize);
    brush.font = `${style.fontWeight} ${size}px ${families}`;
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = brush.measureText("国");
    let run = null, right = 0;
    for (let k = 0; k < node.length;) {
      const letter = String.fromCodePoint(node.data.codePointAt(k));
      range.setStart(node, k);
      range.setEnd(node, k += letter.length);
      const r = range.getClientRects()[0];
      if (!r || !r.width) continue;
      if (!run || Math.abs(r.left - right) > 0.6 || Math.abs(r.top - run.top) > 2) {
        run = { words: "", x: r.left, y: r.top + (r.height - up - down) / 2 + up, top: r.top, size, weight: style.fontWeight, fill: style.color, matrix: place };
        marks.push(run);
      }
      run.words += letter;
      right = r.right;
    }
  };
  const walk = (e, place, marks) => {
    if (e.matches(".tools,.unseen,.only,[hidden],title,desc") && !(e.matches(".only") && e.offsetParent)) return;
    if (getComputedStyle(e).display === "none") return;
    if (e.localName === "svg") return void shapes(e, place, marks);
    boxes(e, place, marks);
    e.childNodes.forEach((one) => {
      if (one.nodeType === Node.ELEMENT_NODE) walk(one, place, marks);
      else if (one.nodeType === Node.TEXT_NODE && one.data.trim()) letters(one, place, marks);
    });
  };
  const read = (figure) => {
    const theme = root.dataset.theme;
    root.dataset.theme = "light";
    const ink = getComputedStyle(root).getPropertyValue("--ink"), muted = getComputedStyle(root).getPropertyValue("--muted");
    const whole = figure.getBoundingClientRect(), foot = figure.querySelector(".tools").getBoundingClientRect();
    const aside = getComputedStyle(figure.querySelector(".tools")).position === "absolute";
    const width = Math.ceil(Math.max(whole.width, 300));
    const lines = (list, size, weight, fill, y) => list.flatMap((words) => wrapped(words, `${weight} ${size}px ${families}`, width))
      .map((words, k) => ({ words, x: pad, y: y + size + k * size * 1.4, size, weight, fill, matrix: new DOMMatrix() }));
    const { titleZh, titleEn } = figure.dataset;
    const marks = lines(shownIn(titleZh, titleEn), 16, "600", ink, pad);
    const top = pad + marks.length * 22.4 + 10;
    const place = new DOMMatrix([1, 0, 0, 1, pad - whole.left, top - whole.top]);
    figure.childNodes.forEach((one) => one.nodeType === Node.ELEMENT_NODE && walk(one, place, marks));
    const end = top + (aside ? whole.bottom : foot.top) - whole.top + 8;
    const below = lines(shownIn(source.zh, source.en), 12, "400", muted, end);
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    const height = Math.ceil(end + below.length * 16.8 + pad);
    return { width: width + 2 * pad, height, marks: [...marks, ...below] };
  };
  const escaped = (words) => words.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
  const short = (value) => +value.toFixed(3);
  const written = (one) => {
    const m = one.matrix, move = m.isIdentity ? "" : ` transform="matrix(${[m.a, m.b, m.c, m.d, m.e, m.f].map(short)})"`;
    if (one.words !== undefined) return `<text x="${short(one.x)}" y="${short(one.y)}" font-size="${short(one.size)}" font-weight="${one.weight}" fill="${one.fill}"${move}>${escaped(one.words)}</text>`;
    const line = inked(one.stroke) ? ` stroke="${one.stroke}" stroke-width="${one.width}" stroke-linecap="${one.cap}"${one.dash.length ? ` stroke-dasharray="${one.dash}"` : ""}` : "";
    return `<path d="${one.d}" fill="${inked(one.fill) ? one.fill : "none"}"${line}${one.opacity && one.opacity !== "1" ? ` opacity="${one.opacity}"` : ""}${move}/>`;
  };
  const svg = (found, label) => new Blob([`<svg xmlns="http://www.w3.org/2000/svg" width="${found.width}" height="${found.height}" viewBox="0 0 ${found.width} ${found.height}" role="img" aria-label="${escaped(label)}" font-family="${families}"><rect width="100%" height="100%" fill="#fff"/>${found.marks.map(written).join("")}</svg>`], { type: "image/svg+xml" });
  const png = (found) => {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = 2 * found.width;
    canvas.height = 2 * found.height;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    for (const one of found.marks) {
      pen.setTransform(new DOMMatrix([2, 0, 0, 2, 0, 0]).multiply(one.matrix));
      pen.fillStyle = one.fill;
      if (one.words !== undefined) {
        pen.font = `${one.weight} ${one.size}px ${families}`;
        pen.fillText(one.words, one.x, one.y);
        continue;
      }
      const path = new Path2D(one.d);
      pen.globalAlpha = one.opacity === undefined ? 1 : Number(one.opacity);
      if (inked(one.fill)) pen.fill(path);
      if (inked(one.stroke) && one.width) {
        pen.strokeStyle = one.stroke;
        pen.lineWidth = one.width;
        pen.lineCap = one.cap;
        pen.setLineDash(one.dash);
        pen.stroke(path);
      }
      pen.globalAlpha = 1;
    }
    return new Promise((done) => { canvas.toBlob(done, "image/png"); });
  };
  const saved = (content, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const copied = async (words) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(words);
    const held = document.body.appendChild(document.createElement("textarea"));
    held.value = words;
    held.select();
    document.execCommand("copy");
    return held.remove();
  };
  document.querySelectorAll("figure > .tools").forEach((tools) => {
    const figure = tools.parentElement, fold = tools.firstElementChild, code = tools.querySelector("[data-embed]");
    const name = figure.id.replace(/^chart-/, "");
    tools.querySelectorAll("button[hidden]").forEach((one) => { one.hidden = false; });
    const address = () => {
      if (!code) return;
      const frame = /(src=)"([^"?#]*)(?:\?[^"#]*)?(#[^"]*)?"/;
      const [, , given, state = ""] = code.value.match(frame);
      const served = /^http/.test(location.protocol) && !/^http/.test(given);
      const shown = root.dataset.lang === "both" ? "" : `?lang=${root.dataset.lang}`;
      code.value = code.value.replace(frame, (_, source) => `${source}"${served ? new URL(code.dataset.embed, location.href).href : given}${shown}${state}"`);
    };
    fold.addEventListener("toggle", () => {
      if (!fold.open) return;
      document.querySelectorAll(".tools > details[open]").forEach((one) => { if (one !== fold) one.open = false; });
      address();
    });
    fold.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !fold.open) return;
      fold.open = false;
      fold.firstElementChild.focus();
    });
    tools.addEventListener("click", async (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.take) {
        const found = read(figure);
        const content = button.dataset.take === "svg" ? svg(found, figure.getAttribute("aria-label")) : await png(found);
        return void saved(content, `${name}.${button.dataset.take}`);
      }
      address();
      const told = button.previousElementSibling, field = told.querySelector("textarea");
      await copied(field ? field.value : [...told.children].slice(1).filter((one) => one.offsetParent).map((one) => one.textContent.trim()).join(" "));
      const status = tools.querySelector(".copied");
      status.textContent = status.dataset.said;
    });
  });
})();
