"use strict";
// Entries made here that do not count: not yet, or for good; with the reason, until somebody says that it was seen.

let setAside = [];

function buildSetAside() {
  el.setAsideCount = make("b");
  el.setAsideNewest = make("span");
  el.setAside = make("button", { id: "set-aside", class: "tone-bad", tap: () => el.asideSheet.showModal() }, icon("refused"), el.setAsideCount, el.setAsideNewest);
  return make("div", { id: "set-aside-bar", role: "alert" }, el.setAside);
}

function buildAsideSheet() {
  const head = make("div", { class: "sheet-head" }, make("h2", { id: "aside-title" }, word("set_aside")), closeButton(() => el.asideSheet));
  el.asideList = make("ol");
  el.asideSheet = make("dialog", { id: "aside-sheet", "aria-labelledby": "aside-title" }, head, el.asideList);
  return el.asideSheet;
}

function hearSetAside(told) {
  setAside = told.words;
  renderSetAside();
}

function renderSetAside() {
  const newest = setAside[0];
  el.setAside.hidden = !newest;
  keep(el.asideList, setAside, (one) => one.sight, buildAside, updateAside);
  if (!newest) {
    el.asideSheet.close();
    return;
  }
  write(el.setAsideCount, setAside.length === 1 ? word("set_aside_one") : word("set_aside_many", { count: setAside.length }));
  write(el.setAsideNewest, aboutWords(newest));
}

function buildAside(one) {
  const seen = make("button", { tap: () => say({ do: "seen", sight: one.sight }, word("kept_seen")) }, word("set_aside_seen"));
  return make("li", {}, icon("refused"), make("span", {}, make("b"), make("span")), seen);
}

function updateAside(item, one) {
  const [head, why] = item.children[1].children;
  tone(item, one.decision === "waits" ? "warning" : "bad");
  write(head, `${aboutWords(one)}: ${word(`set_aside_${one.decision}`, { name: one.by ?? word("set_aside_office") })}`);
  write(why, one.why ?? "");
}

function aboutWords(one) {
  return [one.machine, entryWords(one), one.person].filter(Boolean).join(" · ");
}

function entryWords(one) {
  const moment = one.kind === "stop_reasoned" || one.kind === "state_set" ? one.started_at : one.said_at;
  const key = one.kind === "stop_reasoned" && !one.reason ? "entry_stop_unreasoned" : `entry_${one.kind}`;
  const what = (one.state && word(`state_${one.state}`)) ?? (one.called && word(`call_${one.called}`)) ?? one.reason ?? (one.taken && brief(numberWords(one.taken)));
  return word(key, { what: what ?? "", time: moment ? dayTime(moment) : "?" });
}

// Beside the stop, scan or reading itself, where that is shown.
function asideWord(is) {
  const one = setAside.find(is);
  return one && word(`set_aside_short_${one.decision}`);
}

function asideOfStop(stop) {
  return asideWord((one) => one.stop === stop.id && one.machine_id === machine()?.id);
}

function asideOfTaking(taking) {
  return asideWord((one) => one.taking_id === taking.id);
}
