// Suggests names below a search box while its reader types: a combobox as ARIA describes it. Without scripts the form does.

// Every second part of a text is what matches.
const written = ({ lang, parts }) => {
  const text = document.createElement("span");
  text.lang = lang;
  text.append(...parts.map((part, place) => {
    if (place % 2 === 0) return part;
    const match = document.createElement("mark");
    match.textContent = part;
    return match;
  }));
  return text;
};

const quiet = (...parts) => {
  const text = document.createElement("small");
  text.append(...parts);
  return text;
};

for (const form of document.querySelectorAll("[data-suggestions]")) {
  const input = form.querySelector("[name=q]");
  const list = form.appendChild(document.createElement("ul"));
  const said = form.appendChild(document.createElement("span"));
  let asked = new AbortController();
  let answered = { text: "", suggestions: [] };
  let active = -1;

  list.id = `${input.id}-suggestions`;
  list.role = "listbox";
  list.hidden = true;
  list.setAttribute("aria-label", input.labels[0].textContent);
  said.className = "hidden";
  said.setAttribute("aria-live", "polite");
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) input.setAttribute(name, value);

  const choose = (place) => {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = place;
    const option = list.children[active];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };

  const show = (found) => {
    choose(-1);
    list.replaceChildren(...found.map(({ name, also, kind, url }, place) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${place}`;
      option.role = "option";
      option.dataset.url = url;
      option.setAttribute("aria-selected", "false");
      option.append(written(name), " ", quiet(kind, ...(also ? [" · ", written(also)] : [])));
      return option;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
  };

  const close = () => {
    asked.abort();
    show([]);
    said.textContent = "";
  };

  const open = () => {
    const { suggestions } = answered;
    show(suggestions);
    said.textContent = suggestions.length ? form.dataset.some.replace("#", suggestions.length) : form.dataset.none;
  };

  // Each letter asks anew and takes back the question before it; letters that are still being composed ask nothing.
  const ask = async () => {
    asked.abort();
    asked = new AbortController();
    const text = input.value.trim();
    if (!text) return close();
    if (text === answered.text) return open();
    try {
      const answer = await fetch(`${form.dataset.suggestions}?${new URLSearchParams({ q: text })}`, { signal: asked.signal });
      const { suggestions = [] } = answer.ok ? await answer.json() : {};
      answered = { text: answer.ok ? text : "", suggestions };
      if (document.activeElement === input) open();
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  input.addEventListener("input", (event) => { if (!event.isComposing) ask(); });
  input.addEventListener("compositionend", ask);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const count = list.children.length;
    if (event.isComposing) return;
    if (event.key === "Escape") {
      // Also takes back a question that is not answered yet.
      close();
      if (!count) return;
    }
    else if (event.key === "Enter" && active >= 0) location.assign(list.children[active].dataset.url);
    // The place after the last and before the first is the box itself.
    else if (event.key === "ArrowDown" && count) choose(active + 1 < count ? active + 1 : -1);
    else if (event.key === "ArrowUp" && count) choose(active < 0 ? count - 1 : active - 1);
    else if (event.key === "ArrowDown") ask();
    else return;
    event.preventDefault();
  });
  // The box keeps the focus while an option is pressed.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });
}
