// Makes the login dialog quicker to use. Everything works without it.
"use strict";

(() => {
  // Confirm does nothing for half a second after it came into view, so that a
  // click meant for something else cannot land on it.
  const hold = document.querySelector("[data-hold]");
  if (hold) {
    const pause = 500;
    let readyAt = performance.now() + pause;
    const again = () => { readyAt = performance.now() + pause; };
    document.addEventListener("visibilitychange", again);
    window.addEventListener("focus", again);
    hold.addEventListener("click", (event) => {
      if (performance.now() < readyAt) event.preventDefault();
    });
  }

  // What the browser kept of an earlier step may be over: nobody reads it, the
  // server says what there is now.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.documentElement.hidden = true;
    location.reload();
  });

  // A form is sent once.
  const sent = new WeakSet();
  for (const form of document.forms) {
    form.addEventListener("submit", (event) => {
      if (sent.has(form)) event.preventDefault();
      sent.add(form);
    });
  }

  const assets = document.querySelector("[data-assets]");
  if (assets) chooseAssets(assets);

  function chooseAssets(form) {
    const sum = form.querySelector("[data-sum]");
    const sections = [...form.querySelectorAll("section.kind")].map((section) => {
      const count = section.querySelector("[data-count]");
      const boxes = [...section.querySelectorAll("input[type=checkbox][name=asset]")];
      return { section, count, boxes, elsewhere: Number(count.dataset.elsewhere) };
    });

    const update = () => {
      let all = 0;
      for (const { count, boxes, elsewhere } of sections) {
        const chosen = elsewhere + boxes.filter((box) => box.checked).length;
        all += chosen;
        count.textContent = count.dataset.count.replace("{selected}", String(chosen));
      }
      if (all > 0) sum.textContent = (all === 1 ? sum.dataset.single : sum.dataset.other).replace("{n}", String(all));
    };

    for (const { section, boxes } of sections) {
      for (const box of boxes) box.addEventListener("change", update);
      if (!section.hasAttribute("data-complete")) continue;
      const rows = boxes.map((box) => ({ box, item: box.closest("li"), text: (box.closest("label").textContent + " " + box.value).toLowerCase() }));
      const choose = (checked) => (event) => {
        event.preventDefault();
        for (const { box, item } of rows) if (!item.hidden && !box.disabled) box.checked = checked;
        update();
      };
      section.querySelector("[data-all]")?.addEventListener("click", choose(true));
      section.querySelector("[data-none]")?.addEventListener("click", choose(false));

      const filter = section.querySelector("[data-filter]");
      if (!filter) continue;
      const empty = section.querySelector("[data-empty]");
      const search = () => {
        const wanted = filter.value.trim().toLowerCase();
        let found = 0;
        for (const { item, text } of rows) {
          item.hidden = !text.includes(wanted);
          if (!item.hidden) found++;
        }
        empty.hidden = found > 0;
      };
      section.querySelector("[data-filter-go]").hidden = true;
      filter.addEventListener("input", search);
      filter.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
      window.addEventListener("pageshow", search);
    }
    window.addEventListener("pageshow", update);
    update();
  }
})();
