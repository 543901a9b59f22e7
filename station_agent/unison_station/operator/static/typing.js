"use strict";
// What people type: one value, Enter, next. It is kept in the order it was typed, each before the next one.

let typed = []; // not kept yet, oldest first
let refusedTyped = []; // whose field was taken when they came back
let isKeeping = false;
let doubt = null; // whether a value is meant as it was typed

const AGAIN_MS = 1000;
const MOST_TOLD = 40; // characters of a typed text that are repeated in a message

function typeCode() {
  const text = el.code.value;
  const what = brief(text);
  if (text) enter({ do: "scan", station_id: DATA.id, text }, el.code, what, word("kept_scan", { what }));
}

function brief(typed) {
  const text = typed.replaceAll("\u001d", "<GS>").replace(/[\0-\x1f]/g, (one) => String.fromCharCode(0x2400 + one.charCodeAt(0)));
  return text.length > MOST_TOLD ? `${text.slice(0, MOST_TOLD)}…` : text;
}

function typeValue() {
  const text = el.value.value.trim();
  if (!text) return;
  if (!el.characteristic.value) {
    tellSaid(el.unchosen.textContent, null, true);
    el.characteristic.focus();
    return;
  }
  const value = text.replace(",", ".");
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(value)) {
    tellSaid(word("no_number", { what: brief(text) }), null, true);
    el.value.select();
    return;
  }
  const what = `${brief(text)} ${el.characteristic.selectedOptions[0].textContent}`;
  if (isDoubted(Number(value), what)) return;
  const action = { do: "reading", station_id: DATA.id, characteristic_id: el.characteristic.value, value };
  enter(action, el.value, what, word("kept_reading", { what }));
}

// Asked once, and kept with the next Enter: while the question is seen, for nobody agrees to what went by unseen.
function isDoubted(value, what) {
  const { low, high, lsl, usl } = catalogue.characteristics.find((one) => one.id === el.characteristic.value);
  if ((low === null || value >= Number(low)) && (high === null || value <= Number(high))) return false;
  const [least, most] = [lsl, usl].map((limit) => limit && numberWords(limit));
  const limits = lsl && usl ? `${least} – ${most}` : word(lsl ? "limit_least" : "limit_most", { limit: least ?? most });
  const question = word("far_value", { what, limits });
  if (el.sheetSaid.textContent === question) return false;
  tellSaid(question, null, true);
  clearTimeout(saidTimer); // a question stays until it is answered
  doubt = question;
  el.value.select();
  return true;
}

function unask() {
  if (doubt && el.sheetSaid.textContent === doubt) {
    write(el.sheetSaid, "");
    el.said.hidden = true;
  }
  doubt = null;
}

function enter(action, field, what, kept) {
  typed.push({ body: spoken(action), field, text: field.value, what, kept, why: null });
  field.value = "";
  field.focus();
  keepTyped();
}

// What can't be kept for now is told again under its own id until it is, or somebody drops it: no value counts twice.
async function keepTyped() {
  if (isKeeping) return;
  isKeeping = true;
  for (let one = typed[0]; one; one = typed[0]) {
    if (!one.why) tellSaid(word("saving"), null);
    const answer = await tell(one.body);
    if (!answer.kept && answer.isForNow) {
      one.why = answer.why ?? word("agent_silent");
      renderTakings();
      await pause(AGAIN_MS);
      continue;
    }
    const isDropped = typed[0] !== one;
    if (!isDropped) typed.shift();
    if (answer.kept) tellSaid(one.kept, answer.undo ? one.body.id : null);
    else if (!isDropped) giveBack(one, answer.why);
    renderTakings();
  }
  isKeeping = false;
}

// Into its field where that is free, else it stays in sight until somebody drops it.
function giveBack(one, why) {
  tellSaid(word("not_kept", { what: one.what, why }), null, true);
  const { characteristic_id: measured } = one.body;
  if (!one.field.value && (!measured || measured === el.characteristic.value)) {
    one.field.value = one.text;
    one.field.select();
  } else refusedTyped.push({ ...one, why });
}

function drop(one) {
  typed = typed.filter((other) => other !== one);
  refusedTyped = refusedTyped.filter((other) => other !== one);
  renderTakings();
}

function renderTyped() {
  const waiting = typed.some((one) => one.why) ? typed : [];
  const isRefused = (one) => refusedTyped.includes(one);
  keep(el.typed, [...refusedTyped, ...waiting], (one) => one.body.id, buildTyped, (item, one) => {
    write(item.children[1], word(isRefused(one) ? "not_kept" : "not_kept_yet", { what: one.what, why: one.why ?? "" }));
  });
  return waiting.length + refusedTyped.length;
}

function buildTyped(one) {
  return make("li", { class: "tone-bad" }, icon("refused"), make("span"), dropButton(() => drop(one)));
}
