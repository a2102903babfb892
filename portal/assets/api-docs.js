// The API's documentation: Swagger UI over our own openapi.json, nothing from elsewhere.
const calls = document.getElementById("calls");

window.SwaggerUIBundle({
  domNode: calls,
  url: calls.dataset.openapi,
  validatorUrl: null,
  deepLinking: false, // the fragment is a code's
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // The list of calls is written above the codes, so what was asked for has moved by now.
  onComplete: () => document.getElementById(location.hash.slice(1))?.scrollIntoView(),
});
