// Drives sites in a browser, and has them judged: what the tests of test/site ask of a page that
// Go cannot see. It is given one JSON text:
//
//   {"repository": FOLDER, "hostile": FOLDER, "chromium": FILE, "all": BOOL, "pictures": FOLDER}
//
// and prints a line of JSON for each test, with what is wrong.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { HtmlValidate } from "html-validate";

const given = JSON.parse(process.argv[2]);
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const browser = await chromium.launch({ executablePath: given.chromium, args: ["--no-sandbox"] });

// pagesIn lists the pages of a site, from its folder.
function pagesIn(folder) {
  return fs.readdirSync(folder, { recursive: true }).map((f) => f.split(path.sep).join("/")).filter((f) => f.endsWith(".html")).sort();
}

// kindsOf takes one page of each kind of a system, unless all are asked for: those of a kind come
// from one template.
function kindsOf(site, systems, packages) {
  if (given.all) return pagesIn(site).map((p) => [site, p]);
  const list = [[site, "index.html"]];
  for (const system of systems) {
    for (const page of pagesIn(site).filter((p) => p.startsWith(system + "/"))) {
      const [, folder, name] = page.split("/");
      if (!name || folder === "stage" || packages.some((p) => name === p + ".html") || name.includes(".files-1.")) list.push([site, page]);
    }
  }
  return list;
}

const pages = [
  ...kindsOf(given.repository, ["quickstart", "debian"], ["busybox", "gcc", "glibc", "linux-headers"]),
  ...kindsOf(given.hostile, ["hostile"], ["base", "evil", "cplusplus"]),
];

function address(site, page) {
  return pathToFileURL(site).href + "/" + page;
}

// open returns a page of a browser that notes what must not happen: errors, dialogs, and requests
// for anything but files.
async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on("pageerror", (e) => page.faults.push(`error: ${e.message}`));
  page.on("console", (m) => { if (m.type() === "error") page.faults.push(`console: ${m.text()}`); });
  page.on("dialog", (d) => { page.faults.push(`dialog: ${d.message()}`); d.dismiss(); });
  page.on("request", (r) => { if (!r.url().startsWith("file:")) page.faults.push(`request: ${r.url()}`); });
  page.setDefaultTimeout(180_000); // a busy machine is no fault of the pages
  return page;
}

async function close(page) {
  const faults = page.faults;
  await page.context().close();
  if (faults.length) throw new Error(faults.join("\n"));
}

