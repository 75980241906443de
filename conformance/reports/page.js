"use strict";
// Draws the matrix and one case. Texts go into the page as text only, never as markup.
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filters");
const map = document.getElementById("map");
const detail = document.getElementById("detail");
const MOST = 12000; // buttons that a browser still scrolls smoothly

const SIGNS = { fail: "×", error: "!", known: "~", unsupported: "-", pass: "" };
const setups = data.setups.map(([entry, placement, flags, label]) => ({ entry, placement, flags, label }));

function element(name, text = "", properties = {}) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(text);
  return made;
}

function chosen() {
  const state = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(["case", ...[...form.elements].map((field) => field.name)]
    .filter(Boolean).map((name) => [name, state.get(name) ?? ""]));
}

function choose(changes) {
  const state = Object.entries({ ...chosen(), ...changes }).filter(([, value]) => value);
  location.hash = new URLSearchParams(state);
}

function isWanted(one, wanted) {
  const { entry, placement, flags } = setups[one.setup];
  return ["scenario", "api", "method", "verdict"].every((name) => !wanted[name] || one[name] === wanted[name])
    && (!wanted.entry || entry === wanted.entry)
    && (!wanted.placement || placement.split(" and ").includes(wanted.placement))
    && (!wanted.flag || flags.includes(wanted.flag));
}

function look(one, colour) {
  const [payload, edits] = one.sent[0] ?? [];
  if (!colour || colour === "verdict") return [`is-${one.verdict}`, SIGNS[one.verdict]];
  if (one.sent.length !== 1) return ["", ""];
  if (colour === "payload") return data.edits[edits].length ? [`is-other h${edits % 8}`, ""] : ["", ""];
  const profile = colour.replace("answer of ", "");
  const replay = data.payloads[payload].replays.find(([name]) => name === profile);
  if (!replay) return ["", ""];
  return replay[2] === null ? ["is-pass", ""] : ["is-fail", "×"];
}

function legend(colour) {
  if (!colour || colour === "verdict") return "× fail, ! error, ~ known, - unsupported, plain: pass.";
  if (colour === "payload") return "Grey: the baseline, or not one request; what departs alike has one of eight colours.";
  return `× what the profile refuses of the payload (${colour}); grey: not one request.`;
}

function draw() {
  const wanted = chosen();
  for (const field of form.elements) if (field.name) field.value = wanted[field.name] || field.options[0].value;
  const found = data.cases.filter((one) => isWanted(one, wanted));
  const drawn = found.slice(0, MOST);
  const scenarios = data.scenarios.filter((name) => drawn.some((one) => one.scenario === name));
  const rows = new Map();
  for (const one of drawn) {
    if (!rows.has(one.setup)) rows.set(one.setup, new Map());
    const row = rows.get(one.setup);
    row.set(one.scenario, [...(row.get(one.scenario) ?? []), one]);
  }
  const less = drawn.length < found.length ? `; the first ${drawn.length} are drawn, filter for the others` : "";
  document.getElementById("count").textContent = `${found.length} of ${data.cases.length} cases${less}. `
    + `In a field: above ${data.apis[0]}, below ${data.apis[1]}; from the left ${data.methods.join(", ")}.`;
  document.getElementById("legend").textContent = legend(wanted.colour);
  map.replaceChildren(table(scenarios, rows, wanted.colour));
  mark(wanted.case);
}

function table(scenarios, rows, colour) {
  const head = element("tr", element("th", "configuration"));
  for (const name of scenarios) head.append(element("th", element("span", name)));
  const body = element("tbody");
  for (const [setup, row] of rows) {
    const line = element("tr", element("th", setups[setup].label, { title: setups[setup].label }));
    for (const name of scenarios) line.append(element("td", row.has(name) ? slots(row.get(name), colour) : ""));
    body.append(line);
  }
  const made = element("table", element("thead", head));
  made.append(body);
  return made;
}

