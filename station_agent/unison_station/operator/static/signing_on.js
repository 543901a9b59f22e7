"use strict";
// Who works here: by a badge at the scanner, by name and PIN, or, where nobody signs on, by a typed name.

const FILTERED_FROM = 12; // so many names fit without looking for one
const LONGEST_PIN = 12;
const ASKING_MS = 40000; // the agent waits 5 s for the server and 30 s for its answer: a whole shift comes at once
const AWAIT_EVERY_MS = 10000; // well within the time the agent goes on waiting by itself

let people = { signs_on: false, people: [] };
let chosenPerson = null;
let isChecking = false;
let awaiting = 0;

function buildSignOnSheet() {
  el.signOnSaid = make("p", { role: "status", class: "sheet-said" });
  el.signOff = make("button", { id: "sign-off", tap: signOff }, word("sign_off"));
  const head = make("div", { class: "sheet-head" }, make("h2", { id: "sign-on-title" }, word("sign_on")), el.signOff, closeButton(() => el.signOnSheet));
  el.signOnHint = make("p", { class: "soft" });
  el.nameFilter = make("input", { id: "name-filter", autocomplete: "off", placeholder: word("find_name"), "aria-label": word("find_name") });
  el.nameFilter.addEventListener("input", renderNames);
  el.names = make("div", { id: "sign-on-names", class: "tiles" });
  el.signOnSheet = make("dialog", { id: "sign-on-sheet", "aria-labelledby": "sign-on-title" }, head, el.signOnHint, el.nameFilter, el.names, buildSignOnPad(), el.signOnSaid);
  el.signOnSheet.addEventListener("close", () => {
    choosePerson(null);
    awaitBadge(false);
  });
  return el.signOnSheet;
}

function buildSignOnPad() {
  el.pinPerson = make("h2");
  const pad = buildPinPad("pin", word("sign_on"), signOn);
  [el.pinPad, el.pin, el.pinKeep] = [pad.form, pad.pin, pad.keep];
  el.pinPad.id = "pin-pad";
  el.pinPad.hidden = true;
  el.pinPad.prepend(el.pinPerson);
  el.pinPad.append(make("button", { type: "button", tap: () => choosePerson(null) }, word("other_name")));
  return el.pinPad;
}

// A field for a PIN with keys for fingers, and what is done with it.
function buildPinPad(id, done, act) {
  const pin = make("input", { id, type: "password", inputmode: "none", autocomplete: "off", maxlength: String(LONGEST_PIN), "aria-label": word("pin") });
  const digit = (one) => {
    const key = make("button", { type: "button" }, one);
    // Not held to the pause between taps: digits are typed as fast as fingers go.
    key.addEventListener("click", () => { if (pin.value.length < LONGEST_PIN) pin.value += one; });
    return key;
  };
  const back = make("button", { type: "button", tap: () => { pin.value = pin.value.slice(0, -1); }, "aria-label": word("erase") }, "⌫");
  const keep = make("button", { class: "primary" }, done);
  const form = make("form", { class: "pin-pad" }, pin, make("div", { class: "keys" }, ...[..."123456789"].map(digit), back, digit("0"), keep));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
  return { form, pin, keep };
}

function renderPerson() {
  const signedOn = floor?.sign_on ?? null;
  write(el.person, floor?.person ?? word(people.signs_on ? "nobody_signed_on" : "name_none"));
  write(el.personHow, signedOn ? word(signedOn.is_verified ? "verified" : "unverified") : "");
  el.personHow.hidden = !signedOn;
  el.personButton.classList.toggle("unverified", signedOn !== null && !signedOn.is_verified);
  el.signOff.hidden = !floor?.person;
}

function hearPeople(told) {
  people = told;
  // Once told it stays: no hiccup may make practice look real.
  if (told.is_practice) document.body.classList.add("practice");
  renderNames();
  renderConfirmer();
}

// Whoever taps a badge looks at the scanner, not at the page: it sounds.
function hearPerson(before, after) {
  if (before === null) return;
  const isSame = before.person === after.person;
  if (isSame && (!after.sign_on || !before.sign_on || before.sign_on.tap === after.sign_on.tap)) return;
  if (after.sign_on) {
    beep("good", 1);
    tellSaid(word(isSame ? "signed_on_again" : "kept_name", { name: after.person }), null);
    el.signOnSheet.close();
  } else if (before.sign_on && !after.person) tellSaid(word("signed_off", { name: before.person }), null);
}

function openPerson() {
  if (!people.signs_on) {
    openName();
    return;
  }
  el.nameFilter.value = "";
  sayInSheet("");
  choosePerson(null);
  el.signOnSheet.showModal();
  awaitBadge(true);
}

// The agent takes what is scanned now for a badge, although its list may not know it.
function awaitBadge(waits, confirms = false) {
  clearInterval(awaiting);
  const tellIt = () => send(JSON.stringify(spoken({ do: "await_badge", station_id: DATA.id, waits, confirms })));
  awaiting = waits ? setInterval(tellIt, AWAIT_EVERY_MS) : 0;
  tellIt();
}

// People of the same name are told apart by their number.
function nameOf(person) {
  return person.told_apart_by ? `${person.name} (${person.told_apart_by})` : person.name;
}

function renderNames() {
  const wanted = el.nameFilter.value.trim().toLocaleLowerCase(DATA.language);
  const found = people.people.filter((one) => nameOf(one).toLocaleLowerCase(DATA.language).includes(wanted));
  write(el.signOnHint, word(people.people.length ? "sign_on_hint" : "sign_on_badge_hint"));
  el.nameFilter.hidden = people.people.length < FILTERED_FROM || chosenPerson !== null;
  keep(el.names, found, (one) => one.id, (one) => make("button", { tap: () => choosePerson(one) }), (tile, one) => write(tile, nameOf(one)));
}

function choosePerson(person) {
  chosenPerson = person;
  el.pin.value = "";
  el.pinPad.hidden = person === null;
  el.names.hidden = person !== null;
  el.signOnHint.hidden = person !== null;
  write(el.pinPerson, person ? nameOf(person) : "");
  renderNames();
  sayInSheet(""); // what was said to somebody is not for the next
  if (person) el.pin.focus();
}

// Sent once: each time counts as a try.
async function signOn() {
  if (isChecking || !el.pin.value || !chosenPerson) return;
  isChecking = true;
  el.pinKeep.disabled = true;
  sayInSheet(word("checking_pin"));
  const asked = chosenPerson;
  const action = { do: "sign_on", id: crypto.randomUUID(), station_id: DATA.id, user_id: asked.id, pin: el.pin.value };
  el.pin.value = "";
  const { status, told } = await send(JSON.stringify(action), ASKING_MS);
  isChecking = false;
  el.pinKeep.disabled = false;
  if (status === 200) {
    el.signOnSheet.close();
    return;
  }
  if (chosenPerson !== asked) return;
  const key = told ? `refused_${told.code}` : "not_saved";
  sayInSheet(key in DATA.texts ? word(key, told?.parameters) : told.message, true);
}

function sayInSheet(text, bad = false) {
  write(el.signOnSaid, text);
  el.signOnSaid.classList.toggle("tone-bad", bad);
}

function signOff() {
  el.signOnSheet.close();
  say({ do: "name", station_id: DATA.id, name: null }, word("signed_off", { name: floor.person }));
}
