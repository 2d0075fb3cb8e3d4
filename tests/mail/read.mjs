// What a mail library of another language makes of each mail in a folder: one JSON a line. `axe` after the folder checks
// the accessibility of each page instead, and exits with 1 if there is anything to say.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import { JSDOM } from "jsdom";
import PostalMime from "postal-mime";

const [folder, what] = process.argv.slice(2);
const files = (ending) => readdirSync(folder).filter((name) => name.endsWith(ending)).sort();
const links = (html) => [...new JSDOM(html).window.document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href"));

async function mails() {
  for (const file of files(".eml")) {
    const mail = await PostalMime.parse(readFileSync(join(folder, file)));
    const header = (name) => mail.headers.find((header) => header.key === name)?.value;
    console.log(
      JSON.stringify({
        file,
        subject: mail.subject,
        from: mail.from.address,
        to: mail.to.map((to) => to.address),
        message_id: mail.messageId,
        automatic: header("auto-submitted"),
        attachments: mail.attachments.length,
        text: mail.text.replaceAll("\r\n", "\n").trim(),
        html: mail.html.replaceAll("\r\n", "\n").trim(),
        links: links(mail.html),
      }),
    );
  }
}

async function pages() {
  let found = 0;
  for (const file of files(".html")) {
    const { window } = new JSDOM(readFileSync(join(folder, file)), { runScripts: "outside-only" });
    window.eval(axe.source);
    // Colours need a browser: a test of the templates computes each contrast.
    const rules = { "color-contrast": { enabled: false } };
    const { violations, passes } = await window.axe.run(window.document, { rules });
    for (const violation of violations) {
      found += 1;
      console.log(`${file}: ${violation.id}: ${violation.help}: ${violation.nodes[0].html.slice(0, 200)}`);
    }
    if (passes.length === 0) throw new Error(`${file}: no rule was applied`);
    window.close();
  }
  console.log(`${files(".html").length} pages, ${found} findings`);
  process.exit(found === 0 ? 0 : 1);
}

await (what === "axe" ? pages() : mails());
