"use strict";
// What people say: a tap becomes an act, which the agent keeps or refuses.

function askAbout(stop) {
  const one = machine();
  if (!one || !stop) return;
  asked = { machine: one, stop };
  const span = { from: dayTime(stop.started_at), to: stop.ended_at && dayTime(stop.ended_at, stop.started_at) };
  write(el.reasonTitle, `${one.name}: ${word(stop.ended_at ? "reason_of" : "reason_now", span)}`);
  offerReasons();
  el.reasonSheet.showModal();
  el.reasons.scrollTop = 0;
}

// Machines and reasons are told apart: for a moment there may be a type whose reasons nobody told yet.
function offerReasons() {
  reasonsAreNew = false;
  const one = floor.machines.find((known) => known.id === asked.machine.id) ?? asked.machine;
  const { frequent, groups } = catalogue.reasons[one.type] ?? { frequent: [], groups: [] };
  const parts = frequent.length ? [{ name: word("frequent"), tiles: frequent }, ...groups] : groups;
  el.reasons.replaceChildren(...parts.map(buildGroup));
  if (!parts.length) el.reasons.append(make("p", { class: "soft" }, word("no_reasons")));
}

function buildGroup(group) {
  const tiles = group.tiles.map((reason) => {
    const tile = make("button", { tap: () => sayReason(reason), "data-reason": reason.id }, reason.name);
    tile.title = word(`class_${reason.reason_class}`);
    mark(tile, "aria-pressed", reason.id === asked.stop.reason_id);
    tone(tile, CLASS_TONES[reason.reason_class]);
    return tile;
  });
  return make("div", { role: "group", "aria-label": group.name ?? word("more") },
    make("h2", {}, group.name ?? word("more")), make("div", { class: "tiles" }, ...tiles));
}

function sayReason(reason) {
  const { machine: one, stop } = asked;
  el.reasonSheet.close();
  if (reason.id === stop.reason_id && stop.explained) return;
  const action = { do: "reason", machine_id: one.id, started_at: stop.id, reason_id: reason.id, seen_reason_id: stop.reason_id };
  say(action, word("kept_reason", { what: reason.name }));
}

function sayState(state) {
  const one = machine();
  overriding = null;
  render();
  if (one.state === state) return;
  say({ do: "state", machine_id: one.id, state }, word("kept_state", { machine: one.name, what: word(`state_${state}`) }));
}

function moveCall(kind) {
  const one = machine();
  const call = one.calls.find((open) => open.called === kind);
  const what = word(`call_${kind}`);
  if (!call) say({ do: "call", machine_id: one.id, called: kind }, word("kept_call", { what }));
  else if (call.state !== "arrived") say({ do: "arrived", call_id: call.id }, word("kept_arrived", { what }));
  else say({ do: "done", call_id: call.id }, word("kept_done", { what }));
}

function withdrawCall(kind) {
  const call = machine().calls.find((open) => open.called === kind);
  if (call) say({ do: "withdrawn", call_id: call.id }, word("kept_withdrawn", { what: word(`call_${kind}`) }));
}

// Of the station, not of this browser: what its scanners and gauges send stands under this name too.
function sayName() {
  const name = el.name.value.trim() || null;
  if (name !== (floor?.person ?? null)) say({ do: "name", station_id: DATA.id, name }, word(name ? "kept_name" : "kept_no_name", { name }));
}

function takeBack() {
  if (undo) say({ do: "undo", undoes: undo }, word("kept_undo"));
}

// One id per tap: however often the request is sent, the agent counts it once.
async function say(action, kept) {
  const body = spoken(action);
  tellSaid(word("saving"), null);
  const answer = await tell(body);
  if (answer.kept) tellSaid(kept, answer.undo ? body.id : null);
  else tellSaid(answer.why ?? word("not_saved"), null, true);
}

function spoken(action) {
  return { id: crypto.randomUUID(), person: floor?.person ?? null, ...action };
}

// Whether it was kept, and why not; without a `why` nobody knows. What is for now only may be told again as it is.
async function tell(body) {
  const giveUpAt = performance.now() + RETRY_FOR_MS;
  for (;;) {
    const { status, told } = await send(JSON.stringify(body));
    if (status === 200) return { kept: true, undo: told.undo };
    if (status && told.code !== "old_token" && told.code !== "stopping") {
      if (told.code === "override") return askToConfirm(body, told.parameters.kind);
      return { why: `refused_${told.code}` in DATA.texts ? word(`refused_${told.code}`, told.parameters) : told.message, isForNow: status === 503 };
    }
    if (performance.now() > giveUpAt) return { isForNow: true };
    await pause(500);
  }
}

function pause(milliseconds) {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}

// No status where no whole answer came.
async function send(body, patience = RETRY_FOR_MS) {
  const headers = { "Content-Type": "application/json", "X-Unison-Token": token };
  try {
    const answer = await fetch(`${HERE}/say`, { method: "POST", headers, body, signal: AbortSignal.timeout(patience) });
    return { status: answer.status, told: await answer.json() };
  } catch {
    return {};
  }
}

let saidTimer = 0;
function tellSaid(text, undoes, bad = false) {
  undo = undoes;
  write(el.saidText, text);
  write(el.sheetSaid, text);
  el.sheetSaid.classList.toggle("tone-bad", bad);
  el.undo.hidden = !undoes;
  el.said.classList.toggle("tone-bad", bad);
  el.said.hidden = false;
  clearTimeout(saidTimer);
  saidTimer = setTimeout(() => { el.said.hidden = true; write(el.sheetSaid, ""); undo = null; }, undoes ? catalogue.undo_seconds * 1000 : 5000);
}

function openName() {
  el.name.value = floor?.person ?? "";
  el.nameSheet.showModal();
}
