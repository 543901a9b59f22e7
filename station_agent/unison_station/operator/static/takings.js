"use strict";
// Scans and readings: what came last, and what it means. A tone sounds for what the agent has on disk.

let takings = null;
let known = null; // ids that were shown already; null before the first news
let flashUntil = 0;
let hushUntil = 0; // a scale that swings is refused again and again, and told aloud once
const dismissed = new Set(); // refusals somebody at this screen has done with

const FLASH_MS = 1500;
const HUSH_MS = 2000;
const AIM_MS = 700; // who aimed at a row has tapped by then

// ---- the parts

function buildTakings() {
  el.takenIcon = icon("scan");
  el.takenText = make("b");
  el.takenMore = make("small");
  el.takenAway = make("small", { class: "away", hidden: "" });
  el.taken = make("button", { id: "taken", tap: () => openTakings(el.code) }, el.takenIcon, make("span", {}, el.takenText, el.takenMore, el.takenAway));
  el.typeValue = make("button", { id: "type-value", tap: () => openTakings(el.value) }, icon("measure"), word("type_value"));
  el.typeCode = make("button", { id: "type-code", tap: () => openTakings(el.code) }, icon("scan"), word("type_code"));
  el.soundOff = make("button", { id: "sound-off", hidden: "", tap: wakeSound }, word("sound_off"));
  for (const touch of ["pointerdown", "pointerup", "keydown"]) document.addEventListener(touch, wakeSound, true);
  wakeSound();
  el.takings = make("footer", { id: "takings", hidden: "", "aria-label": word("takings") }, el.taken, el.soundOff, el.typeValue, el.typeCode);
  return el.takings;
}

function buildTakingsSheet() {
  el.sheetSaid = make("span", { id: "sheet-said", role: "status" });
  const head = make("div", { class: "sheet-head" }, make("h2", {}, word("takings")), el.sheetSaid, closeButton(() => el.takingsSheet));
  el.peripherals = make("ul", { id: "peripherals" });
  el.typed = make("ol", { id: "typed" });
  el.refusals = make("ol", { id: "refusals" });
  const parts = make("div", { id: "takings-parts" }, buildScans(), buildReadings());
  el.takingsSheet = make("dialog", { id: "takings-sheet", "aria-label": word("takings") }, head, el.typed, el.peripherals, el.refusals, parts);
  el.takingsSheet.addEventListener("close", unask);
  return el.takingsSheet;
}

function buildScans() {
  el.code = make("input", { id: "code", autocomplete: "off", "aria-label": word("type_code"), placeholder: word("type_code") });
  const form = make("form", {}, el.code, make("button", { class: "primary" }, word("keep")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    typeCode();
  });
  el.scans = make("ol");
  return make("section", { id: "scans" }, make("h2", {}, word("scans")), form, el.scans);
}

function buildReadings() {
  el.characteristic = make("select", { id: "characteristic", "aria-label": word("characteristic") });
  el.value = make("input", { id: "value", inputmode: "decimal", autocomplete: "off", "aria-label": word("value"), placeholder: word("value") });
  el.unchosen = make("p", { id: "unchosen", class: "tone-bad", role: "alert", hidden: "" });
  const value = make("div", { class: "value" }, el.value, make("button", { class: "primary" }, word("keep")));
  const form = make("form", {}, el.characteristic, el.unchosen, value);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    typeValue();
  });
  el.characteristic.addEventListener("change", () => {
    el.unchosen.hidden = true;
    unask();
    el.value.focus();
  });
  el.value.addEventListener("input", unask);
  el.value.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter") event.preventDefault(); // a key held down answers no question
  });
  el.noCharacteristics = make("p", { class: "soft" }, word("no_characteristics"));
  el.valueForm = form;
  el.gauges = make("div", { id: "gauges" });
  el.readings = make("ol");
  return make("section", { id: "readings" }, make("h2", {}, word("readings")), form, el.noCharacteristics, el.gauges, el.readings);
}

function openTakings(field) {
  el.takingsSheet.showModal();
  renderTakings();
  for (const row of takingRows()) row.movedAt = undefined; // nobody aimed at it yet
  field.focus();
}

// ---- what is shown

function hearTakings(told) {
  const newest = [...told.scans, ...told.readings].filter((one) => !one.undone).map((one) => one.id);
  const refused = told.refusals.map(refusalKey);
  if (known) {
    const [good, bad] = [newest, refused].map((keys) => keys.filter((key) => !known.has(key)).length);
    if (good) beep("good", good);
    if (bad && el.signOnSheet.open) sayInSheet(told.refusals[0].words, true);
    if (bad && el.confirmSheet.open) sayOfConfirming(told.refusals[0].words, true);
    if (bad && performance.now() > hushUntil) {
      beep("bad", 1);
      hushUntil = performance.now() + HUSH_MS;
    }
    if (good || bad) flashUntil = performance.now() + FLASH_MS;
    if (good || bad) setTimeout(renderTakings, FLASH_MS);
  }
  known = new Set([...told.scans.map((one) => one.id), ...told.readings.map((one) => one.id), ...refused]);
  takings = told;
  renderTakings();
}

