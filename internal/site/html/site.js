// What pages do beside being read: pictures become larger and smaller, lists are filtered, and
// the pages for searching and for what-if answer. All pages can be read without it.
"use strict";

const data = window.lfd ||= {};

// element makes an element. Texts are always texts, never HTML.
function element(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") e.className = value;
    else e.setAttribute(key, value);
  }
  e.append(...children);
  return e;
}

function link(page, text) {
  return element("a", { href: page }, text);
}

function count(n, what) {
  return n.toLocaleString("en") + " " + what + (n === 1 ? "" : "s");
}

// duration writes a length of time as the pages do.
function duration(s) {
  if (s < 10) return s.toFixed(1) + " s";
  if (s < 120) return s.toFixed(0) + " s";
  if (s < 1200) return Math.floor(Math.round(s) / 60) + " min " + Math.round(s) % 60 + " s";
  if (s < 7200) return (s / 60).toFixed(0) + " min";
  return (s / 3600).toFixed(1) + " h";
}

// ---- Pictures -------------------------------------------------------------------

for (const picture of document.querySelectorAll("[data-zoom]")) {
  const svg = picture.querySelector("svg");
  const width = svg.viewBox.baseVal.width, height = svg.viewBox.baseVal.height;
  let scale = 1;
  const zoom = (to) => {
    const x = (picture.scrollLeft + picture.clientWidth / 2) / scale;
    const y = (picture.scrollTop + picture.clientHeight / 2) / scale;
    scale = Math.min(Math.max(to, 0.1), 8);
    svg.setAttribute("width", Math.round(width * scale));
    svg.setAttribute("height", Math.round(height * scale));
    picture.scrollLeft = x * scale - picture.clientWidth / 2;
    picture.scrollTop = y * scale - picture.clientHeight / 2;
  };
  const room = () => {
    const style = getComputedStyle(picture);
    return picture.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  };
  const button = (text, act) => {
    const b = element("button", { type: "button" }, text);
    b.addEventListener("click", act);
    return b;
  };
  picture.before(element("div", { class: "zoom" },
    button("Larger", () => zoom(scale * 1.4)),
    button("Smaller", () => zoom(scale / 1.4)),
    button("Fit", () => zoom(room() / width))));
  // At first as wide as the page, as long as its letters can be read. Within something that is
  // folded there is no room before it is opened.
  const begin = () => {
    if (svg.classList.contains("timeline") || room() <= 0) return;
    if (width > room()) zoom(Math.max(room() / width, 0.85));
  };
  const fold = picture.closest("details");
  fold?.addEventListener("toggle", begin, { once: true });
  if (!fold || fold.open) begin();
  picture.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "+") zoom(scale * 1.4);
    else if (e.key === "-") zoom(scale / 1.4);
    else if (e.key === "0") zoom(room() / width);
    else return;
    e.preventDefault();
  });
  // The mouse moves the picture, as fingers do. Moving is no click.
  let from = null, moved = false;
  picture.addEventListener("pointerdown", (e) => {
    if (e.pointerType !== "mouse" || e.button !== 0) return;
    from = { x: e.clientX + picture.scrollLeft, y: e.clientY + picture.scrollTop };
    moved = false;
  });
  addEventListener("pointermove", (e) => {
    if (!from) return;
    const x = from.x - e.clientX, y = from.y - e.clientY;
    if (Math.abs(x - picture.scrollLeft) + Math.abs(y - picture.scrollTop) > 4) moved = true;
    picture.scrollLeft = x;
    picture.scrollTop = y;
  });
  addEventListener("pointerup", () => { from = null; });
  picture.addEventListener("dragstart", (e) => e.preventDefault());
  picture.addEventListener("click", (e) => { if (moved) e.preventDefault(); }, true);
}

// ---- Filters --------------------------------------------------------------------

for (const box of document.querySelectorAll(".filter")) box.hidden = false;

const told = document.getElementById("told");
const timeline = document.querySelector("svg.timeline");
const filter = document.querySelector("[data-filter]");

