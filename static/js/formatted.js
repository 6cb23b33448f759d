// An editor for formatted texts, in place of the text area that holds their HTML. Without scripts the text area stays.
// ProseMirror comes from django-prose-editor, whose module is loaded by its address: an import map would be an inline
// script, and its own menu knows no Chinese and no keyboard. The server cleans whatever is saved, and whatever is pasted.

const SAFE = /^(https?:\/\/[^/]|mailto:[^@]+@|\/(?!\/))/i;

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Each button: what it is called, what stands on it, what it does, whether it is on, and when it is there.
function buttonsOf(editor, words, ask) {
  const run = (command, ...options) => () => editor.chain().focus()[command](...options).run();
  const heading = (level) => ({
    name: `heading${level}`, sign: `H${level}`, run: run("toggleHeading", { level }), isOn: () => editor.isActive("heading", { level }),
  });
  const mark = (name, sign, command, kind = name) => ({ name, sign, run: run(command), isOn: () => editor.isActive(kind) });
  const inTable = (name, command) => ({ name, run: run(command), isThere: () => editor.isActive("table") });
  return [
    [mark("bold", "B", "toggleBold"), mark("italic", "I", "toggleItalic"), mark("sub", "x₂", "toggleSubscript", "subscript"), mark("sup", "x²", "toggleSuperscript", "superscript")],
    [heading(2), heading(3), heading(4)],
    [{ name: "undo", sign: "↶", run: run("undo") }, { name: "redo", sign: "↷", run: run("redo") }],
    [mark("bullets", "", "toggleBulletList", "bulletList"), mark("numbers", "", "toggleOrderedList", "orderedList"), mark("quote", "", "toggleBlockquote", "blockquote"), { name: "rule", run: run("setHorizontalRule") }],
    [{ name: "link", run: () => ask.link(), isOn: () => editor.isActive("link") }, { name: "picture", run: () => ask.picture(), isOn: () => editor.isActive("image") },
      { name: "table", run: run("insertTable", { rows: 3, cols: 3, withHeaderRow: true }), isThere: () => !editor.isActive("table") }],
    [inTable("rowAfter", "addRowAfter"), inTable("columnAfter", "addColumnAfter"), inTable("headerRow", "toggleHeaderRow"), inTable("deleteRow", "deleteRow"), inTable("deleteColumn", "deleteColumn"), inTable("deleteTable", "deleteTable")],
  ];
}

// One stop for the Tab key; arrow keys lead from button to button.
function makeToolbar(editor, words, ask) {
  const bar = element("div", { className: "formatted-bar", role: "toolbar", "aria-label": words.toolbar });
  const entries = [];
  for (const group of buttonsOf(editor, words, ask)) {
    const box = element("span", { className: "formatted-group" });
    for (const entry of group) {
      const word = words[entry.name];
      entry.button = element("button", { type: "button", tabIndex: -1, title: word, className: `formatted-${entry.name}` }, entry.sign || word);
      if (entry.sign) entry.button.setAttribute("aria-label", word);
      entry.button.addEventListener("mousedown", (event) => event.preventDefault());
      entry.button.addEventListener("click", entry.run);
      box.append(entry.button);
      entries.push(entry);
    }
    bar.append(box);
  }
  const shown = () => entries.map((entry) => entry.button).filter((button) => !button.hidden);
  const stop = (button) => entries.forEach((entry) => { entry.button.tabIndex = entry.button === button ? 0 : -1; });
  bar.addEventListener("focusin", (event) => stop(event.target));
  bar.addEventListener("keydown", (event) => {
    const all = shown();
    const place = all.indexOf(document.activeElement);
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") editor.commands.focus();
    else if (next === undefined) return;
    else all[next % all.length].focus();
    event.preventDefault();
  });
  const refresh = () => {
    for (const entry of entries) {
      entry.button.hidden = entry.isThere ? !entry.isThere() : false;
      if (entry.isOn) entry.button.setAttribute("aria-pressed", String(entry.isOn()));
    }
    if (!shown().some((button) => button.tabIndex === 0)) stop(shown()[0]);
  };
  refresh();
  editor.on("transaction", refresh);
  return { bar, focus: () => shown().find((button) => button.tabIndex === 0).focus() };
}

