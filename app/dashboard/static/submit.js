// The form that submits a task: show what the examples are read as while they are typed, and switch the domain
// without losing them. Without this file there is the button that checks.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("submission");
  const place = document.getElementById("reading");
  const link = form.querySelector("[data-example]");
  let timer = 0;
  let asked = 0;

  const read = async () => {
    const number = ++asked;
    const fields = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields, headers: { "HX-Request": "true" } });
      if (answer.ok && number === asked) place.innerHTML = await answer.text(); // the server's own template
    } catch { /* the service is away; the form still says so when it is sent */ }
  };

  form.addEventListener("input", (event) => {
    event.target.removeAttribute("aria-invalid");
    clearTimeout(timer);
    timer = setTimeout(read, 300);
  });
  document.getElementById("domain").addEventListener("change", (event) => {
    link.href = `/tasks/new?domain=${encodeURIComponent(event.target.value)}&example=1`;
  });
});