function equal(got, want, what) {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: ${JSON.stringify(got)}, not ${JSON.stringify(want)}`);
}

function holds(condition, what) {
  if (!condition) throw new Error(what);
}

// ends waits for a page, and compares the end of its address.
async function ends(page, end) {
  await page.waitForURL((url) => url.href.endsWith(end));
}

const tests = {
  async "html-validate has no finding"() {
    const judge = new HtmlValidate({ root: true, extends: ["html-validate:recommended"] });
    const found = [];
    for (const [site, page] of pages) {
      const report = await judge.validateFile(path.join(site, page));
      for (const r of report.results) for (const m of r.messages) found.push(`${page}:${m.line}:${m.column}: ${m.message} [${m.ruleId}]`);
    }
    holds(!found.length, `${found.length} findings\n${found.slice(0, 20).join("\n")}`);
  },

  async "axe has no finding, and nothing is wider than the window"() {
    const found = [];
    for (const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [360, "light"], [360, "dark"]]) {
      const page = await open({ viewport: { width, height: 800 }, colorScheme });
      for (const [site, name] of pages) {
        await page.goto(address(site, name));
        // What is folded is to be read, too.
        await page.evaluate(() => { for (const d of document.querySelectorAll("main > details, .tree > ul > li > details")) d.open = true; });
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wider > 0) found.push(`${name}, ${width} wide: ${wider} pixels too wide`);
        // Forms and colours are the same at both widths; axe takes its time.
        if (!given.all && (width === 360) !== (colorScheme === "dark") && !name.endsWith("index.html")) continue;
        await page.addScriptTag({ path: axe });
        const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"], preload: false }));
        for (const v of violations) found.push(`${name}, ${width} ${colorScheme}: ${v.id}: ${v.help}\n    ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join("\n    ")}`);
      }
      await close(page);
    }
    holds(!found.length, `${found.length} findings\n${found.slice(0, 20).join("\n")}`);
  },

  async "the front page leads to what init is"() {
    const page = await open();
    await page.goto(address(given.repository, "index.html"));
    await page.getByRole("link", { name: "What is init?" }).click();
    await ends(page, "search.html?q=init");
    await page.getByRole("link", { name: "busybox", exact: true }).first().click();
    await ends(page, "quickstart/package/busybox.html");
    holds((await page.locator(".lead").innerText()).includes("init"), "its page does not say so");
    await close(page);
  },

  async "search finds names, what things are, and options"() {
    const page = await open();
    await page.goto(address(given.repository, "debian/search.html"));
    const found = async (query) => {
      await page.getByLabel("What to search for").fill(query);
      await page.waitForFunction((q) => {
        const text = document.getElementById("results").textContent;
        return text !== window.before && (window.before = text, true) && document.forms.search.elements.q.value === q;
      }, query);
      return page.locator("#results a").allInnerTexts();
    };
    equal((await found("gcc"))[0], "gcc", "the first for gcc");
    equal((await found("first program that the kernel starts"))[0], "sysvinit", "the first for what init is");
    const users = await found("--disable-static");
    holds(users.includes("zstd") || users.length > 10, `of --disable-static: ${users}`);
    equal(await found("no such thing anywhere"), [], "for nothing");
    await close(page);
  },

  async "search finds files in many shards"() {
    const page = await open();
    await page.goto(address(given.hostile, "hostile/search.html?q=/usr/share/many/folder-3/File-3210"));
    await page.locator("#results code", { hasText: "/usr/share/many/folder-3/File-3210" }).first().waitFor();
    equal(await page.locator("#results h2").allInnerTexts(), ["Files"], "what was found");
    await page.locator("#results a").first().click();
    await ends(page, "hostile/package/evil.html#files");
    await page.goto(address(given.hostile, "hostile/search.html?q=awk"));
    await page.locator("#results code", { hasText: "/usr/bin/awk" }).waitFor();
    await close(page);
  },

  async "what is drawn leads where it says"() {
    const page = await open();
    await page.goto(address(given.repository, "debian/graph.html"));
    await page.locator("svg.graph a", { has: page.getByText("gcc-pass1", { exact: true }) }).first().click();
    await ends(page, "debian/package/gcc-pass1.html");
    await page.locator("svg.graph a", { has: page.getByText("binutils-pass1", { exact: true }) }).first().click();
    await ends(page, "debian/package/binutils-pass1.html");
    await page.locator("svg.graph a tspan", { hasText: /^cross$/ }).first().click();
    await ends(page, "debian/stage/cross.html");
    await page.goto(address(given.repository, "debian/sizes.html"));
    await page.getByRole("link", { name: /^gcc: / }).first().click();
    await ends(page, "debian/package/gcc.html");
    await page.goto(address(given.repository, "debian/timeline.html"));
    await page.getByRole("link", { name: /^gcc-pass1: / }).first().click();
    await ends(page, "debian/package/gcc-pass1.html");
    await close(page);
  },

  async "pictures become larger, smaller, and are moved"() {
    const page = await open();
    await page.goto(address(given.repository, "debian/graph.html"));
    const width = () => page.locator("svg.graph").evaluate((s) => s.getBoundingClientRect().width);
    const begin = await width();
    await page.getByRole("button", { name: "Larger" }).click();
    const larger = await width();
    holds(larger > 1.3 * begin, `${begin} becomes ${larger}`);
    const picture = page.locator(".picture");
    await picture.focus();
    await page.keyboard.press("0");
    holds(await picture.evaluate((p) => p.scrollWidth <= p.clientWidth + 1), "it does not fit");
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    const box = await picture.boundingBox();
    const before = await picture.evaluate((p) => p.scrollLeft);
    await page.mouse.move(box.x + 400, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + 250, box.y + 200, { steps: 4 });
    await page.mouse.up();
    equal(await picture.evaluate((p) => p.scrollLeft) - before, 150, "moved by");
    await ends(page, "debian/graph.html"); // moving is no click
    await close(page);
  },

  async "the timeline is filtered, and tells"() {
    const page = await open();
    await page.goto(address(given.repository, "debian/timeline.html"));
    const shown = () => page.locator("svg.timeline [data-name]:not(.off)").evaluateAll((l) => l.map((e) => [e.dataset.name, e.classList[0]]));
    const all = await shown();
    holds(all.length > 50, `${all.length} steps`);
    await page.getByLabel("Show only").fill("gcc");
    equal(await shown(), all.filter(([name]) => name.includes("gcc")), "with gcc in their names");
    await page.getByLabel("Show only").fill("");
    await page.getByLabel(/^\s*critical path/).uncheck();
    equal(await shown(), all.filter(([, kind]) => kind !== "critical"), "without the critical path");
    await page.locator("svg.timeline a").first().focus();
    holds(/: .* s|min|h/.test(await page.locator("#told").innerText()), "nothing is told of a bar");
    await close(page);
  },

  async "lists are filtered"() {
    const page = await open();
    await page.goto(address(given.repository, "debian/packages.html"));
    await page.getByLabel("Show only").fill("compiler");
    const rows = await page.locator("#packages tbody tr:visible th").allInnerTexts();
    holds(rows.includes("gcc") && !rows.includes("bash"), `left are ${rows}`);
    await close(page);
  },

  async "what if says what the pages of packages say"() {
    const page = await open();
    for (const [name, system] of [["gcc", "debian"], ["glibc-cross", "debian"], ["bootscripts", "debian"], ["musl", "quickstart"]]) {
      await page.goto(address(given.repository, `${system}/package/${name}.html`));
      const said = await page.locator("#script-changes").innerText();
      const [, packages] = said.match(/builds (\d+) packages? anew/) ?? [null, "1"];
      const time = said.match(/: (.+) one after another/)?.[1] ?? "";
      await page.getByRole("link", { name: "Which packages these are" }).click();
      await page.locator(".answer").waitFor();
      const answer = await page.locator(".answer").innerText();
      holds(answer.startsWith(`${packages} of `) && answer.includes(time), `${name}: the page says “${said}”, what if “${answer}”`);
      equal(await page.locator("#answer .chips a").count(), Number(packages), `packages listed for ${name}`);
    }
    await page.goto(address(given.repository, "debian/what-if.html"));
    await page.getByLabel("Package").selectOption("gcc");
    const script = await page.locator("#answer .chips a").count();
    await page.getByLabel("its source: a new version").check();
    holds(await page.locator("#answer .chips a").count() > script, "a new version of gcc's source builds no more than another script");
    await close(page);
  },

  async "the keyboard is enough"() {
    const page = await open();
    await page.goto(address(given.repository, "debian/index.html"));
    await page.keyboard.press("Tab");
    equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the text", "the first stop");
    await page.keyboard.press("Enter");
    equal(await page.evaluate(() => document.activeElement.id), "main", "skipped to");
    const to = async (name) => {
      for (let i = 0; i < 200; i++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const e = document.activeElement;
          const ring = e.tagName === "BODY" || getComputedStyle(e).outlineStyle !== "none" || getComputedStyle(e.querySelector?.("rect") ?? e).strokeWidth !== "0px";
          return { name: e.textContent.trim(), label: e.getAttribute("aria-label"), ring };
        });
        holds(at.ring, `${at.name}: where the keyboard is cannot be seen`);
        if (at.name === name || at.label === name) return;
      }
      throw new Error(`${name} is not reached`);
    };
    await to("binutils-pass1");
    await page.keyboard.press("Enter");
    await ends(page, "package/binutils-pass1.html");
    await to("Search debian");
    await page.keyboard.type("bash");
    await page.keyboard.press("Enter");
    await ends(page, "search.html?q=bash");
    await to("bash");
    await page.keyboard.press("Enter");
    await ends(page, "package/bash.html");
    await to("--without-bash-malloc");
    await page.keyboard.press("Enter");
    holds(new URL(page.url()).hash.startsWith("#option-"), "an option does not lead to what is said of it");
    await close(page);
  },

  async "without JavaScript all can be read"() {
    const page = await open({ javaScriptEnabled: false });
    await page.goto(address(given.repository, "debian/package/bash.html"));
    holds((await page.locator(".script").first().innerText()).includes("--without-bash-malloc"), "there is no script");
    await page.goto(address(given.repository, "debian/search.html"));
    await page.getByRole("link", { name: "the list of packages" }).click();
    await ends(page, "debian/packages.html");
    equal(await page.locator(".filter:visible").count(), 0, "filters that do nothing");
    await close(page);
  },

  async "hostile texts are texts"() {
    const page = await open();
    for (const name of pagesIn(given.hostile)) {
      await page.goto(address(given.hostile, name));
      equal(await page.evaluate(() => [...document.scripts].filter((s) => s.text.trim()).length), 0, `scripts within ${name}`);
      equal(await page.locator("img, iframe, object, embed").count(), 0, `things from elsewhere in ${name}`);
      equal(await page.evaluate(() => document.body.innerText.match(/[\u202a-\u202e\u2066-\u2069\u200b-\u200f]/g)), null, `characters that turn others round in ${name}`);
    }
    await page.goto(address(given.hostile, "hostile/package/evil.html"));
    const text = await page.locator("main").innerText();
    for (const kind of ["head", "option", "document", "comment", "reason"]) {
      holds(text.includes(`<script>alert("${kind}")</script>`), `the page does not show the text of ${kind}`);
    }
    holds(text.includes("⟨U+202E⟩turned"), "characters that turn others round are not shown");
    await page.goto(address(given.hostile, "hostile/search.html?q=%3Cscript"));
    await page.locator("#results code", { hasText: '<script>alert("name")<' }).waitFor();
    await close(page);
  },
};

if (given.pictures) {
  tests["pictures for the README"] = async () => {
    for (const colorScheme of ["light", "dark"]) {
      const page = await open({ viewport: { width: 1200, height: 800 }, colorScheme });
      await page.goto(address(given.repository, "index.html"));
      await page.screenshot({ path: path.join(given.pictures, `front-${colorScheme}.png`) });
      await close(page);
    }
  };
}

for (const [name, test] of Object.entries(tests)) {
  let error = "";
  try {
    await test();
  } catch (e) {
    error = e.message;
  }
  console.log(JSON.stringify({ test: name, error }));
}
await browser.close();