// A dialog outside the page's own form: forms cannot stand in each other.
function openDialog(title, fields, words, accept, ...more) {
  const form = element("form", { method: "dialog", noValidate: true });
  const dialog = element("dialog", { className: "formatted-dialog", "aria-label": title }, form);
  const said = element("p", { className: "errornote", hidden: true, role: "alert" });
  const insert = element("button", { type: "submit", className: "default" }, words.insert);
  const cancel = element("button", { type: "button" }, words.cancel);
  form.append(element("h2", {}, title), said, ...fields, element("p", { className: "formatted-choices" }, insert, cancel, ...more));
  cancel.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const complaint = accept();
    if (!complaint) return dialog.close();
    said.textContent = complaint;
    said.hidden = false;
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

let numbers = 0;
function field(label, value, help = "") {
  const id = `formatted-field-${(numbers += 1)}`;
  const input = element("input", { id, type: "text", value, className: "vTextField" });
  const box = element("p", {}, element("label", { htmlFor: id }, label), input);
  if (help) {
    box.append(element("span", { id: `${id}-help`, className: "help" }, help));
    input.setAttribute("aria-describedby", `${id}-help`);
  }
  return { box, input };
}

function askForLink(editor, words) {
  const present = editor.getAttributes("link").href || "";
  const { box, input } = field(words.address, present, words.addressHelp);
  const remove = element("button", { type: "button", hidden: !present }, words.removeLink);
  const dialog = openDialog(words.link, [box], words, () => {
    let href = input.value.trim();
    if (/^www\./i.test(href)) href = `https://${href}`;
    if (!SAFE.test(href)) return words.addressWrong;
    const chain = editor.chain().focus().extendMarkRange("link");
    if (editor.state.selection.empty && !present) chain.insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }).run();
    else chain.setLink({ href }).run();
    return "";
  }, remove);
  remove.addEventListener("click", () => { editor.chain().focus().extendMarkRange("link").unsetLink().run(); dialog.close(); });
}

function askForPicture(editor, words, settings) {
  const present = editor.isActive("image") ? editor.getAttributes("image") : {};
  const search = field(words.search, "");
  const alternative = field(words.alternative, present.alt || "");
  const list = element("div", { className: "formatted-pictures", role: "radiogroup", "aria-label": words.choosePicture });
  let chosen = present.src || "";
  const show = async () => {
    const answer = await fetch(`${settings.pictures}?q=${encodeURIComponent(search.input.value)}`).catch(() => null);
    if (!answer?.ok) return list.replaceChildren(words.unreachable);
    const { pictures } = await answer.json();
    list.replaceChildren(...pictures.map((picture) => {
      const radio = element("input", { type: "radio", name: "picture", value: picture.src, checked: picture.src === chosen });
      radio.addEventListener("change", () => {
        chosen = picture.src;
        alternative.input.value = picture.alternative[settings.language] || "";
      });
      return element("label", {}, radio, element("img", { src: picture.thumbnail, alt: "" }), element("span", {}, picture.title));
    }));
    if (!pictures.length) list.append(words.noPictures);
  };
  let later;
  search.input.addEventListener("input", () => { clearTimeout(later); later = setTimeout(show, 250); });
  search.input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); show(); } });
  show();
  openDialog(words.picture, [search.box, list, alternative.box], words, () => {
    const alt = alternative.input.value.trim();
    if (!chosen) return words.choosePicture;
    if (!alt) return words.alternativeMissing;
    if (present.src) editor.chain().focus().updateAttributes("image", { src: chosen, alt }).run();
    else editor.chain().focus().setImage({ src: chosen, alt }).run();
    return "";
  });
}

async function paste(editor, event, settings, say) {
  const words = settings.words;
  const plain = event.clipboardData.getData("text/plain");
  const body = new URLSearchParams({ html: event.clipboardData.getData("text/html") });
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  say(words.pasting);
  const answer = await fetch(settings.clean, { method: "POST", body, headers: { "X-CSRFToken": token } }).catch(() => null);
  const found = answer?.ok ? await answer.json() : { html: "" };
  if (found.html) editor.chain().focus().insertContent(found.html).run();
  else editor.chain().focus().insertContent(plain.split(/\n\s*\n/).map((text) => ({ type: "paragraph", content: text.trim() ? [{ type: "text", text: text.trim() }] : [] }))).run();
  say(!found.html ? words.pasteFailed : found.dropped ? words.droppedPictures : "");
}

