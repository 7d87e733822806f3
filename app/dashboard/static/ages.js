// Ages grow older: as formats.py writes them.
"use strict";
(() => {
  const SIZES = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  setInterval(() => {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
      const [size, unit] = SIZES.find(([size]) => seconds >= size) ?? [1, ""];
      const text = unit ? `${Math.floor(seconds / size)} ${unit} ago` : "just now";
      if (time.textContent !== text) time.textContent = text;
    }
  }, 5000);
})();
