(() => {
  const root = document.documentElement;
  const buttons = [...document.querySelectorAll("[data-show]")];
  const show = (language) => {
    root.dataset.lang = language;
    root.lang = language === "en" ? "en" : "zh-CN";
    buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.show === language)));
  };
  buttons.forEach((one) => one.addEventListener("click", () => show(one.dataset.show)));
  const asked = new URLSearchParams(location.search);
  if (/^(zh|en)$/.test(asked.get("lang"))) show(asked.get("lang"));
  if (/^(light|dark)$/.test(asked.get("theme"))) root.dataset.theme = asked.get("theme");
  document.querySelectorAll(".scroll, .figure").forEach((box) => { if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; });
})();
