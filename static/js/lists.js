// What htmx leaves to say about lists; without scripts the form and the links do the same.

// Words, years and dates wait for Enter; boxes and the order act at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("input:not([type=checkbox])")) event.stopPropagation();
}, true);

// What was left empty does not belong in the address.
document.addEventListener("htmx:configRequest", ({ detail: { formData } }) => {
  for (const name of new Set(formData.keys())) if (!formData.getAll(name).some(Boolean)) formData.delete(name);
});

// A chip or a page link is gone once it has done its work: the keyboard goes on from the count.
document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement === document.body) document.getElementById("found")?.focus({ preventScroll: true });
});