function make(textarea, kit) {
  const settings = JSON.parse(textarea.dataset.formatted);
  const words = settings.words;
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  const status = element("p", { className: "formatted-status help", role: "status" });
  const help = element("p", { className: "formatted-help help", id: `${textarea.id}-keys` }, words.help);
  const place = element("div", { className: "formatted" });
  textarea.before(place);
  let toolbar;
  const say = (text) => { status.textContent = text; };
  const attributes = { role: "textbox", "aria-multiline": "true", class: "formatted-text" };
  attributes["aria-label"] = label ? label.textContent.trim().replace(/[:：]$/, "") : textarea.name;
  attributes["aria-describedby"] = [textarea.getAttribute("aria-describedby"), help.id].filter(Boolean).join(" ");
  if (textarea.lang) attributes.lang = textarea.lang;
  if (textarea.getAttribute("aria-invalid")) attributes["aria-invalid"] = "true";
  const { Document, Paragraph, Text, HardBreak, Bold, Italic, Subscript, Superscript, Heading, BulletList, OrderedList, ListItem,
    Blockquote, HorizontalRule, Link, Image, Table, TableRow, TableHeader, TableCell, History, Dropcursor, Gapcursor } = kit;
  const editor = new kit.Editor({
    element: place,
    content: textarea.value,
    editable: !textarea.disabled && !textarea.readOnly,
    // It would write a style element, which the policy stops; editor.css has what is needed.
    injectCSS: false,
    extensions: [Document, Paragraph, Text, HardBreak, Bold, Italic, Subscript, Superscript, Heading.configure({ levels: [2, 3, 4] }),
      BulletList, OrderedList, ListItem, Blockquote, HorizontalRule, Link.configure({ openOnClick: false, isAllowedUri: (href) => SAFE.test(href) }),
      Image.configure({ inline: true, allowBase64: false }), Table.configure({ resizable: false }), TableRow, TableHeader, TableCell, History, Dropcursor, Gapcursor],
    editorProps: {
      attributes,
      handleKeyDown: (_view, event) => {
        if (event.key !== "Escape" && !(event.altKey && event.key === "F10")) return false;
        toolbar.focus();
        return true;
      },
      // Before ProseMirror reads it: the policy complains of style attributes even where nobody sees them.
      transformPastedHTML: (html) => html.replace(/\sstyle\s*=\s*("[^"]*"|'[^']*')/gi, ""),
      handleDOMEvents: {
        paste: (_view, event) => {
          const html = event.clipboardData?.getData("text/html");
          if (!html || html.includes("data-pm-slice")) return false;
          event.preventDefault();
          paste(editor, event, settings, say);
          return true;
        },
      },
    },
    onUpdate: () => {
      textarea.value = editor.isEmpty ? "" : editor.getHTML();
      say(textarea.value.length > settings.longest ? words.tooLong : "");
      textarea.dispatchEvent(new Event("input", { bubbles: true }));
      textarea.dispatchEvent(new Event("change", { bubbles: true }));
    },
  });
  toolbar = makeToolbar(editor, words, { link: () => askForLink(editor, words), picture: () => askForPicture(editor, words, settings) });
  place.prepend(toolbar.bar);
  place.append(help, status);
  textarea.hidden = true;
  // Whatever leads to the text area leads to the editor.
  for (const way of [label, ...document.querySelectorAll(`a[href="#${textarea.id}"]`)]) {
    way?.addEventListener("click", (event) => { event.preventDefault(); place.scrollIntoView({ block: "center" }); editor.commands.focus(); });
  }
}

async function start(root) {
  const found = [...root.querySelectorAll("textarea[data-formatted]:not([hidden])")].filter((textarea) => !textarea.id.includes("__prefix__"));
  if (!found.length) return;
  const kit = await import(JSON.parse(found[0].dataset.formatted).editor);
  found.forEach((textarea) => make(textarea, kit));
}

start(document);
document.addEventListener("formset:added", (event) => start(event.target));
