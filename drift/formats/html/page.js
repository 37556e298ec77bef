"use strict";
// Everything here is a convenience: without it, the page shows all that it holds.
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);

  // The theme: what the system asks for, until the reader chooses.
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const remembered = (() => {
    try {
      return window.localStorage.getItem("drift-theme");
    } catch {
      return null; // a file opened from disk may have no storage
    }
  })();
  if (remembered === "dark" || remembered === "light") root.dataset.theme = remembered;
  const isDark = () => (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark";

  function theming() {
    const button = one("#theme");
    const show = () => button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try {
        window.localStorage.setItem("drift-theme", root.dataset.theme);
      } catch {
        // not remembered, then
      }
      show();
    });
    dark.addEventListener("change", show);
    show();
  }

  // Rows that are the same on both sides: folded, each run under a button of its own.
  function folding() {
    const buttons = all("tbody.fold button");
    const everything = one("#unfold");
    const open = (button, shown) => {
      button.setAttribute("aria-expanded", String(shown));
      document.getElementById(button.getAttribute("aria-controls")).hidden = !shown;
    };
    for (const button of buttons) {
      button.closest("tbody").hidden = false;
      open(button, false);
      button.addEventListener("click", () => {
        open(button, button.getAttribute("aria-expanded") !== "true");
      });
    }
    if (!everything) return;
    everything.hidden = buttons.length === 0;
    everything.addEventListener("click", () => {
      const shown = everything.getAttribute("aria-pressed") !== "true";
      everything.setAttribute("aria-pressed", String(shown));
      for (const button of buttons) open(button, shown);
    });
  }

  // What a finding is found by: its table, its rule, what it breaks, and its own words.
  function described(section, group) {
    const about = [section.querySelector("h3"), ...all(":scope > :not(ul)", group)];
    const words = about.map((part) => part.textContent).join(" ");
    return all(".finding", group).map((item) => ({
      item,
      text: `${words} ${item.textContent}`.toLowerCase(),
    }));
  }

  // The filters. What they are is kept in the address, so that it can be sent to somebody.
  function filtering() {
    const search = one("#search");
    if (!search) return;
    const levels = all("button[data-level]");
    const links = new Map(all("nav.contents a").map((link) => [link.hash.slice(1), link]));
    const tables = all("section.table").map((section) => ({
      section,
      link: links.get(section.id)?.closest("li"),
      groups: all(".group", section).map((group) => ({
        group,
        level: group.dataset.severity,
        findings: described(section, group),
      })),
    }));
    const total = all("li.finding").length;
    const where = one(".target > .cut") ? " on this page" : "";
    const count = (number) => number.toLocaleString("en");

    function apply() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const off = new Set(
        levels.filter((b) => b.getAttribute("aria-pressed") !== "true").map((b) => b.dataset.level),
      );
      let shown = 0;
      for (const { section, link, groups } of tables) {
        let inTable = 0;
        for (const { group, level, findings } of groups) {
          let inGroup = 0;
          for (const { item, text } of findings) {
            const fits = !off.has(level) && words.every((word) => text.includes(word));
            item.hidden = !fits;
            inGroup += fits;
          }
          group.hidden = inGroup === 0;
          inTable += inGroup;
        }
        section.hidden = inTable === 0;
        if (link) link.hidden = inTable === 0;
        shown += inTable;
      }
      const filtered = off.size > 0 || words.length > 0;
      const some = filtered || total === 1 ? `${count(shown)} of ${count(total)}` : `all ${count(total)}`;
      one("#said").textContent = `Showing ${some} ${total === 1 ? "finding" : "findings"}${where}`;
      return filtered ? [...off] : null;
    }

    function keep(off) {
      const state = new URLSearchParams();
      if (off?.length) state.set("hide", off.join(","));
      if (search.value) state.set("q", search.value);
      const text = state.toString();
      if (text) history.replaceState(null, "", `#?${text}`);
      else if (location.hash.startsWith("#?")) history.replaceState(null, "", "#");
    }

    function restore() {
      if (!location.hash.startsWith("#?")) return;
      const state = new URLSearchParams(location.hash.slice(2));
      const off = (state.get("hide") ?? "").split(",");
      for (const b of levels) b.setAttribute("aria-pressed", String(!off.includes(b.dataset.level)));
      search.value = state.get("q") ?? "";
    }

    const change = () => keep(apply());
    search.addEventListener("input", change);
    for (const button of levels) {
      button.addEventListener("click", () => {
        const pressed = button.getAttribute("aria-pressed") === "true";
        button.setAttribute("aria-pressed", String(!pressed));
        change();
      });
    }
    window.addEventListener("hashchange", () => {
      restore();
      apply();
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, [contenteditable]");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        search.focus();
        search.select();
      } else if (event.key === "Escape" && event.target === search) {
        search.value = "";
        change();
      }
    });
    restore();
    apply();
  }

  document.addEventListener("DOMContentLoaded", () => {
    one(".toolbar").hidden = false;
    theming();
    folding();
    filtering();
  });
})();
