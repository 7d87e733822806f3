// The overview keeps itself fresh: each panel says how often it wants to be fetched anew, while anyone looks.
"use strict";
(() => {
  const due = new Map();
  const look = () => {
    if (document.hidden) return;
    for (const panel of document.querySelectorAll("[data-every]")) {
      const next = due.get(panel.id) ?? Date.now() + 1000 * panel.dataset.every;
      if (Date.now() < next) { due.set(panel.id, next); continue; }
      due.set(panel.id, Date.now() + 1000 * panel.dataset.every);
      panel.dispatchEvent(new Event("stale"));
    }
  };
  const connection = (state, text) => {
    const place = document.getElementById("connection");
    if (!place) return;
    place.dataset.state = state;
    place.textContent = text;
  };
  for (const failure of ["htmx:response:error", "htmx:error"]) {
    document.addEventListener(failure, () => connection("lost", "can't refresh, trying again"));
  }
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail.ctx?.response?.status < 400) connection("live", "live");
  });
  document.addEventListener("visibilitychange", look);
  setInterval(look, 1000);
})();
