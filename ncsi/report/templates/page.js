(() => {
  const root = document.documentElement;
  const press = (buttons, chosen) => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b === chosen)));
  const languages = [...document.querySelectorAll("[data-show]")];
  const scrollable = () => document.querySelectorAll(".scroll, .figure").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
  const show = (button) => {
    root.dataset.lang = button.dataset.show;
    root.lang = button.dataset.show === "en" ? "en" : "zh-CN";
    press(languages, button);
    // An option holds plain text: it is written anew in the language that is shown.
    document.querySelectorAll("option[data-zh]").forEach((one) => {
      const { zh, en } = one.dataset;
      one.textContent = { zh, en }[button.dataset.show] || (zh === en ? zh : `${zh} ${en}`);
    });
    scrollable();
  };
  languages.forEach((button) => button.addEventListener("click", () => show(button)));
  const wanted = new URLSearchParams(location.search).get("lang") || (location.hash.match(/lang=(\w+)/) || [])[1];
  const first = languages.find((b) => b.dataset.show === wanted);
  if (first) show(first);
  const theme = document.querySelector("[data-theme-switch]");
  if (/theme=dark/.test(location.href)) root.dataset.theme = "dark";
  theme.addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
  // What is folded is printed too, and a link to what lies in a fold opens it.
  addEventListener("beforeprint", () => document.querySelectorAll("details.part").forEach((one) => { one.open = true; }));
  const unfold = () => {
    // The address is a reader's: what is no name of a part is no fault either.
    let name = "";
    try { name = decodeURIComponent(location.hash.slice(1)); } catch { return; }
    const target = name && document.getElementById(name);
    for (let one = target && target.closest("details.part"); one; one = one.parentElement.closest("details.part")) {
      one.open = true;
      target.scrollIntoView();
    }
  };
  // The contents tell which part is being read: the last one whose heading has come up to the middle of the window.
  const entries = [...document.querySelectorAll(".contents a[href^='#']")];
  const parts = entries.map((one) => document.getElementById(one.hash.slice(1)));
  const tell = () => {
    const read = parts.filter((one) => one.getBoundingClientRect().top < innerHeight / 2).length;
    entries.forEach((one, k) => {
      one.classList.toggle("here", k === Math.max(0, read - 1));
      if (k === Math.max(0, read - 1)) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    });
  };
  if (entries.length) {
    addEventListener("scroll", tell, { passive: true });
    tell();
  }
  addEventListener("hashchange", unfold);
  unfold();
  document.addEventListener("toggle", scrollable, true);
  addEventListener("resize", scrollable);
  document.fonts.ready.then(scrollable);
  document.querySelectorAll("table.sortable").forEach((table) => {
    const body = table.tBodies[0];
    table.querySelectorAll("th button").forEach((button) => button.addEventListener("click", () => {
      const head = button.closest("th");
      const up = head.getAttribute("aria-sort") !== "ascending";
      table.querySelectorAll("th[aria-sort]").forEach((th) => th.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.dataset[button.dataset.key];
      const text = button.dataset.key === "name";
      const order = (a, b) => (text ? key(a).localeCompare(key(b), "zh-CN") : Number(key(a)) - Number(key(b)));
      const unranked = (row) => Number(row.dataset.rank === "");
      [...body.rows].sort((a, b) => unranked(a) - unranked(b) || (up ? order(a, b) : order(b, a)))
        .forEach((row) => body.append(row));
    }));
  });
})();
