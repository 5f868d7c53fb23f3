// What makes the console quick: everything here works without it, by links, forms and whole pages.
(() => {
  "use strict";
  const app = () => document.getElementById("app");
  const $ = (s, from = document) => from.querySelector(s);
  const $$ = (s, from = document) => [...from.querySelectorAll(s)];

  // Live: one stream for a page. A word of change reads the page anew and changes what is different in place.
  let stream, since = Date.now(), due = null, address = "", stale = null;
  const state = (word) => {
    const el = $("[data-live-state]");
    if (!el) return;
    el.dataset.state = word === "on" ? "" : word;
    const text = el.dataset[word] || "";
    if (el.firstElementChild.textContent !== text) el.firstElementChild.textContent = text;
  };
  const busy = () => document.hidden || $("dialog[open]") || $("main form[data-dirty]") || $("main details.dropdown[open]") || $("[data-dragging]") || getSelection().toString() !== "";
  const refresh = () => {
    due = null;
    if (!app()?.dataset.live) return;
    if (busy()) return later(3000);
    htmx.ajax("GET", location.href, { target: "#app", select: "#app", swap: "outerMorph", push: "false" });
  };
  const later = (ms) => { if (!due) due = setTimeout(refresh, ms); };
  const follow = () => {
    const to = app()?.dataset.live || "";
    if (to === address && stream && stream.readyState !== 2) return;
    stream?.close();
    address = to;
    if (!to) return;
    stream = new EventSource(to);
    const alive = () => { since = Date.now(); clearTimeout(stale); state("on"); };
    stream.addEventListener("hello", () => { if (Date.now() - since > 20000) later(0); alive(); });
    stream.addEventListener("beat", alive);
    stream.addEventListener("changed", () => { alive(); later(400); });
    stream.onerror = () => { state("mending"); clearTimeout(stale); stale = setTimeout(() => state("stale"), 30000); };
  };
  setInterval(() => { if ($("main progress")) later(0); }, 20000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) later(0); });

  // Forms: those that somebody has begun to fill in are left alone, and what cannot be taken back asks first.
  document.addEventListener("input", (e) => { const f = e.target.closest("form"); if (f && !f.hasAttribute("data-search")) f.dataset.dirty = ""; });
  document.addEventListener("submit", (e) => {
    const f = e.target;
    delete f.dataset.dirty;
    if (!f.dataset.confirm || f.dataset.sure) return;
    e.preventDefault(); e.stopImmediatePropagation();
    const d = document.createElement("dialog");
    d.className = "dialog confirm"; d.setAttribute("aria-labelledby", "confirm-text");
    const box = document.createElement("div"), p = document.createElement("p"), row = document.createElement("div");
    p.id = "confirm-text"; p.textContent = f.dataset.confirm; row.className = "cluster";
    const button = (word, variant, act) => { const b = document.createElement("button"); b.type = "button"; b.className = "btn"; b.dataset.variant = variant; b.textContent = word; b.onclick = act; row.append(b); return b; };
    const no = button(f.dataset.no, "outline", () => d.close());
    button(f.dataset.yes, "destructive", () => { d.close(); f.dataset.sure = "1"; f.requestSubmit(e.submitter); });
    box.append(p, row); d.append(box); document.body.append(d);
    d.addEventListener("close", () => d.remove());
    d.showModal(); no.focus();
  }, true);
  document.addEventListener("change", (e) => {
    if (e.target.matches("[data-submit]")) e.target.form.requestSubmit();
    if (e.target.matches("[data-all]")) { $$("input[name=id]", e.target.form || document).forEach((b) => { b.checked = e.target.checked; }); select(); }
    if (e.target.matches("input[name=id]")) select();
  });
  const select = () => {
    const n = $$("main input[name=id]:checked").length, bar = $("[data-selection]");
    if (bar) { bar.hidden = n === 0; const c = $("[data-count]", bar); if (c) c.textContent = c.dataset.word.replace("#", n); }
    $$("main input[name=id]").forEach((b) => b.closest("tr")?.setAttribute("aria-selected", b.checked));
  };

  // Buttons that only scripts make sense of.
  let last = null;
  document.addEventListener("click", (e) => {
    const box = e.target.closest("input[name=id]");
    if (box) {
      const all = $$("main input[name=id]");
      if (e.shiftKey && last) { const [a, b] = [all.indexOf(last), all.indexOf(box)].sort((x, y) => x - y); all.slice(a, b + 1).forEach((x) => { x.checked = box.checked; }); select(); }
      last = box;
    }
    const b = e.target.closest("[data-do]");
    if (b?.dataset.do === "sidebar") { const s = $("#sidebar"); s.toggle ? s.toggle() : s.toggleAttribute("hidden"); }
    if (b?.dataset.do === "palette") { e.preventDefault(); palette(); }
    if (b?.dataset.do === "print") { print(); }
    if (b?.dataset.do === "copy") { const from = document.getElementById(b.dataset.from); navigator.clipboard?.writeText(from.value ?? from.textContent).then(() => { b.querySelector("span").textContent = b.dataset.done; }); }
    $$("details.dropdown[open]").forEach((d) => { if (!d.contains(e.target)) d.open = false; });
  });

  // The palette: the search page in a dialog. Its results come from the server.
  const palette = () => {
    if ($("#palette")) return;
    const d = document.createElement("dialog");
    d.id = "palette"; d.className = "palette";
    document.body.append(d);
    d.addEventListener("close", () => d.remove());
    d.addEventListener("click", (e) => { if (e.target === d) d.close(); });
    const load = (q) => fetch(app().dataset.base + "/search?part=1&q=" + encodeURIComponent(q), { headers: { Accept: "text/html" } }).then((r) => r.text());
    load("").then((html) => {
      d.innerHTML = html;
      d.showModal();
      const input = $("input", d); input.focus();
      let n = 0, at = 0;
      const mark = () => { const all = $$("a", d); all.forEach((a, i) => a.setAttribute("aria-selected", i === at)); all[at]?.scrollIntoView({ block: "nearest" }); };
      mark();
      input.addEventListener("input", () => { const mine = ++n; load(input.value).then((h) => { if (mine !== n) return; const t = document.createElement("template"); t.innerHTML = h; $("[data-results]", d).replaceWith($("[data-results]", t.content)); at = 0; mark(); }); });
      d.addEventListener("keydown", (e) => {
        const all = $$("a", d);
        if (e.key === "ArrowDown" || e.key === "ArrowUp") { at = (at + (e.key === "ArrowDown" ? 1 : all.length - 1)) % Math.max(1, all.length); mark(); e.preventDefault(); }
        if (e.key === "Enter") { all[at]?.click(); e.preventDefault(); }
      });
    });
  };

  // Shortcuts. They can be switched off in the profile (WCAG 2.1.4).
  let row = -1, g = 0;
  const typing = (t) => t.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key === "k") { e.preventDefault(); palette(); return; }
    if (e.key === "F8") { $("#toasts button")?.focus(); return; }
    if (!app()?.hasAttribute("data-shortcuts") || e.ctrlKey || e.metaKey || typing(e.target) || $("dialog[open]")) return;
    const base = app().dataset.base, go = (p) => { const a = $(`a[href="${base}/${p}"]`); if (a) a.click(); };
    if (e.altKey && (e.key === "ArrowUp" || e.key === "ArrowDown")) { const b = e.target.closest("tr, .rule")?.querySelector(e.key === "ArrowUp" ? "[data-move=up]" : "[data-move=down]"); if (b) { e.preventDefault(); b.click(); } return; }
    if (e.altKey) return;
    if (Date.now() - g < 1200) { g = 0; const to = { d: "dashboard", q: "queue", p: "printers", s: "spools", u: "users" }[e.key]; if (to) { go(to); return; } }
    const rows = $$("main tbody tr:not(.group)");
    switch (e.key) {
      case "g": g = Date.now(); break;
      case "?": $(`a[href="${base}/help"]`)?.click(); break;
      case "/": { const s = $("main input[type=search]"); if (s) { e.preventDefault(); s.focus(); } break; }
      case "n": $("[data-new]")?.click(); break;
      case "z": $("[data-undo]")?.click(); break;
      case "j": case "k": row = Math.min(rows.length - 1, Math.max(0, row + (e.key === "j" ? 1 : -1))); $("a, button", rows[row])?.focus(); rows[row]?.scrollIntoView({ block: "nearest" }); break;
      case "x": { const b = e.target.closest("tr")?.querySelector("input[name=id]"); if (b) b.click(); break; }
      case "a": case "d": case "e": (e.target.closest("tr, .card, li") || document).querySelector(`[aria-keyshortcuts="${e.key}"]`)?.click(); break;
      case "Escape": $("[data-close]")?.click(); break;
    }
  });

  // Drag to order: the row is put before the one that it is dropped on. The same is done by buttons and by Alt with arrows.
  let dragged = null;
  document.addEventListener("dragstart", (e) => { dragged = e.target.closest?.("[data-drag]"); dragged?.setAttribute("data-dragging", ""); });
  document.addEventListener("dragover", (e) => { if (dragged && e.target.closest?.("[data-drag]")) e.preventDefault(); });
  document.addEventListener("dragend", () => { dragged?.removeAttribute("data-dragging"); dragged = null; });
  document.addEventListener("drop", (e) => {
    const onto = e.target.closest?.("[data-drag]"), from = dragged;
    if (!from || !onto || from === onto) return;
    e.preventDefault();
    const f = document.getElementById("order");
    const below = from.compareDocumentPosition(onto) & Node.DOCUMENT_POSITION_FOLLOWING;
    f.action = from.dataset.drag;
    $("[name=before_id]", f).value = below ? "" : onto.dataset.id;
    $("[name=after_id]", f).value = below ? onto.dataset.id : "";
    from.removeAttribute("data-dragging");
    f.requestSubmit();
  });
  // Files that are dropped go into the field under them.
  document.addEventListener("dragover", (e) => { if (e.target.closest?.(".drop")) { e.preventDefault(); e.target.closest(".drop").dataset.over = ""; } });
  document.addEventListener("dragleave", (e) => { delete e.target.closest?.(".drop")?.dataset.over; });
  document.addEventListener("drop", (e) => { const d = e.target.closest?.(".drop"); if (!d || !e.dataTransfer.files.length) return; e.preventDefault(); delete d.dataset.over; const i = $("input[type=file]", d); i.files = e.dataTransfer.files; i.dispatchEvent(new Event("change", { bubbles: true })); });

  // Toasts go by themselves, but not under the pointer or with the focus in them; bad news stays.
  const toasts = () => $$("[data-toast]").forEach((t) => {
    if (t.dataset.tone === "bad" || t.dataset.timed) return;
    t.dataset.timed = "1";
    const go = () => setTimeout(() => { if (t.matches(":hover, :focus-within")) go(); else t.remove(); }, 8000);
    go();
  });

  const ready = () => { toasts(); follow(); select(); $("[data-focus]")?.focus(); window.basecoat?.initAll?.(); };
  document.addEventListener("DOMContentLoaded", ready);
  document.addEventListener("htmx:after:swap", ready);
  document.addEventListener("htmx:after:history:update", () => { row = -1; });
})();
