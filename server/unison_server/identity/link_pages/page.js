"use strict";
// The token stands behind the #, which browsers send to nobody; it goes out in bodies only.
const token = location.hash.slice(1);
const form = document.querySelector("form");
const said = document.getElementById("said");
const intro = document.getElementById("intro");

async function post(path, body) {
  const answer = await fetch(`api/v1/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, ...body }),
  });
  const told = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) {
    const fields = (told.errors ?? []).map((error) => error.message);
    throw new Error(fields.join("; ") || told.detail);
  }
  return told;
}

async function tell(work) {
  said.textContent = "";
  try {
    await work();
  } catch (error) {
    said.textContent = error instanceof TypeError ? "The server can't be reached; try again" : error.message;
  }
}

function done(words) {
  form.hidden = true;
  intro.textContent = words;
}

const PAGES = {
  "accept-invitation": {
    async begin() {
      intro.textContent = "";
      const shown = await post("invitations/look-up", {});
      intro.textContent =
        `${shown.invited_by_name} invites you (${shown.email}) to ${shown.organization_name}. ` +
        "Choose a password to sign in with.";
    },
    async send(given) {
      const body = { full_name: given.full_name, username: given.username || null, password: given.password };
      const made = await post("invitations/accept", body);
      done(`You have an account. Sign in to the organization ${made.organization_code} as ${made.username}.`);
    },
  },
  "reset-password": {
    async begin() {},
    async send(given) {
      await post("auth/reset-password", { password: given.password });
      done("The new password is set. Sign in with it.");
    },
  },
};
const page = PAGES[document.body.dataset.page];

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(form));
  if (given.password !== given.again) {
    said.textContent = "The two passwords differ: type them again";
    return;
  }
  tell(() => page.send(given));
});

tell(async () => {
  if (!token) {
    throw new Error("This link is not whole: copy all of it from the message");
  }
  await page.begin();
  form.hidden = false;
});
