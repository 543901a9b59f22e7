"use strict";
// Elements, changed only where something changed: what a finger is on stays where it is.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "tap") element.addEventListener("click", (event) => tapped(() => value(event)));
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  draw(svg, name);
  return svg;
}

function draw(svg, name) {
  const use = svg.firstChild;
  if (use.getAttribute("href") !== `#${name}`) use.setAttribute("href", `#${name}`);
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function mark(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

function tone(element, name) {
  for (const old of [...element.classList]) if (old.startsWith("tone-") && old !== `tone-${name}`) element.classList.remove(old);
  element.classList.add(`tone-${name}`);
}

// Brings the children of a parent in line with items; a child is made once per key and kept.
function keep(parent, items, keyOf, build, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  items.forEach((item, place) => {
    const key = keyOf(item);
    let child = known.get(key);
    if (!child) {
      child = build(item);
      child.dataset.key = key;
    }
    known.delete(key);
    if (parent.children[place] !== child) parent.insertBefore(child, parent.children[place] ?? null);
    update?.(child, item);
  });
  for (const child of known.values()) child.remove();
}

function tapped(act) {
  if (performance.now() < deafUntil) return;
  deafUntil = performance.now() + TAP_PAUSE_MS;
  act();
}

// Who reaches for a machine must not hit another that came to its place: one that is shown stays, and where it is gone no tap counts for a moment.
function stayWith(one) {
  chosen ||= one?.code ?? "";
  if (shown !== null && one?.id !== shown) {
    overriding = null;
    deafUntil = performance.now() + 3 * TAP_PAUSE_MS;
  }
  shown = one?.id ?? null;
}

// Nothing of the page is seen beside an open sheet, so the bar goes into the topmost one; else it follows its neighbour.
function keepInSight(bar, neighbour) {
  const sheet = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (sheet) {
    if (bar.parentElement !== sheet) sheet.prepend(bar);
  } else if (bar.previousElementSibling !== neighbour) neighbour.after(bar);
}
