"use strict";
// Shows what the agent tells and says what people tap. All state is the agent's: nothing here outlives a reload.

const DATA = JSON.parse(document.getElementById("data").textContent);
const HERE = `/station/${encodeURIComponent(DATA.code)}`;
const GONE_AFTER_MS = 9000;
const SOON_MS = 2500; // a stream that broke may come back at once
const RETRY_FOR_MS = 8000;
const TAP_PAUSE_MS = 400;
const DAY_MS = 86400000;
const TONES = {
  running: "good", no_output: "warning", stopped: "warning", starved: "warning", blocked: "warning", setup: "care",
  cleaning: "care", maintenance: "care", manual: "info", fault: "bad", emergency_stop: "bad", unknown: "idle",
};
const CLASS_TONES = {
  failure: "bad", setup: "care", material: "warning", quality: "warning", operator: "info", external: "idle",
  organization: "info", planned: "good", other: "idle",
};

let catalogue = null;
let floor = null;
let zone = undefined;
let token = "";
let ahead = 0; // the server's clock, as the agent knows it, minus this page's, in ms
let heardAt = performance.now();
let brokenAt = null;
let chosen = hashText();
let shown = null; // the machine on the screen
let asked = null; // the stop the open sheet asks about
let reasonsAreNew = false;
let deafUntil = 0; // a second tap of a trembling hand lands on nothing
let undo = null;
let overriding = null; // the machine whose state is about to be set against its signals

function hashText() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // an address somebody mistyped chooses nothing
  }
}

// ---- words

function word(key, values = {}) {
  const text = DATA.texts[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// Every digit stays as it was taken: 0.120 is not 0.12.
function numberWords(digits) {
  return digits.replace(".", (0.5).toLocaleString(DATA.language).charAt(1));
}

function isGone() {
  const at = performance.now();
  return at - heardAt > GONE_AFTER_MS || (brokenAt !== null && at - brokenAt > SOON_MS);
}

function now() {
  return (isGone() ? heardAt : performance.now()) + ahead; // nobody knows whether what is shown still lasts
}

// The plant's clock, whatever this PC is set to; its own where the browser does not know the plant's zone.
function knownZone(name) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name ?? undefined }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

function clockTime(moment, more = {}) {
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone, ...more };
  return new Date(moment).toLocaleTimeString(DATA.language, form);
}

function dayOf(moment, form = { year: "numeric", month: "numeric", day: "numeric" }) {
  return new Date(moment).toLocaleDateString(DATA.language, { timeZone: zone, ...form });
}

// With its day, where that is not today: the weekday, or the date where that could be several.
function dayTime(moment, besides = now(), more = {}) {
  if (dayOf(moment) === dayOf(besides)) return clockTime(moment, more);
  const isOneOfTheLast = now() - Date.parse(moment) < 6 * DAY_MS;
  const day = dayOf(moment, isOneOfTheLast ? { weekday: "short" } : { month: "short", day: "numeric" });
  return `${day} ${clockTime(moment, more)}`.replaceAll(" ", "\u00a0"); // a narrow row breaks between two moments
}

// With the zone where this PC's own clock would show another time.
function plantClock(moment) {
  const differs = clockTime(moment) !== clockTime(moment, { timeZone: undefined });
  return clockTime(moment, differs ? { timeZoneName: "shortOffset" } : {});
}

function age(since) {
  const seconds = Math.max(0, Math.floor((now() - Date.parse(since)) / 1000));
  return span(seconds);
}