function filterTimeline() {
  const kinds = new Set([...document.querySelectorAll("[data-kind]")].filter((c) => c.checked).map((c) => c.dataset.kind));
  const text = filter.value.trim().toLowerCase();
  for (const step of timeline.querySelectorAll("[data-name]")) {
    const shown = kinds.has(step.getAttribute("class").split(" ")[0]) && step.dataset.name.toLowerCase().includes(text);
    step.classList.toggle("off", !shown);
  }
}

function filterTable(table) {
  const words = filter.value.trim().toLowerCase().split(/\s+/);
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    if (!row.hidden) shown++;
  }
  document.querySelector(".filter output").textContent = filter.value ? count(shown, "row") : "";
}

if (filter && timeline) {
  filter.addEventListener("input", filterTimeline);
  for (const c of document.querySelectorAll("[data-kind]")) c.addEventListener("change", filterTimeline);
  const tell = (e) => {
    const step = e.target.closest("[data-name]");
    if (step) told.textContent = step.querySelector("title").textContent;
  };
  timeline.addEventListener("pointerover", tell);
  timeline.addEventListener("focusin", tell);
} else if (filter) {
  const table = document.getElementById(filter.dataset.filter);
  if (table) filter.addEventListener("input", () => filterTable(table));
}

// ---- Search ---------------------------------------------------------------------

const most = 60; // results of a kind that are shown

// loadShard loads a piece of the list of files: a script, as a page that is opened from a disk
// may load nothing else.
const shards = {};
function loadShard(i) {
  shards[i] ??= new Promise((done) => {
    const script = element("script", { src: `search-files-${i}.js` });
    script.addEventListener("load", () => done(data[`files${i}`].split("\n").filter((l) => l).map((line) => {
      const [path, pkg] = line.split("\t");
      return { path, pkg: Number(pkg), name: path.slice(path.lastIndexOf("/") + 1).toLowerCase() };
    })));
    script.addEventListener("error", () => done([]));
    document.head.append(script);
  });
  return shards[i];
}

// findFiles returns the files whose last name begins with that of the query, and whose path has
// the query in it.
async function findFiles(query) {
  const begin = query.slice(query.lastIndexOf("/") + 1);
  const starts = data.search.shards;
  if (!begin || !starts.length) return [];
  const wanted = starts.map((_, i) => i).filter((i) => starts[i] <= begin + "\uffff" && (i + 1 === starts.length || starts[i + 1] >= begin));
  const lists = await Promise.all(wanted.map(loadShard));
  return lists.flat().filter((f) => f.name.startsWith(begin) && f.path.toLowerCase().includes(query));
}

async function search(query) {
  const { packages, stages, options } = data.search;
  const results = document.getElementById("results");
  const q = query.trim().toLowerCase();
  if (!q) {
    results.replaceChildren();
    return;
  }
  const words = q.split(/\s+/);
  // How well something fits: the name itself, its beginning, in it, in what it is.
  const rank = (item) => {
    const name = item.name.toLowerCase();
    if (name === q) return 0;
    if (name.startsWith(q)) return 1;
    if (name.includes(q)) return 2;
    const text = (name + " " + item.says.toLowerCase());
    return words.every((w) => text.includes(w)) ? 3 : 4;
  };
  const best = (list) => list.map((item) => [rank(item), item]).filter(([r]) => r < 4).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
  const foundOptions = q.startsWith("-") ? options.filter((o) => o.name.toLowerCase().includes(q)) : options.filter((o) => q.length > 2 && o.name.toLowerCase().includes(q));
  const foundFiles = q.startsWith("-") ? [] : await findFiles(q);
  if (query !== asked) return; // another one was asked meanwhile
  const sections = [];
  const section = (title, items, show) => {
    if (!items.length) return;
    const list = element("ul", {}, ...items.slice(0, most).map((item) => element("li", {}, ...show(item))));
    sections.push(element("h2", {}, title), list);
    if (items.length > most) sections.push(element("p", { class: "quiet" }, `and ${count(items.length - most, "other")}: ask for more of the name.`));
  };
  const files = () => section("Files", foundFiles, (f) => [element("code", {}, f.path), " ", element("span", { class: "dim" }, "in "), link(packages[f.pkg].page + "#files", packages[f.pkg].name)]);
  if (q.includes("/")) files();
  section("Packages", best(packages), (p) => [link(p.page, p.name), " ", element("span", { class: "dim" }, [p.version, p.says].filter((t) => t).join(" · "))]);
  section("Stages", best(stages), (s) => [link(s.page, s.name), " ", element("span", { class: "dim" }, s.says)]);
  section("Options", foundOptions, (o) => [element("code", {}, o.name), " ", element("span", { class: "dim" }, o.means ? o.means + " – used by " : "used by "),
    ...o.packages.flatMap((i, n) => [n ? ", " : "", link(packages[i].page, packages[i].name)])]);
  if (!q.includes("/")) files();
  if (!sections.length) {
    const [what, files] = data.search.shards.length ? ["Nothing", ""] : ["No package, stage or option", " Which files there are is not recorded."];
    sections.push(element("p", {}, `${what} has “${query.trim()}” in its name, or in what is said of it.${files}`));
  }
  results.replaceChildren(...sections);
}