function slots(cases, colour) {
  const grid = element("div", "", { className: "slots" });
  for (const one of cases) {
    const [className, sign] = look(one, colour);
    const button = element("button", sign, { className, title: `${one.id}: ${one.verdict}`, tabIndex: -1 });
    button.dataset.id = one.id;
    // Through the object model: a style attribute would be stopped by the page's own policy.
    button.style.gridColumn = data.methods.indexOf(one.method) + 1;
    button.style.gridRow = data.apis.indexOf(one.api) + 1;
    grid.append(button);
  }
  return grid;
}

function mark(id) {
  for (const button of map.querySelectorAll("button")) button.classList.toggle("open", button.dataset.id === id);
  const first = map.querySelector("button.open") ?? map.querySelector("button");
  if (first) first.tabIndex = 0;
  map.querySelector("button.open")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function lines(number, pad) {
  const node = data.nodes[number];
  if (typeof node === "string") return node;
  const [kind, ...inner] = node;
  const deeper = `${pad}  `;
  const parts = [];
  if (kind === "[") for (const item of inner) parts.push(deeper + lines(item, deeper));
  else for (let i = 0; i < inner.length; i += 2) parts.push(`${deeper}${inner[i]}: ${lines(inner[i + 1], deeper)}`);
  const close = kind === "[" ? "]" : "}";
  return parts.length ? `${kind}\n${parts.join(",\n")}\n${pad}${close}` : kind + close;
}

function list(items) {
  const made = element("ul");
  for (const item of items) made.append(element("li", element("code", item)));
  return made;
}

function section(title, ...content) {
  detail.append(element("h4", title), ...content);
}

function open(one) {
  detail.replaceChildren(element("button", "close", { type: "button" }), element("h3", one.id));
  detail.append(element("p", one.verdict, { className: one.verdict }), element("p", setups[one.setup].label));
  for (const [claim, expected, seen] of one.broken) {
    section(`breaks ${claim}`, list([`expected ${expected}`, `seen ${seen}`]));
  }
  for (const [payload, edits, request] of one.sent) request_of(data.payloads[payload], data.edits[edits], data.requests[request]);
  if (!one.sent.length) section("sent", element("p", "nothing"));
  section("came back", element("pre", data.answers[one.answer]));
  section("repeat", element("pre", one.repeat));
}

function profiles(replays) {
  const refused = replays.filter(([, , refusal]) => refusal !== null);
  const accepting = replays.filter(([, , refusal]) => refusal === null).map(([name]) => name);
  const told = refused.length ? [list(refused.map(([name, status, refusal]) => `${name}: ${status} ${refusal}`))] : [];
  return accepting.length ? [...told, element("p", `200 from ${accepting.join(", ")}`)] : told;
}

function request_of(payload, edits, request) {
  section("sent", element("p", `${request}; ${payload.bytes} bytes, sha256 ${payload.sha256.slice(0, 12)}`));
  section("difference from the baseline", edits.length ? list(edits) : element("p", "none"));
  section("profiles", ...profiles(payload.replays));
  section("payload", element("pre", "text" in payload ? payload.text : lines(payload.node, ""), { className: "payload" }));
}

function show() {
  const { case: id } = chosen();
  const one = data.cases.find((other) => other.id === id);
  detail.hidden = !one;
  if (one) open(one);
}

let before = null;
function update() {
  const { case: id, ...filters } = chosen();
  const now = JSON.stringify(filters);
  if (now === before) mark(id); else draw();
  before = now;
  show();
}

function step(event) {
  const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!move || !event.target.dataset.id) return;
  const buttons = [...map.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(event.target) + move];
  if (next) { next.focus(); event.preventDefault(); }
}

form.hidden = false;
form.addEventListener("change", (event) => choose({ [event.target.name]: event.target.value }));
form.addEventListener("reset", () => { location.hash = ""; });
map.addEventListener("click", (event) => event.target.dataset.id && choose({ case: event.target.dataset.id }));
map.addEventListener("keydown", step);
detail.addEventListener("click", (event) => event.target.tagName === "BUTTON" && choose({ case: "" }));
document.addEventListener("keydown", (event) => event.key === "Escape" && choose({ case: "" }));
addEventListener("hashchange", update);
update();
