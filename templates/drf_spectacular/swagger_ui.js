"use strict";

// Shorter than the package's own: this API is read without a key, a session or a CSRF cookie.
SwaggerUIBundle({
  ...{{ settings|safe }},
  url: "{{ schema_url|escapejs }}",
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  // Deep links would stand inside the buttons that open an operation, where keyboards and screen readers lose them.
  deepLinking: false,
  // Its colours cannot all be told from their ground.
  syntaxHighlight: false,
});
