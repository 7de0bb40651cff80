// Starts the machine of a site's pages in a browser, and does each lesson.
//
//   node try.mjs '{"site": FOLDER, "chromium": PROGRAM, "lessons": true}'
//
// Prints a line of JSON for each page: what went wrong, and the seconds to the login.
import { chromium } from "playwright-core";
import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";

const asked = JSON.parse(process.argv[2]);
const browser = await chromium.launch({
  executablePath: asked.chromium,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const limit = 240_000;
const pages = ["try.html"];
if (asked.lessons) pages.push(...readdirSync(path.join(asked.site, "lesson")).map((name) => "lesson/" + name));
for (const name of pages) {
  const wrong = [];
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(limit);
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:") && !request.url().startsWith("blob:") && !request.url().startsWith("data:")) wrong.push(`asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(path.join(asked.site, name)).href);
  const began = Date.now();
  await page.click("#start");
  const written = () => page.evaluate(() => document.getElementById("machine").written?.() ?? "");
  const shows = async (pattern, what) => {
    const until = Date.now() + limit;
    for (;;) {
      const text = (await written()).replace(/\r|\x1b\[[0-9;]*[A-Za-z]/g, ""); // colours, too
      if (pattern.test(text)) return true;
      if (Date.now() > until) {
        wrong.push(`${what} does not show ${pattern}: ${text.slice(-1500)}`);
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  let seconds = 0;
  if (await shows(/login: $/, "the start")) {
    seconds = (Date.now() - began) / 1000;
    if (name === "try.html") {
      // Somebody types.
      await page.keyboard.type("root\n");
      if (await shows(/# $/, "the login")) {
        await page.keyboard.type("uname -sm; grep ^ID= /etc/os-release\n");
        await shows(/Linux i686\n(.*\n)?ID=/, "uname");
      }
      if (asked.picture) await page.screenshot({ path: asked.picture });
    }
    for (const button of await page.$$("button.type")) {
      const [run, pattern] = [await button.getAttribute("data-run"), await button.getAttribute("data-shows")];
      if (name === "lesson/init.html" && run === "root") await page.keyboard.type("root\n"); // by hand
      else await button.click();
      if (!await shows(new RegExp(pattern), run)) break;
      // The prompt, before the next.
      if (!["poweroff", "exit"].includes(run) && !await shows(/# $/, run)) break;
      if (run === "root" && await page.evaluate(() => document.activeElement.className) !== "xterm-helper-textarea") wrong.push("the terminal has no focus");
    }
    await page.focus("#screen textarea");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.getElementById("screen").contains(document.activeElement))) wrong.push("Escape and Tab do not lead out of the terminal");
  }
  await page.close();
  console.log(JSON.stringify({ page: name, seconds, wrong }));
}
await browser.close();
