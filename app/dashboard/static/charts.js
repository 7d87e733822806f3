// Draw the series that the server put into the page, with ECharts on a canvas: no style or markup of its own.
"use strict";
(() => {
  const charts = new Map();
  let axis = "time";

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const FONT = "Inter, system-ui, sans-serif";

  const frame = () => ({
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    textStyle: { fontFamily: FONT },
    grid: { left: 8, right: 20, top: 34, bottom: 4, containLabel: true },
    legend: {
      left: 0, top: 0, itemWidth: 14, itemHeight: 3, itemGap: 16, icon: "rect", selectedMode: false,
      textStyle: { color: color("ink-2"), fontSize: 12 },
    },
    tooltip: {
      trigger: "axis", renderMode: "richText", backgroundColor: color("raised"), borderColor: color("line"),
      borderWidth: 1, padding: [8, 10], textStyle: { color: color("ink"), fontSize: 12, fontFamily: FONT },
      axisPointer: { lineStyle: { color: color("ink-3"), type: "dotted" } },
    },
  });

  const scale = (options) => ({
    axisLine: { lineStyle: { color: color("line") } }, axisTick: { show: false },
    axisLabel: { color: color("ink-3"), fontSize: 11, hideOverlap: true },
    splitLine: { lineStyle: { color: color("line-soft") } },
    nameTextStyle: { color: color("ink-3"), fontSize: 11 },
    ...options,
  });

  const clock = (seconds) => {
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) return whole % 60 ? `${minutes} min ${String(whole % 60).padStart(2, "0")} s` : `${minutes} min`;
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  };

  // Ticks at whole seconds, minutes or hours.
  const step = (span) => [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400]
    .find((size) => span / size <= 6) ?? 172800;

  const line = (name, data, hue, more = {}) => ({
    name, data, type: "line", showSymbol: false, symbol: "circle", symbolSize: 7, lineStyle: { width: 2, color: hue },
    itemStyle: { color: hue }, emphasis: { disabled: true }, ...more,
  });

  const marks = (data, label) => ({
    silent: true, symbol: "none", animation: false,
    lineStyle: { color: color("ink-3"), type: [2, 3], width: 1 },
    label: { color: color("ink-3"), fontSize: 10, position: "insideEndTop", rotate: 0, distance: [0, 2], formatter: label },
    data,
  });

  const cpu = (seconds) => (seconds == null ? "–" : `${seconds.toFixed(2)} s of CPU`);

  // Two runs against iteration: `pick` takes a run's values, `unit` writes one.
  const compared = ({ names, sides }, pick, unit, max) => ({
    xAxis: scale({ type: "value", min: 1, max: Math.max(2, ...sides.flatMap((side) => side.iterations)), minInterval: 1, name: "iteration", nameLocation: "middle", nameGap: 24, splitLine: { show: false } }),
    yAxis: scale({ type: "value", min: 0, max }),
    tooltip: { formatter: (points) => [`iteration ${points[0].value[0]}`, ...points.map((p) => `${p.seriesName}: ${unit(p.value[1])}`)].join("\n") },
    series: sides.map((side, order) => line(names[order], side.iterations.map((i, at) => [i, pick(side)[at]]), color(["accent", "wake"][order]), {
      showSymbol: true, symbol: ["circle", "rect"][order], lineStyle: { width: 2, color: color(["accent", "wake"][order]), type: ["solid", "dashed"][order] },
    })),
  });

  const builders = {
    compared: (series) => compared(series, (side) => side.solved, (share) => (share == null ? "–" : `${share} % solved`), 100),
    "compared-seconds": (series) => compared(series, (side) => side.seconds, cpu),
    progress(series) {
      const tasks = { type: "value", min: 0, max: series.tasks, minInterval: 1, ...scale({}) };
      const whole = {
        silent: true, symbol: "none", animation: false, lineStyle: { color: color("ink-3"), width: 1, type: "solid", opacity: 0.5 },
        label: { show: false }, data: [{ yAxis: series.tasks }],
      };
      const unit = (value) => `${value} of ${series.tasks} tasks`;
      if (axis === "iteration") {
        return {
          xAxis: scale({ type: "category", boundaryGap: series.iterations.length < 2, data: series.iterations.map(([i]) => `iteration ${i}`), splitLine: { show: false } }),
          yAxis: [tasks, scale({ type: "value", min: 0, axisLabel: { color: color("ink-3"), fontSize: 11, formatter: "{value} s" }, splitLine: { show: false } })],
          series: [
            line("solved by the end of the iteration", series.iterations.map(([, n]) => n), color("accent"), { showSymbol: true, markLine: whole, tooltip: { valueFormatter: unit } }),
            line("mean solve time, CPU", series.seconds, color("wake"), { yAxisIndex: 1, showSymbol: true, lineStyle: { type: "dotted", color: color("wake"), width: 2 }, tooltip: { valueFormatter: cpu } }),
            ...(series.tests.some((n) => n !== null) ? [line("held-out tasks solved", series.tests, color("ink-3"), { showSymbol: true, lineStyle: { type: "dashed", color: color("ink-3"), width: 1.5 }, tooltip: { valueFormatter: (n) => `${n ?? "–"} tasks` } })] : []),
          ],
        };
      }
      const end = series.time.at(-1)[0];
      const ends = series.ends.filter(([, t]) => t <= end);
      const named = new Map(ends.map(([i, t]) => [t, i]));
      return {
        xAxis: scale({ type: "value", min: 0, max: end, interval: step(end), axisLabel: { color: color("ink-3"), fontSize: 11, hideOverlap: true, showMaxLabel: false, formatter: clock }, splitLine: { show: false }, axisPointer: { label: { formatter: ({ value }) => clock(value) } } }),
        yAxis: tasks,
        tooltip: { formatter: ([point]) => `${clock(point.value[0])}\n${unit(point.value[1])}` },
        series: [line("solved so far", series.time, color("accent"), {
          step: "end",
          areaStyle: { color: color("accent"), opacity: 0.1 },
          markLine: marks(
            [...ends.map(([, t]) => ({ xAxis: t })), { yAxis: series.tasks, label: { show: false }, lineStyle: { type: "solid", opacity: 0.5 } }],
            ({ value }) => `end of ${named.get(value)}`,
          ),
        })],
      };
    },
    training(series) {
      const nats = (value) => `${value.toFixed(3)} nats`;
      return {
        xAxis: scale({ type: "value", min: 0, max: "dataMax", splitLine: { show: false }, splitNumber: 4, axisLabel: { color: color("ink-3"), fontSize: 11, hideOverlap: true, formatter: (v) => (v ? v.toLocaleString("en") : "0 steps") } }),
        yAxis: scale({ type: "value", scale: true, splitNumber: 4 }),
        tooltip: { formatter: (points) => [`step ${points[0].value[0].toLocaleString("en")}`, ...points.filter((p) => p.value[1] !== null).map((p) => `${p.seriesName}: ${nats(p.value[1])}`)].join("\n") },
        series: Object.entries(series.curves).map(([name, points], order) => line(name, points, color(["dream", "wake", "abstraction", "prior"][order % 4]), order ? {
          showSymbol: points.length < 60, symbolSize: 5,
        } : {
          lineStyle: { width: 1.25, color: color("dream"), opacity: 0.75 },
          markLine: marks(series.marks.slice(1).map(([x, i]) => ({ xAxis: x, name: String(i) })), (mark) => `it. ${mark.name}`),
        })),
      };
    },
    models({ against, points }) {
      const nats = (value) => (value === null ? "–" : `${value.toFixed(2)} nats`);
      return {
        xAxis: scale({ type: "category", data: points.map(([number]) => `version ${number}`), boundaryGap: points.length < 2, splitLine: { show: false } }),
        yAxis: scale({ type: "value", scale: true, splitNumber: 4 }),
        series: [
          line("this version", points.map(([, , now]) => now), color("accent"), { showSymbol: true, tooltip: { valueFormatter: nats } }),
          line(against, points.map(([, before]) => before), color("ink-3"), { showSymbol: true, lineStyle: { type: "dashed", color: color("ink-3"), width: 1.5 }, tooltip: { valueFormatter: nats } }),
        ],
      };
    },
    solved(series) {
      const hues = ["accent", "wake", "abstraction", "network", "prior", "model"];
      return {
        xAxis: scale({ type: "time", splitLine: { show: false }, axisLabel: { color: color("ink-3"), fontSize: 11, hideOverlap: true } }),
        yAxis: scale({ type: "value", min: 0, minInterval: 1 }),
        tooltip: { formatter: (points) => [new Date(points[0].value[0]).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }), ...points.map((p) => `${p.seriesName}: ${p.value[1].toLocaleString("en")} tasks`)].join("\n") },
        series: Object.entries(series).map(([name, points], order) => line(name, points, color(hues[order]), { step: "end", showSymbol: points.length < 2 })),
      };
    },
  };

  const draw = (place) => {
    const name = place.dataset.chart;
    const data = document.querySelector(`[data-series-of="${name}"]`);
    if (!data) return;
    let chart = charts.get(name);
    if (!chart || chart.getDom() !== place) {
      chart?.dispose();
      chart = echarts.init(place, null, { renderer: "canvas" });
      charts.set(name, chart);
      new ResizeObserver(() => { if (!chart.isDisposed()) chart.resize(); }).observe(place);
    }
    const base = frame();
    const built = builders[name](JSON.parse(data.dataset.series));
    if (place.clientWidth < 380 && built.series.length > 2) base.grid.top = 58; // the legend has two rows
    chart.setOption({ ...base, ...built, tooltip: { ...base.tooltip, ...built.tooltip } }, { notMerge: true });
  };

  const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);

  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-axis]");
    if (!choice) return;
    axis = choice.dataset.axis;
    for (const other of document.querySelectorAll("[data-axis]")) other.setAttribute("aria-pressed", String(other === choice));
    drawAll();
  });
  document.addEventListener("htmx:after:swap", drawAll);
  document.addEventListener("theme", drawAll);
  document.fonts.ready.then(drawAll);
})();
