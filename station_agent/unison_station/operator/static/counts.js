"use strict";
// What was made today, by each of the machine's counters, and what is to be known beside a number.

function renderCounts(one) {
  const shown = Object.entries(one.counts);
  const words = shown.length ? shown : [["no_counts", null]];
  keep(el.counts, [["today"], ...words], ([name]) => name, buildCount, (part, [name, count]) => {
    if (name === "today") write(part, one.counts_since ? word("today_here", { time: clockTime(one.counts_since) }) : word("today"));
    if (name === "today" || count === null) return;
    const [number, , waits, unread] = part.children;
    write(number, count.toLocaleString(DATA.language));
    const waiting = one.waiting_counts[name];
    write(waits, waiting ? word("parts_wait", { count: waiting.toLocaleString(DATA.language) }) : "");
    write(unread, unreadWords(one.unread_counts[name]));
  });
}

function buildCount([name, count]) {
  if (name === "today" || count === null) return make("span", { class: "soft" }, word(name));
  const more = [make("div", { class: "soft waits" }), make("div", { class: "unread", role: "status" })];
  return make("div", {}, make("b"), make("div", { class: "soft" }, word(name)), ...more);
}

// A counter that nobody reads stands still as one that counts nothing: so it is told.
function unreadWords(since) {
  if (since === undefined) return "";
  return since === null ? word("not_read") : word("not_read_since", { time: dayTime(since) });
}