function refusalKey(one) {
  return `${one.at} ${one.name}`;
}

function renderTakings() {
  if (!takings || !catalogue) return;
  const stood = new Map(takingRows().map((row) => [row, topOf(row)]));
  const { scans, readings, peripherals } = takings;
  const refusals = takings.refusals.filter((one) => !dismissed.has(refusalKey(one)));
  const measures = catalogue.characteristics.length > 0;
  el.takings.hidden = !peripherals.length && !measures && !scans.length && !readings.length;
  el.typeValue.hidden = !measures;
  renderTaken(newestOf(scans, readings, refusals));
  const away = peripherals.filter((one) => one.state !== "online");
  const notKept = renderTyped();
  const missing = [...(notKept ? [word("typed_waits", { count: notKept })] : []), ...away.map((one) => `${one.name}: ${word(`peripheral_${one.state}`)}`)];
  el.takenAway.hidden = !missing.length;
  write(el.takenAway, missing.join(" · "));
  if (!el.takingsSheet.open) return;
  keep(el.peripherals, away, (one) => one.id, () => make("li", { class: "tone-warning" }, icon("offline"), make("span")), (item, one) => {
    write(item.lastChild, `${one.name}: ${word(`peripheral_${one.state}`)} · ${one.message ?? ""}`);
  });
  keep(el.refusals, refusals.slice(0, 2), refusalKey, buildRefusal);
  keep(el.scans, scans, (one) => `${one.id} ${codesOf(one).length}`, buildScan, updateScan);
  keep(el.readings, readings, (one) => one.id, buildTaking, updateReading);
  renderValueForm(measures);
  const gauges = peripherals.filter((one) => one.answers);
  keep(el.gauges, gauges, (one) => one.id, (one) => make("button", { tap: () => askGauge(one) }, icon("measure"), make("span")), (button, one) => {
    write(button.lastChild, word("ask_gauge", { name: one.name }));
  });
  for (const row of takingRows()) if (stood.get(row) !== topOf(row)) row.movedAt = performance.now();
}

function takingRows() {
  return [...el.scans.children, ...el.readings.children];
}

function topOf(row) {
  return row.getBoundingClientRect().top;
}

function renderValueForm(measures) {
  el.valueForm.hidden = !measures;
  el.noCharacteristics.hidden = measures;
  const [chosen, name] = [el.characteristic.value, el.characteristic.selectedOptions[0]?.textContent];
  const wasShown = el.characteristic.options.length > 0 || !el.unchosen.hidden;
  keep(el.characteristic, catalogue.characteristics, (one) => one.id, (one) => make("option", { value: one.id }), (option, one) => {
    write(option, one.unit ? `${one.name} (${one.unit})` : one.name);
  });
  if (!wasShown) return;
  el.characteristic.value = chosen; // a browser chooses the first where the chosen one went: the value would be of another
  if (el.characteristic.value || el.characteristic.value === chosen) return;
  write(el.unchosen, word("characteristic_gone", { name }));
  el.unchosen.hidden = false;
  unask();
}

function newestOf(scans, readings, refusals) {
  const every = [
    ...scans.slice(0, 1).map((one) => ({ ...one, what: "scan" })),
    ...readings.slice(0, 1).map((one) => ({ ...one, what: "reading" })),
    ...refusals.slice(0, 1).map((one) => ({ ...one, what: "refusal" })),
  ];
  return every.sort((one, other) => Date.parse(other.at) - Date.parse(one.at))[0];
}

// Green only while it is new: what is on disk. The sign says it too, colour is never alone.
function renderTaken(newest) {
  const fresh = performance.now() < flashUntil;
  if (!newest) {
    write(el.takenText, word("nothing_taken"));
    write(el.takenMore, "");
    tone(el.taken, "idle");
    return;
  }
  const isBad = newest.what === "refusal";
  const isOdd = newest.warnings?.length > 0 || Boolean(newest.outside);
  draw(el.takenIcon, isBad ? "refused" : fresh ? "kept" : newest.what === "scan" ? "scan" : "measure");
  tone(el.taken, isBad ? "bad" : isOdd ? "warning" : fresh ? "good" : "idle");
  mark(el.taken, "data-fresh", fresh ? newest.what : null);
  const shown = { scan: scanWords, reading: readingWords, refusal: (one) => [one.words, one.name] }[newest.what](newest);
  write(el.takenText, newest.undone ? `${word("taken_back")}: ${shown[0]}` : shown[0]);
  write(el.takenMore, `${dayTime(newest.at, now(), { second: "2-digit" })} · ${shown[1]}`);
}

