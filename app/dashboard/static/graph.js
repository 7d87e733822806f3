// Draw a version's abstractions: each above what it is built from, coloured by age. Small graphs are laid out by
// dagre; in large ones each depth is a band of rows, the oldest first, for a layout that is made at once.
// The list below the graph has the same for whoever can't use it.
"use strict";
(() => {
  const panel = document.querySelector("[data-graph]");
  const place = document.getElementById("graph");
  const info = document.getElementById("graph-info");
  const DAGRE_MOST = 150;
  const STEP = { x: 130, y: 66, band: 40 };
  let graph = null;
  let cy = null;

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  // From the oldest to the newest, through the three hues of the legend.
  const aged = (age) => {
    const stops = ["dream", "abstraction", "wake"].map((name) => channels(color(name)));
    const at = graph.ages > 1 ? (2 * age) / (graph.ages - 1) : 1;
    const from = Math.min(1, Math.floor(at));
    const mixed = stops[from].map((value, i) => Math.round(value + (stops[from + 1][i] - value) * (at - from)));
    return `rgb(${mixed.join(",")})`;
  };

  const style = () => [
    { selector: "node", style: {
      width: graph.large ? 32 : 16, height: graph.large ? 32 : 16, "background-color": (node) => aged(node.data("age")), label: "data(short)", color: color("ink-2"),
      "font-family": "Inter, system-ui, sans-serif", "font-size": 11, "text-valign": "bottom", "text-margin-y": 4,
      "min-zoomed-font-size": 8, "text-background-color": color("sunken"), "text-background-opacity": 0.85, "text-background-padding": 1,
    } },
    { selector: "node[!listed]", style: { "background-opacity": 0, "border-width": 1.5, "border-color": color("ink-3") } },
    { selector: "edge", style: {
      width: 1, "line-color": color("ink-3"), opacity: 0.45, "curve-style": graph.large ? "haystack" : "straight",
      "target-arrow-shape": "triangle", "target-arrow-color": color("ink-3"), "arrow-scale": 0.7,
    } },
    { selector: ".found", style: { "border-width": 3, "border-color": color("wake") } },
    { selector: ".away", style: { opacity: 0.15, "text-opacity": 0.15 } },
    { selector: "edge.near", style: { width: 2, opacity: 0.9, "line-color": color("accent"), "target-arrow-color": color("accent") } },
    { selector: "node:selected", style: { "border-width": 3, "border-color": color("accent"), width: graph.large ? 40 : 22, height: graph.large ? 40 : 22, "font-weight": 600, color: color("ink"), "min-zoomed-font-size": 0, "z-index": 9 } },
  ];

  const short = (name) => (name.length > 20 ? `${name.slice(0, 19)}…` : name);

  const elements = () => [
    ...graph.nodes.map(([id, name, depth, age, gain, type, listed]) => ({ data: { id, name, short: short(name), depth, age, gain, type: graph.types[type], listed } })),
    ...graph.edges.map(([user, part], number) => ({ data: { id: `e${number}`, source: graph.nodes[user][0], target: graph.nodes[part][0] } })),
  ];

  // Rows of at most `across` nodes from (0, top) downwards; where the next row would be.
  const rows = (nodes, top, across, positions) => {
    nodes.forEach((node, number) => {
      const row = Math.floor(number / across);
      const width = Math.min(across, nodes.length - row * across);
      positions.set(node.id(), { x: ((number % across) - (width - 1) / 2) * STEP.x, y: top + row * STEP.y });
    });
    return top + Math.ceil(nodes.length / across) * STEP.y;
  };

  const byAge = (one, other) => one.data("age") - other.data("age") || one.data("name").localeCompare(other.data("name"));

  const banded = () => {
    const positions = new Map();
    const across = Math.max(6, Math.ceil(Math.sqrt(graph.nodes.length * (place.clientWidth / place.clientHeight) * (STEP.y / STEP.x) * 2)));
    const deepest = Math.max(...graph.nodes.map((node) => node[2]));
    let top = 0;
    for (let depth = deepest; depth >= 0; depth--) {
      const band = cy.nodes().filter((node) => node.data("depth") === depth).toArray().sort(byAge);
      top = rows(band, top, across, positions) + STEP.band;
    }
    cy.layout({ name: "preset", positions: (node) => positions.get(node.id()), fit: true, padding: 30 }).run();
  };

  const layered = () => {
    const alone = cy.nodes().filter((node) => node.degree() === 0);
    const joined = cy.elements().difference(alone);
    let bottom = 0;
    if (joined.nonempty()) {
      joined.layout({ name: "dagre", rankDir: "TB", ranker: "longest-path", nodeSep: 70, rankSep: 60, fit: false }).run();
      const box = joined.nodes().boundingBox({ includeLabels: false });
      joined.nodes().shift({ x: -(box.x1 + box.x2) / 2, y: -box.y1 });
      bottom = box.h + 2 * STEP.y;
    }
    const positions = new Map();
    const across = Math.max(4, Math.ceil(Math.sqrt(alone.length * 3)));
    rows(alone.toArray().sort(byAge), bottom, across, positions);
    alone.positions((node) => positions.get(node.id()));
    cy.fit(undefined, 30);
    if (cy.zoom() > 1.4) { cy.zoom(1.4); cy.center(); }
  };

  const tell = (node) => {
    info.replaceChildren();
    if (!node) return;
    const link = document.createElement("a");
    link.href = `/library/abstractions/${node.id()}`;
    link.textContent = node.data("name");
    const gain = node.data("gain");
    info.append(link, ` : ${node.data("type")}${gain === null ? "" : `, gains ${gain.toLocaleString("en")} nats`}`);
  };

  const select = (node) => {
    cy.batch(() => {
      cy.elements().removeClass("away near").unselect();
      if (!node) return;
      const around = node.closedNeighborhood();
      cy.elements().difference(around).addClass("away");
      around.edges().addClass("near");
      node.select();
    });
    tell(node);
    if (!node) return;
    const { x1, x2, y1, y2 } = cy.extent();
    const { x, y } = node.position();
    if (x < x1 || x > x2 || y < y1 || y > y2) cy.center(node);
  };

  // What the search below the graph found has a ring.
  const ring = () => {
    const links = document.querySelectorAll("#results[data-narrowed] .name");
    const found = new Set([...links].map((link) => link.getAttribute("href").split("/").pop()));
    cy.batch(() => cy.nodes().forEach((node) => { node.toggleClass("found", found.has(node.id())); }));
    place.dataset.found = String(cy.nodes(".found").length);
  };

  // The nearest node in a direction: along it, and not far beside it.
  const nearest = (from, dx, dy) => {
    let best = null;
    let least = Infinity;
    const here = from.position();
    for (const node of cy.nodes()) {
      const x = node.position("x") - here.x;
      const y = node.position("y") - here.y;
      const along = x * dx + y * dy;
      const beside = Math.abs(x * dy) + Math.abs(y * dx);
      if (along > 1 && along + 2.5 * beside < least) { least = along + 2.5 * beside; best = node; }
    }
    return best;
  };

  // Towards what is chosen, else the middle.
  const zoom = (factor) => {
    const chosen = cy.nodes(":selected").first();
    cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: place.clientWidth / 2, y: place.clientHeight / 2 } });
    if (chosen.nonempty()) cy.center(chosen);
  };

  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const onKey = (event) => {
    const chosen = cy.nodes(":selected").first();
    if (event.key in WAYS) {
      const next = chosen.nonempty() ? nearest(chosen, ...WAYS[event.key]) : cy.nodes().first();
      if (next) select(next);
    } else if (event.key === "Enter" && chosen.nonempty()) location.assign(`/library/abstractions/${chosen.id()}`);
    else if (event.key === "+" || event.key === "=") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") cy.fit(undefined, 30);
    else if (event.key === "Escape") select(null);
    else return;
    event.preventDefault();
  };

  const draw = () => {
    // Cytoscape would write a rule into the page, which our policy forbids; library.css has it.
    document.querySelector('link[href*="library.css"]').id = "__________cytoscape_stylesheet";
    graph.large = graph.nodes.length > DAGRE_MOST;
    cy = cytoscape({
      container: place, elements: elements(), style: style(), layout: { name: "preset" }, minZoom: 0.05, maxZoom: 3,
      autoungrabify: true, boxSelectionEnabled: false, selectionType: "single", hideEdgesOnViewport: graph.large, textureOnViewport: graph.large,
    });
    (graph.large ? banded : layered)();
    cy.on("tap", "node", ({ target }) => { if (target.selected()) location.assign(`/library/abstractions/${target.id()}`); else select(target); });
    cy.on("tap", (event) => { if (event.target === cy) select(null); });
    // A wheel or a finger that passes over it scrolls the page, until the graph has been chosen.
    const take = (taken) => { cy.userZoomingEnabled(taken); if (matchMedia("(pointer: coarse)").matches) cy.userPanningEnabled(taken); };
    take(false);
    place.addEventListener("focus", () => take(true));
    place.addEventListener("blur", () => take(false));
    place.addEventListener("pointerdown", () => place.focus({ preventScroll: true }));
    place.addEventListener("keydown", onKey);
    panel.addEventListener("click", ({ target }) => {
      const way = target.closest("[data-zoom]")?.dataset.zoom;
      if (way === "in") zoom(1.3); else if (way === "out") zoom(1 / 1.3); else if (way === "fit") cy.fit(undefined, 30);
    });
    document.addEventListener("theme", () => cy.style(style()));
    document.addEventListener("htmx:after:swap", ring);
    ring();
    place.dataset.state = "ready";
    place.dataset.nodes = String(cy.nodes().length);
  };

  const load = async () => {
    place.dataset.state = "waiting";
    try {
      const answer = await fetch(panel.dataset.graph);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      graph = await answer.json();
      draw();
    } catch {
      place.dataset.state = "failed";
    }
  };
  document.fonts.ready.then(load);
})();
