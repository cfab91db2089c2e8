// Small comforts of the consoles. Everything works without them.
"use strict";

(() => {
  const offerCopies = () => {
    for (const button of document.querySelectorAll("[data-copy]")) {
      if (!navigator.clipboard) break; // offered by browsers on https and on this machine only
      const source = document.getElementById(button.dataset.copy);
      const label = button.querySelector("span");
      const before = label.textContent;
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText("value" in source ? source.value : source.textContent);
        label.textContent = button.dataset.done;
        setTimeout(() => { label.textContent = before; }, 2000);
      });
    }
  };
  offerCopies();
  document.addEventListener("swap", offerCopies); // a page that has replaced what it shows

  // On a narrow screen the side navigation is a strip: show the open entry.
  const here = document.querySelector(".side a[aria-current]");
  const strip = here?.closest("ul");
  const show = () => {
    if (strip.scrollWidth <= strip.clientWidth) return;
    strip.scrollLeft = here.offsetLeft - strip.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
  };
  if (strip) {
    show();
    window.addEventListener("resize", show);
  }

  // A form is sent once; after a step back it can be sent again.
  const sent = new WeakSet();
  for (const form of document.querySelectorAll('form[method="post"]:not([data-passkey], [data-calls])')) {
    form.addEventListener("submit", (event) => {
      if (sent.has(form)) event.preventDefault();
      sent.add(form);
    });
  }
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.forms) sent.delete(form);
  });

  // The account menu closes on Escape and on a click elsewhere.
  const menu = document.querySelector("details.menu");
  if (menu) {
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    document.addEventListener("click", (event) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }
})();
