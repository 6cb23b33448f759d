// What htmx leaves to say about lists; without scripts the form and the links do the same. A module, so that it runs once
// although the way back puts the whole page in place anew.

// Words, years and dates wait for Enter; boxes and the order act at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("input:not([type=checkbox])")) event.stopPropagation();
}, true);

// What was left empty does not belong in the address.
document.addEventListener("htmx:configRequest", ({ detail: { formData } }) => {
  for (const name of new Set(formData.keys())) if (!formData.getAll(name).some(Boolean)) formData.delete(name);
});

// What a reader typed or ticked while the answer was under way is newer than the answer.
const stateOf = (field) => (field.type === "checkbox" ? field.checked : field.value);
let asked = new Map();

document.addEventListener("htmx:beforeRequest", () => {
  asked = new Map([...document.getElementById("filter-form").elements].map((field) => [field.id, stateOf(field)]));
});

document.addEventListener("htmx:oobBeforeSwap", ({ target, detail }) => {
  const isNewer = (field) => asked.has(field.id) && asked.get(field.id) !== stateOf(field);
  if (target.matches("input, select") && isNewer(target)) detail.shouldSwap = false;
  for (const box of target.querySelectorAll("[type=checkbox]")) {
    const answered = detail.fragment.getElementById(box.id);
    if (answered && isNewer(box)) answered.checked = box.checked;
  }
});

// Who shares the page or looks for its feed reads addresses in its head, which htmx leaves alone.
const addresses = (page) => page.head.querySelectorAll("link[rel=canonical], link[rel=alternate]");
const follow = (answer) => {
  const answered = addresses(new DOMParser().parseFromString(answer, "text/html"));
  addresses(document).forEach((link, place) => link.replaceWith(answered[place]));
};

document.addEventListener("htmx:afterOnLoad", ({ detail }) => { if (detail.successful) follow(detail.xhr.responseText); });
document.addEventListener("htmx:historyRestore", ({ detail }) => follow(detail.serverResponse));

// A chip or a page link is gone once it has done its work: the keyboard goes on from the count.
document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement === document.body) document.getElementById("found")?.focus({ preventScroll: true });
});
