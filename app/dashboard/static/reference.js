// The API reference from the service's own description. What it tries out goes by the page's session.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const token = document.querySelector('meta[name="form-token"]').content;
  SwaggerUIBundle({
    url: "/openapi.json", dom_id: "#reference", deepLinking: true, validatorUrl: null, defaultModelsExpandDepth: 0,
    requestInterceptor: (request) => { request.headers["X-CSRF-Token"] = token; return request; },
  });
});