let asked;
const form = document.getElementById("search");
if (form && data.search) {
  const input = form.elements.q;
  const ask = () => {
    asked = input.value;
    search(asked);
  };
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    history.replaceState(null, "", "?" + new URLSearchParams({ q: input.value }));
    ask();
  });
  input.addEventListener("input", ask);
  input.value = new URLSearchParams(location.search).get("q") ?? "";
  ask();
  input.focus();
}

// ---- What if --------------------------------------------------------------------

// rebuilt returns what is built anew after packages have changed. Packages stand after those
// that they need.
function rebuilt(packages, changed) {
  const anew = new Set(changed), end = [];
  let sum = 0, chain = 0, unknown = 0;
  packages.forEach((p, i) => {
    end[i] = 0;
    for (const need of p.needs) {
      if (anew.has(need)) {
        anew.add(i);
        end[i] = Math.max(end[i], end[need]);
      }
    }
    if (!anew.has(i)) return;
    if (p.seconds === null) unknown++;
    else {
      sum += p.seconds;
      end[i] += p.seconds;
    }
    chain = Math.max(chain, end[i]);
  });
  return { list: packages.filter((_, i) => anew.has(i)), sum, chain, unknown };
}

const whatIf = document.getElementById("what-if");
if (whatIf && data.whatIf) {
  const { packages } = data.whatIf;
  const choice = document.getElementById("package"), answer = document.getElementById("answer");
  const reckon = () => {
    const p = packages[choice.value];
    if (!p) return;
    const ofSource = whatIf.elements.what.value === "source";
    const source = p.source.length ? p.source : [Number(choice.value)];
    const { list, sum, chain, unknown } = rebuilt(packages, ofSource ? source : [Number(choice.value)]);
    let time = "";
    if (sum) time = list.length > 1
      ? `: ${duration(sum)} one after another, and ${duration(chain)} at least, with however many processors`
      : `: ${duration(sum)}`;
    const stages = new Map();
    for (const item of list) stages.set(item.stage, [...(stages.get(item.stage) ?? []), item]);
    const parts = [element("p", { class: "answer" }, `${list.length} of ${count(packages.length, "package")} built anew${time}.`)];
    if (unknown && sum) parts.push(element("p", { class: "quiet" }, `Without ${count(unknown, "package")} whose time is not known.`));
    for (const [stage, items] of stages) {
      parts.push(element("h2", {}, stage), element("ul", { class: "chips" }, ...items.map((item) => element("li", {}, element("a", { class: item.tint, href: item.page }, item.name)))));
    }
    answer.replaceChildren(...parts);
  };
  const fromAddress = () => {
    const index = location.hash.slice(1);
    if (packages[index]) choice.value = index;
    reckon();
  };
  whatIf.addEventListener("change", () => {
    history.replaceState(null, "", "#" + choice.value);
    reckon();
  });
  whatIf.addEventListener("submit", (e) => {
    e.preventDefault();
    reckon();
  });
  addEventListener("hashchange", fromAddress);
  fromAddress();
}
