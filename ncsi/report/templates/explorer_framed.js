// The explorer's chart in a frame: what its address says, drawn, and the way to the page where it can be changed.
(() => {
  const { address, read, spoken, title } = explored;
  const { by } = drawn;
  const root = document.documentElement;
  const lang = new URLSearchParams(location.hash.slice(1)).get("lang");
  const wanted = [...document.querySelectorAll("[data-show]")].find((one) => one.dataset.show === lang);
  if (wanted && root.dataset.lang === "both") wanted.click();
  const render = () => {
    const state = read();
    by("what").replaceChildren(spoken(title(state)));
    if (state.view === "waves") drawn.waves(state);
    else drawn.lines(state);
    by("back").setAttribute("href", `../explorer.html${address(state)}`);
  };
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; render(); } });
  addEventListener("hashchange", render);
  new MutationObserver(render).observe(root, { attributes: true, attributeFilter: ["data-lang"] });
  render();
})();