function scanWords(one) {
  const odd = one.warnings[0];
  if (one.set) return [textsOf(one), odd ?? [setWord(one), ...one.set.map(meaningWords), one.by].filter(Boolean).join(" · ")];
  return [one.text, odd ?? [one.part, meaningWords(one), one.symbology, typedWord(one), one.by].filter(Boolean).join(" · ")];
}

function codesOf(one) { // what counted together is one row
  return one.set ?? [one];
}

function textsOf(one) {
  return codesOf(one).map((code) => code.text).join(" · ");
}

function setWord(one) {
  return word("one_set", { count: one.set.length });
}

function meaningWords(one) {
  if (!one.meanings.length) return word("meaning_unknown");
  const ways = one.meanings.map((parts) => parts.map((part) => `${part.name} ${part.shown}`).join(", "));
  if (ways.length > 1) return word("meaning_several", { ways: ways.join(` ${word("or")} `) });
  return one.perhaps ? word("meaning_guessed", { way: ways[0] }) : ways[0];
}

function readingWords(one) {
  const range = one.uncertainty ? ` ± ${numberWords(one.uncertainty)}` : "";
  return [`${numberWords(one.value)}${range} ${one.unit}`, [one.characteristic, outsideWords(one), typedWord(one), one.by].filter(Boolean).join(" · ")];
}

function typedWord(one) {
  return one.source === "typed" && word("typed");
}

function outsideWords(one) {
  return one.outside && word(`outside_${one.outside.side}`, { limit: `${numberWords(one.outside.limit)} ${one.unit}` });
}

function buildRefusal(one) {
  const name = make("b", {}, one.words.startsWith(one.name) ? "" : `${one.name}: `);
  const words = make("span", {}, `${clockTime(one.at, { second: "2-digit" })} · `, name, one.words);
  return make("li", { class: "tone-bad" }, icon("refused"), words, dropButton(() => dismiss(one)));
}

function dismiss(one) {
  dismissed.add(refusalKey(one));
  renderTakings();
}

function dropButton(act) {
  return make("button", { tap: act, "aria-label": word("drop"), title: word("drop") }, icon("close"));
}

function buildTaking(one) { // a scan or a reading
  const undo = make("button", { tap: (event) => takeTakingBack(item, one, event) }, word("undo"));
  undo.addEventListener("pointerdown", () => { item.pressedAt = performance.now(); });
  const what = make("div", {}, make("b"), make("div", { class: "meaning" }), make("small", { class: "from" }), make("div", { class: "odd" }));
  const item = make("li", {}, what, undo);
  return item;
}

// A finger aimed at the row that was there before must not take back another's scan; the keyboard stays with its row.
function takeTakingBack(item, one, event) {
  const isAimed = event.detail === 0 || !(item.pressedAt - item.movedAt < AIM_MS);
  if (isAimed) say({ do: "take_back", taking_id: one.id }, word("kept_undo"));
  else tellSaid(word("list_moved"), null, true);
}

function updateTaking(item, one, text, from, odd) {
  const [what, undo] = item.children;
  write(what.querySelector(".from"), [dayTime(one.at, now(), { second: "2-digit" }), ...from].filter(Boolean).join(" · "));
  write(what.firstChild, text);
  const aside = codesOf(one).map(asideOfTaking).find(Boolean);
  write(what.lastChild, [odd, aside].filter(Boolean).join(" · "));
  item.classList.toggle("undone", one.undone);
  undo.hidden = one.undone;
  tone(item, odd || aside ? "warning" : "idle");
}

function buildScan(one) {
  const item = buildTaking(one);
  const meaning = item.querySelector(".meaning");
  if (one.set) {
    for (const code of one.set) meaning.append(make("span", { title: code.text }, make("small", {}, code.part), ` ${meaningWords(code)}`));
    return item;
  }
  if (one.meanings.length !== 1 || one.perhaps) meaning.append(meaningWords(one));
  else for (const part of one.meanings[0]) meaning.append(make("span", { title: part.identifier }, make("small", {}, part.name), ` ${part.shown}`));
  return item;
}

function updateScan(item, one) {
  const from = one.set ? [setWord(one)] : [one.part, one.symbology, typedWord(one)];
  updateTaking(item, one, textsOf(one), [...from, one.by], one.warnings.join("; "));
}

function updateReading(item, one) {
  updateTaking(item, one, readingWords(one)[0], [one.characteristic, typedWord(one), one.by], outsideWords(one));
}

function askGauge(one) {
  say({ do: "ask", peripheral_id: one.id }, word("asked_gauge", { name: one.name }));
}
