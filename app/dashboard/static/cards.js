// A task's card beside its tile: on hover for as long as the pointer stays, on a click or Enter until closed.
// Without this file the tile is a link to the task's page.
"use strict";
(() => {
  const card = document.getElementById("card");
  const anchored = CSS.supports("position-area: block-end");
  let shown = null;
  let pinned = false;
  let timer = 0;

  const close = () => {
    clearTimeout(timer);
    shown?.removeAttribute("aria-expanded");
    shown = null;
    pinned = false;
    if (card.matches(":popover-open")) card.hidePopover();
  };

  const open = async (tile, pin) => {
    clearTimeout(timer);
    if (shown !== tile) {
      const answer = await fetch(tile.href, { headers: { "HX-Request": "true" } });
      if (!answer.ok) { if (pin) location.assign(tile.href); return; }
      close();
      shown = tile;
      card.innerHTML = await answer.text(); // the server's own template, every value in it escaped
      card.append(buttons(tile));
      card.classList.toggle("sheet", !anchored || innerWidth < 640);
      card.showPopover({ source: tile });
    }
    tile.setAttribute("aria-expanded", "true");
    pinned ||= pin;
    card.classList.toggle("pinned", pinned);
  };

  const buttons = (tile) => {
    const row = document.createElement("p");
    row.className = "card-actions";
    const page = document.createElement("a");
    page.href = tile.href;
    page.textContent = "Open its page";
    const shut = document.createElement("button");
    shut.type = "button";
    shut.textContent = "Close";
    shut.addEventListener("click", () => { const from = shown; close(); from?.focus(); });
    row.append(page, shut);
    return row;
  };

  const tileOf = (event) => event.target.closest?.("[data-card]");

  document.addEventListener("click", (event) => {
    const tile = tileOf(event);
    if (tile && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
      event.preventDefault();
      if (shown === tile && pinned) close(); else open(tile, true);
    } else if (pinned && !card.contains(event.target)) close();
  });
  document.addEventListener("pointerover", (event) => {
    const tile = tileOf(event);
    if (pinned || event.pointerType !== "mouse") return;
    clearTimeout(timer);
    if (tile) timer = setTimeout(open, 120, tile, false);
    else if (shown && !card.contains(event.target)) timer = setTimeout(close, 200);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown) {
      const from = shown;
      close();
      from.focus();
    }
    // Arrows move between tiles, as in a grid.
    const tile = tileOf(event);
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!tile || !way) return;
    const tiles = [...document.querySelectorAll("[data-card]")];
    tiles[tiles.indexOf(tile) + way]?.focus();
    event.preventDefault();
  });
})();
