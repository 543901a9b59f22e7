"use strict";
// Overrides: what another person said, or the machine itself, is changed once somebody with the right confirmed it with
// badge and PIN. What is an override the agent says; the page then asks, and says the same act again with the PIN.

let toConfirm = null; // the act and how to go on; null while nothing is asked

function buildConfirmSheet() {
  const head = make("div", { class: "sheet-head" }, make("h2", { id: "confirm-title" }, word("confirm_title")), closeButton(() => el.confirmSheet));
  el.confirmWhat = make("p", { class: "what" });
  el.confirmBadge = make("span");
  el.confirmBadgeLine = make("p", { id: "confirm-badge", role: "status" }, icon("person"), el.confirmBadge);
  el.confirmSaid = make("p", { role: "status", class: "sheet-said" });
  const pad = buildPinPad("confirm", word("confirm_keep"), confirmIt);
  [el.confirmPin, el.confirmKeep] = [pad.pin, pad.keep];
  el.confirmSheet = make("dialog", { id: "confirm-sheet", "aria-labelledby": "confirm-title" }, head, el.confirmWhat, el.confirmBadgeLine, pad.form, el.confirmSaid);
  el.confirmSheet.addEventListener("close", endConfirming);
  return el.confirmSheet;
}

// Resolves to what came of it: kept, or why not. One at a time: the agent knows one badge per station.
function askToConfirm(act, kind) {
  return new Promise((resolve) => {
    toConfirm?.resolve({ why: word("confirm_given_up") });
    toConfirm = { act, resolve };
    write(el.confirmWhat, [wantedBy(act), word(`override_${kind}`)].filter(Boolean).join(" "));
    el.confirmPin.value = "";
    sayOfConfirming(floor?.line.server === "online" ? "" : word("refused_confirm_needs_server"), true);
    renderConfirmer();
    if (!el.confirmSheet.open) el.confirmSheet.showModal();
    awaitBadge(true, true);
    el.confirmPin.focus();
  });
}

// Which machine would be in which state, where the act says so.
function wantedBy(act) {
  const one = act.state && floor?.machines.find((known) => known.id === act.machine_id);
  return one ? `${one.name}: ${word(`state_${act.state}`)}.` : "";
}

function endConfirming() {
  awaitBadge(false);
  el.confirmPin.value = "";
  const given = toConfirm;
  toConfirm = null;
  given?.resolve({ why: word("confirm_given_up") });
}

function renderConfirmer() {
  const shown = people.confirmer;
  tone(el.confirmBadgeLine, shown ? "good" : "idle");
  write(el.confirmBadge, shown ? word("confirm_badge", { name: shown.name ?? word("confirm_badge_unknown") }) : badgeMissing("confirm_badge_missing"));
}

// Where no scanner is, no badge will ever be shown.
function badgeMissing(key) {
  return word(catalogue?.has_scanner === false ? "confirm_no_scanner" : key);
}

// Sent once: each time counts as a try.
async function confirmIt() {
  if (!toConfirm || el.confirmKeep.disabled) return;
  if (!people.confirmer) {
    sayOfConfirming(badgeMissing("refused_badge_missing"), true);
    return;
  }
  if (!el.confirmPin.value) return;
  const asked = toConfirm;
  el.confirmKeep.disabled = true;
  sayOfConfirming(word("checking_pin"));
  const pin = el.confirmPin.value;
  el.confirmPin.value = "";
  const { status, told } = await send(JSON.stringify({ do: "confirm", station_id: DATA.id, pin, act: asked.act }), ASKING_MS);
  el.confirmKeep.disabled = false;
  if (toConfirm !== asked) {
    asked.resolve(status === 200 ? { kept: true, undo: told.undo } : { why: word("confirm_given_up") });
  } else if (status === 200) {
    toConfirm = null;
    el.confirmSheet.close();
    asked.resolve({ kept: true, undo: told.undo });
  } else {
    const key = told ? `refused_${told.code}` : "not_saved";
    sayOfConfirming(key in DATA.texts ? word(key, told?.parameters) : told.message, true);
    el.confirmPin.focus();
  }
}

function sayOfConfirming(text, bad = false) {
  write(el.confirmSaid, text);
  el.confirmSaid.classList.toggle("tone-bad", bad);
}
