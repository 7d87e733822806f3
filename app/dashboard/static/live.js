// Follow a run's events and have htmx fetch the panels that they made stale.
//
// An event only says which panels are out of date; what they show is made by the server, from the same
// templates as the whole page. A lost event is made up for by the next, by a reconnect, or by the slow tick.
"use strict";
(() => {
  const run = document.querySelector("[data-run]");
  const TYPES = ["run", "phase", "task", "abstraction", "training", "tuning", "iteration", "model", "guide"];
  const SLOW_TICK = 15000;
  let source = null;
  let last = run.dataset.sequence;

  const stale = (type) => {
    for (const panel of document.querySelectorAll(type ? `[data-events~="${type}"]` : "[data-events]")) {
      // A question that is being asked stays until it is answered; the server checks the answer anyway.
      if (!panel.querySelector("details.ask[open]")) panel.dispatchEvent(new Event("stale"));
    }
  };

  const connection = (state, text) => {
    const place = document.getElementById("connection");
    place.dataset.state = state;
    place.textContent = text;
  };

  const settled = () => document.getElementById("panel-summary").dataset.settled === "yes";

  const follow = () => {
    if (source) return;
    let lost = false;
    source = new EventSource(`/v1/runs/${run.dataset.run}/events?after=${last}`);
    source.addEventListener("open", () => {
      connection("live", "live");
      if (lost) stale();
      lost = false;
    });
    for (const type of TYPES) {
      source.addEventListener(type, (event) => {
        last = event.lastEventId || last;
        stale(type);
      });
    }
    source.addEventListener("error", () => {
      // The server also closes the stream when the run has ended; the summary then says so.
      lost = true;
      if (settled()) rest();
      else connection("lost", "connection lost, trying again");
      stale("run");
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(review, 3000);
      }
    });
  };

  const rest = () => {
    source?.close();
    source = null;
    connection("", "");
  };

  const review = () => { if (settled()) rest(); else follow(); };

  document.addEventListener("htmx:after:swap", review);
  for (const failure of ["htmx:response:error", "htmx:error"]) {
    document.addEventListener(failure, () => connection("lost", "can't refresh, trying again"));
  }
  document.addEventListener("htmx:after:request", (event) => {
    if (event.detail.ctx?.response?.status < 400 && source?.readyState === EventSource.OPEN) connection("live", "live");
  });
  setInterval(() => stale("run"), SLOW_TICK);

  review();
})();
