// The page: what is typed or chosen goes to the verification, and its result to the reader, in Persian or English.

const published = JSON.parse(document.getElementById("published").textContent);
const at = (id) => document.getElementById(id);
const MOST_SIDE = [2200, 1300, 3400];
let language = "fa";
let last = null; // what is shown: a function that shows it again in another language
let certificate = null;

const say = (key) => (WORDS[key] || { fa: key, en: key })[language];
const persian = (text) => text.replace(/[0-9]/g, (digit) => "۰۱۲۳۴۵۶۷۸۹"[digit]);
const digits = (text) => (language === "fa" ? persian(text) : text);
const grouped = (text) => text.match(/.{1,4}/g).join(" ");

function speak() {
  document.documentElement.lang = language;
  document.documentElement.dir = language === "fa" ? "rtl" : "ltr";
  document.title = say("title");
  for (const each of document.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  const other = at("language");
  other.textContent = language === "fa" ? "English" : "فارسی";
  other.lang = language === "fa" ? "en" : "fa";
  at("compared").replaceChildren();
  if (last) last();
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** A verdict: "good", "bad" or "open", its heading and what it means. */
function verdictBox(kind, heading, ...meanings) {
  const box = element("div", "", { class: `verdict ${kind}`, "data-verdict": kind });
  box.append(element("strong", say(heading)), ...meanings.map((each) => element("span", `${say(each)} `)));
  return box;
}

function show(kind, heading, ...meanings) {
  last = () => {
    at("verdict").replaceChildren(verdictBox(kind, heading, ...meanings));
    at("found").hidden = certificate === null;
    if (certificate) at("fields").replaceChildren(...rows(certificate));
  };
  last();
}

/** A moment in Tehran: by the Jalali calendar in Persian, and with it in English. The zone is +03:30 all year. */
function moment(text) {
  const there = new Date(Date.parse(text) + 3.5 * 3600 * 1000);
  const part = new Intl.DateTimeFormat("en-u-ca-persian-nu-latn", { timeZone: "UTC", year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(there);
  const of = (type) => part.find((each) => each.type === type).value;
  const jalali = `${of("year")}/${of("month")}/${of("day")}`;
  const clock = there.toISOString().slice(11, 19);
  return language === "fa" ? `${persian(jalali)} ساعت ${persian(clock)} به وقت تهران` : `${there.toISOString().slice(0, 10)} ${clock} Tehran (${jalali})`;
}

/** What the period of a rule is for, by the rule's name: BODY/KIND/PURPOSE@DAY. */
function purpose(rule) {
  const [, code] = /^[^/@ ]+\/[^/@ ]+\/([^/@ ]+)@/.exec(rule) || [];
  return Object.hasOwn(published.starts, code) ? `${language === "fa" ? "، " : ", "}${published.starts[code][language]}` : "";
}

function rows({ fields, index, size, log }) {
  const named = (titles, code) => (titles[code] ? `${titles[code][language]} (${code})` : code);
  const time = (text) => (text === null ? say("none") : moment(text));
  const day = (text) => (text === null ? say("none") : digits(text.replaceAll("-", "/")));
  const shown = [
    ["issuer", named(published.bodies, fields.body)],
    ["kind", named(published.kinds, fields.kind)],
    ["notice", fields.notice, "ltr"],
    ["seal", `sha256:${hex(fromBase64(fields.seal))}`, "ltr"],
    ["issued", time(fields.issued_at)],
    ["delivered", time(fields.delivered_at)],
    ["viewed", time(fields.viewed_at)],
    ["legal-service", time(fields.legal_service_at)],
    [fields.served_on !== null && fields.delivered_at === null ? "served-by" : "served", day(fields.served_on)],
    ["effect", say(fields.effect === "NONE" && fields.delivered_at !== null ? "effect-NOT-YET" : `effect-${fields.effect}`)],
    ["rule", fields.rule === null ? say("none") : named(published.rules, fields.rule)],
    ["deadline", fields.last_day === null ? say("no-deadline") : `${day(fields.last_day)}${purpose(fields.deadline_rule)} (${fields.deadline_rule}; ${fields.calendar})`],
    ["gateway", fields.origin, "ltr"],
    ["record", digits(`${index} / ${size}`), "ltr"],
    ["log", log, "ltr"],
  ];
  return shown.map(([label, value, direction]) => {
    const row = document.createElement("tr");
    const cell = document.createElement("td");
    cell.append(element("bdi", value, direction ? { dir: direction } : {}));
    row.dataset.field = label;
    row.append(element("th", say(label), { scope: "row" }), cell);
    return row;
  });
}

async function verify() {
  certificate = null;
  at("compared").replaceChildren();
  show("open", "reading");
  try {
    const found = await verified(at("text").value, published);
    certificate = found;
    show(found.history === "known" ? "good" : "open", "good", `history-${found.history}`);
  } catch (error) {
    if (error instanceof Refused) show("bad", `bad-${error.message}`, `why-${error.message}`);
    else show("bad", "cannot", "cannot-why");
  }
  at("verdict").focus();
}

/** The shades of a picture, its longer side at most so many pixels. */
async function greyOf(file, most) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height).data;
  const grey = new Uint8Array(width * height);
  for (let place = 0; place < grey.length; place++) {
    grey[place] = (pixels[4 * place] * 77 + pixels[4 * place + 1] * 151 + pixels[4 * place + 2] * 28) >> 8;
  }
  return { grey, width, height, whole: scale === 1 };
}

async function readPicture() {
  const [file] = at("picture").files;
  if (!file) return;
  certificate = null;
  show("open", "reading");
  await new Promise((done) => setTimeout(done, 50));
  try {
    for (const most of MOST_SIDE) {
      const { grey, width, height } = await greyOf(file, most);
      const text = textInPicture(grey, width, height);
      if (text) {
        at("text").value = text;
        await verify();
        return;
      }
    }
    show("bad", "unread", "unread-why");
  } catch {
    show("bad", "no-picture", "unread-why");
  }
}

async function compare() {
  at("compared").replaceChildren(element("p", say("comparing")));
  const same = await isRecipient(certificate.fields, at("name").value, at("identifier").value, at("case-number").value);
  at("compared").replaceChildren(same ? verdictBox("good", "same", "same-why") : verdictBox("bad", "differs", "differs-why"));
}

async function begin() {
  at("log-name").textContent = published.name;
  speak();
  try {
    at("fingerprint").textContent = grouped(hex(await sha256(fromBase64(published.key))));
    await crypto.subtle.importKey("raw", fromBase64(published.key), { name: "Ed25519" }, false, ["verify"]);
    new DecompressionStream("deflate-raw");
  } catch {
    show("bad", "cannot", "cannot-why");
    at("verify").disabled = at("picture").disabled = true;
    return;
  }
  at("verify").addEventListener("click", verify);
  at("picture").addEventListener("change", readPicture);
  at("compare").addEventListener("click", compare);
}

at("language").addEventListener("click", () => {
  language = language === "fa" ? "en" : "fa";
  speak();
});
begin();