function span(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function stateWord(machine) {
  if (machine.state) return word(`state_${machine.state}`);
  return word(machine.by_hand ? "state_none_hand" : "state_none_signals");
}

// ---- the page's parts

const el = {};
function build() {
  el.clock = make("span", { id: "clock" });
  el.lampWord = make("span");
  el.lampMore = make("small");
  el.lampIcon = icon("online");
  el.lamp = make("div", { id: "lamp", role: "status" }, el.lampIcon, make("div", {}, el.lampWord, el.lampMore));
  el.person = make("span");
  el.personHow = make("small");
  el.personButton = make("button", { id: "person-button", tap: openPerson }, icon("person"), make("span", {}, el.person, el.personHow));
  const title = make("h1", {}, DATA.code, " ", make("span", {}, DATA.name));
  el.saidText = make("span");
  el.undo = make("button", { tap: takeBack }, word("undo"));
  el.said = make("div", { id: "said", role: "status", hidden: "" }, el.saidText, el.undo);
  el.header = make("header", {}, title, el.personButton, el.lamp, el.clock);
  el.notice = make("div", { id: "notice", role: "alert", hidden: "" });
  el.machines = make("nav", { id: "machines", "aria-label": word("machines") });
  el.empty = make("p", { class: "soft", id: "empty" }, word("connecting"));
  el.machine = make("div", { id: "machine", hidden: "" }, ...buildMachine());
  el.main = make("main", {}, el.machines, el.machine, el.empty);
  const practice = make("div", { id: "practice", role: "status" }, word("practice"));
  document.body.append(practice, el.header, el.notice, buildSetAside(), el.main, buildTakings(), ...buildSheets(), buildTakingsSheet(), buildSignOnSheet(), buildConfirmSheet(), buildAsideSheet());
}

function buildMachine() {
  el.stateIcon = icon("unknown");
  el.stateWord = make("span");
  el.stateMachine = make("small");
  el.stateLasts = make("b");
  el.stateSince = make("span");
  el.sourceIcon = icon("signals");
  el.sourceWord = make("span");
  el.why = make("span", { class: "why" });
  el.state = make(
    "button",
    { id: "state", tap: () => askAbout(machine()?.stop) },
    el.stateIcon,
    make("span", { class: "word" }, el.stateWord, el.stateMachine),
    make("span", { class: "lasts" }, el.stateLasts, el.stateSince),
    el.why,
  );
  el.whySource = make("span", { class: "source" }, el.sourceIcon, el.sourceWord);
  el.whySignals = make("span");
  el.whyReason = make("b");
  el.why.append(el.whySource, el.whySignals, el.whyReason);
  el.byHand = make("div", { id: "by-hand", role: "group", "aria-label": word("set_state") });
  el.override = make("button", { id: "override", "aria-label": word("override_state"), tap: () => { overriding = overriding ? null : machine().id; render(); } }, icon("manual"), make("span", {}, word("override_state")));
  el.stopList = make("ol");
  el.stopsNone = make("p", { class: "soft" }, word("recent_none"));
  const stops = make("section", { id: "stops" }, make("h2", {}, word("recent")), el.stopsNone, el.stopList);
  el.counts = make("section", { id: "counts", "aria-label": word("today") });
  el.today = make("div", { id: "today" }, el.counts);
  el.callList = make("ul");
  const calls = make("section", { id: "calls" }, make("h2", {}, word("call")), el.callList);
  return [el.state, make("div", { id: "hands" }, el.byHand, el.override), make("div", { id: "below" }, stops, make("div", { id: "right" }, el.today, calls))];
}

function buildSheets() {
  el.reasonTitle = make("h2", { id: "reason-title" });
  el.reasons = make("div", { id: "reasons" });
  const head = make("div", { class: "sheet-head" }, el.reasonTitle, closeButton(() => el.reasonSheet));
  el.reasonSheet = make("dialog", { id: "reason-sheet", "aria-labelledby": "reason-title" }, head, el.reasons);
  el.reasonSheet.addEventListener("close", () => { asked = null; });
  el.name = make("input", { id: "name", maxlength: "60", autocomplete: "off", autofocus: "", "aria-label": word("name") });
  const nameHead = make("div", { class: "sheet-head" }, make("h2", { id: "name-title" }, word("name")), closeButton(() => el.nameSheet));
  const form = make("form", { method: "dialog" }, nameHead, el.name, make("p", { class: "soft" }, word("name_hint")));
  form.append(make("button", { class: "primary" }, word("name_keep")));
  form.addEventListener("submit", sayName);
  el.nameSheet = make("dialog", { id: "name-sheet", "aria-labelledby": "name-title" }, form);
  el.nameSheet.addEventListener("click", (event) => { if (event.target === el.nameSheet) el.nameSheet.close(); }); // beside it
  return [el.reasonSheet, el.nameSheet];
}

function closeButton(sheet) {
  return make("button", { type: "button", class: "close", tap: () => sheet().close(), "aria-label": word("close") }, icon("close"));
}

// ---- what is shown

function machine() {
  const all = floor?.machines ?? [];
  return all.find((one) => one.code === chosen) ?? all[0];
}

function render() {
  renderClocks();
  renderPerson();
  if (!floor || !catalogue) return;
  renderLine();
  const one = machine();
  stayWith(one);
  el.machines.hidden = floor.machines.length < 2;
  el.machine.hidden = !one;
  el.empty.hidden = Boolean(one);
  const home = one ? el.today : el.main;
  if (el.said.parentNode !== home) home.append(el.said);
  write(el.empty, word("no_machine"));
  keep(el.machines, floor.machines, (item) => item.id, buildCard, updateCard);
  renderTakings();
  renderSetAside();
  if (one) renderMachine(one);
}

function buildCard(item) {
  const card = make("button", { tap: () => choose(item.code) }, icon("unknown"), make("span", {}, make("b"), make("span")));
  const call = icon("called");
  call.classList.add("call");
  card.append(call);
  return card;
}

function updateCard(card, item) {
  const [picture, words, call] = card.children;
  draw(picture, item.state ?? "unknown");
  tone(card, TONES[item.state] ?? "idle");
  write(words.firstChild, item.name);
  const missing = item.stop && !item.stop.explained;
  write(words.lastChild, `${stateWord(item)}${item.since ? ` ${age(item.since)}` : ""}${missing ? ` · ${word("recent_missing")}` : ""}`);
  mark(call, "hidden", item.calls.length ? null : "");
  mark(card, "aria-current", item === machine());
}

function renderMachine(one) {
  draw(el.stateIcon, one.state ?? "unknown");
  tone(el.state, TONES[one.state] ?? "idle");
  write(el.stateWord, stateWord(one));
  write(el.stateMachine, `${one.code} ${one.name}`);
  el.state.disabled = !one.stop;
  const isByHand = one.by_hand || one.overridden;
  draw(el.sourceIcon, isByHand && !one.by_server ? "manual" : "signals");
  const source = one.by_server ? "source_server" : isByHand ? "source_hand" : "source_signals";
  write(el.sourceWord, word(source) + byWhom(one, ": {who}"));
  renderWhy(one.stop);
  renderByHand(one);
  el.stopsNone.hidden = one.recent.length > 0;
  keep(el.stopList, one.recent, (stop) => `${one.id} ${stop.id}`, buildStop, updateStop);
  renderCounts(one);
  keep(el.callList, catalogue.calls, (kind) => `${one.id} ${kind}`, buildCall, updateCall);
}

// With who confirmed it, and that it was said elsewhere; empty where there is nothing of that.
function byWhom(said, form) {
  const confirmed = said.confirmed_by && word("confirmed_by", { name: said.confirmed_by });
  const who = [said.person, said.elsewhere && word("said_elsewhere"), confirmed].filter(Boolean).join(", ");
  return who && form.replace("{who}", () => who);
}

function renderWhy(stop) {
  write(el.whySignals, stop?.signals ? word("signals_say", { what: stop.signals }) : "");
  const change = word(stop?.explained ? "change" : "recent_missing");
  const said = stop?.reason && `${word("reason")}: ${stop.reason}${byWhom(stop, " ({who})")} · ${change}`;
  write(el.whyReason, stop ? said || word("no_reason_yet") : "");
}

function renderByHand(one) {
  const isOpen = one.by_hand || (one.can_override && overriding === one.id);
  el.override.hidden = !one.can_override;
  mark(el.override, "aria-expanded", isOpen ? "true" : "false");
  el.byHand.hidden = !isOpen;
  if (!isOpen) return;
  keep(el.byHand, catalogue.states, (state) => state, buildState, (button, state) => {
    mark(button, "aria-pressed", state === one.state);
  });
}

function buildState(state) {
  const button = make("button", { tap: () => sayState(state) }, icon(state), make("span", {}, word(`state_${state}`)));
  tone(button, TONES[state]);
  return button;
}

function buildStop(stop) {
  const when = make("span", { class: "when" }, make("span"), make("small"));
  const { id } = stop;
  const ask = () => askAbout(machine()?.recent.find((one) => one.id === id));
  return make("li", {}, make("button", { tap: ask }, when, make("span", { class: "said" })));
}

function updateStop(item, stop) {
  const button = item.firstChild;
  const [when, said] = button.children;
  const seconds = Math.round((Date.parse(stop.ended_at) - Date.parse(stop.started_at)) / 1000);
  write(when.firstChild, `${dayTime(stop.started_at)} – ${dayTime(stop.ended_at, stop.started_at)}`);
  write(when.lastChild, span(seconds));
  const what = stop.state === "unknown" ? word("state_unknown") : stop.signals;
  const missing = !stop.explained; // of some of it also where it has a reason
  const told = [stop.reason, stop.elsewhere && word("said_elsewhere"), ...(missing ? [word("recent_missing"), what] : [])];
  write(said, [...told, asideOfStop(stop)].filter(Boolean).join(" · "));
  button.classList.toggle("missing", missing);
  tone(button, missing ? "warning" : "idle");
}

function buildCall(kind) {
  const words = make("span", {}, make("b", {}, word(`call_${kind}`)), make("small"));
  const withdraw = make("button", { class: "withdraw", tap: () => withdrawCall(kind), "aria-label": `${word(`call_${kind}`)}: ${word("withdraw")}` }, word("withdraw"));
  return make("li", {}, make("button", { tap: () => moveCall(kind) }, icon("called"), words), withdraw);
}

function updateCall(item, kind) {
  const call = machine().calls.find((one) => one.called === kind);
  const [button, withdraw] = item.children;
  const state = call?.state ?? "idle";
  withdraw.hidden = state !== "called" && state !== "answered"; // with somebody there it can only be ended
  const since = call && (call.arrived_at ?? call.called_at);
  tone(button, { idle: "idle", called: "warning", answered: "care", arrived: "info" }[state]);
  draw(button.firstChild, state === "arrived" ? "person" : "called");
  write(button.lastChild.lastChild, word(`call_${state}`, { age: since ? age(since) : "" }));
}

function renderLine() {
  const line = floor.line;
  const waits = line.waiting === 1 ? word("waiting_one") : word("waiting", { count: line.waiting });
  tone(el.lamp, { online: line.waiting ? "warning" : "good", offline: "warning", refused: "bad", untrusted: "bad", none: "idle" }[line.server]);
  draw(el.lampIcon, line.server === "online" ? "online" : "offline");
  write(el.lampWord, word(`server_${line.server}`));
  write(el.lampMore, line.waiting ? `${waits}, ${word("oldest", { age: age(line.oldest_at) })}` : "");
}

function renderClocks() {
  write(el.clock, plantClock(performance.now() + ahead));
  const gone = isGone();
  el.main.classList.toggle("gone", gone);
  el.lamp.hidden = gone; // nobody knows how the line is
  const { refusal, unsent } = floor?.line ?? {};
  el.notice.hidden = !gone && !refusal && !unsent;
  const troubled = refusal ? word("refusal", { reason: refusal }) : unsent ? word("unsent", { reason: unsent }) : "";
  write(el.notice, gone ? word("agent_gone") : troubled);
  keepInSight(el.notice, el.header);
  const one = machine();
  if (one?.since) {
    write(el.stateLasts, age(one.since));
    write(el.stateSince, word("since", { time: dayTime(one.since) }));
  } else {
    write(el.stateLasts, "");
    write(el.stateSince, "");
  }
}

function choose(code) {
  chosen = code;
  shown = null;
  history.replaceState(null, "", `#${encodeURIComponent(code)}`);
  render();
}

// ---- news

function listen() {
  const source = new EventSource(`${HERE}/news`);
  const on = (name, act) => source.addEventListener(name, (event) => {
    heardAt = performance.now();
    brokenAt = null;
    act(JSON.parse(event.data));
  });
  on("hello", (told) => { token = told.token; });
  on("catalogue", (told) => {
    catalogue = told;
    zone = knownZone(told.zone);
    reasonsAreNew = true;
  });
  on("floor", (told) => {
    hearPerson(floor, told);
    floor = told;
  });
  on("people", hearPeople);
  on("takings", hearTakings);
  on("set_aside", hearSetAside);
  on("now", (told) => {
    ahead = Date.parse(told.at) - performance.now();
    if (asked && reasonsAreNew) offerReasons(); // into the sheet that is open
    render();
  });
  on("moved", () => location.assign("/station"));
  source.onerror = () => {
    brokenAt ??= performance.now();
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, 2000);
  };
}

build();
render();
setInterval(render, 1000);
listen();
