"use strict";
// The token stands behind the #, which browsers send to nobody; it goes out in bodies only.
const token = location.hash.slice(1);
const form = document.querySelector("form");
const said = document.getElementById("said");
const intro = document.getElementById("intro");
const SERVER = new URL(".", location.href).href.replace(/\/$/, "");

const WORDS = {
  en: {
    away: "The server can't be reached; try again",
    differ: "The two passwords differ: type them again",
    cut: "This link is not whole: copy all of it from the message",
    invited: (shown) =>
      `${shown.invited_by_name} invites you (${shown.email}) to ${shown.organization_name}. ` +
      "Choose a password to sign in with.",
    made: (made) => `You have an account. ${words.where(made)}`,
    where: (one) =>
      `Sign in with the program Unison on a PC: server ${SERVER}, organization ${one.organization_code}, ` +
      `user ${one.username}.`,
    choose: (shown) =>
      `A password for ${shown.username} at ${shown.organization_name}. ` +
      (shown.is_first ? "" : "All programs you are signed in with are signed out when you set it."),
    set: (shown) => `The new password is set. ${words.where(shown)}`,
    names: { full_name: "Your name", username: "User name", password: "Password" },
    refusals: {},
    unfit: {},
  },
  de: {
    away: "Der Server ist nicht erreichbar; bitte noch einmal versuchen",
    differ: "Die beiden Kennwörter sind verschieden: bitte noch einmal eintippen",
    cut: "Dieser Link ist nicht vollständig: bitte den ganzen aus der Nachricht kopieren",
    invited: (shown) =>
      `${shown.invited_by_name} lädt ${shown.email} zu ${shown.organization_name} ein. ` +
      "Bitte ein Kennwort zum Anmelden wählen.",
    made: (made) => `Das Konto ist angelegt. ${words.where(made)}`,
    where: (one) =>
      `Anmelden im Programm Unison an einem PC: Server ${SERVER}, Organisation ${one.organization_code}, ` +
      `Benutzer ${one.username}.`,
    choose: (shown) =>
      `Ein Kennwort für ${shown.username} bei ${shown.organization_name}. ` +
      (shown.is_first ? "" : "Mit dem Setzen werden alle angemeldeten Programme abgemeldet."),
    set: (shown) => `Das neue Kennwort ist gesetzt. ${words.where(shown)}`,
    names: { full_name: "Name", username: "Name zum Anmelden", password: "Kennwort" },
    refusals: {
      invitation_unknown: "Dieser Link öffnet nichts: Kam ein neuerer? Diesen öffnen oder um einen neuen bitten",
      invitation_expired: "Diese Einladung ist abgelaufen; bitte um eine neue bitten",
      invitation_accepted: "Diese Einladung ist schon angenommen; bitte anmelden",
      invitation_revoked: "Diese Einladung wurde widerrufen; bitte um eine neue bitten",
      invitation_void: "Diese Einladung gibt, was nicht mehr vergeben werden kann; bitte um eine neue bitten",
      reset_unknown: "Dieser Link öffnet nichts; bitte einen neuen verlangen",
      reset_used: "Mit diesem Link wurde schon ein Kennwort gewählt; anmelden oder einen neuen verlangen",
      reset_expired: "Dieser Link ist abgelaufen; bitte einen neuen verlangen",
      inactive: "Dieses Konto ist nicht aktiv; bitte die Administration fragen",
      taken: "Dieser Name ist vergeben; bitte einen anderen wählen",
      common: "Dieses Kennwort wird mit als Erstes erraten; bitte ein anderes wählen",
      too_short: "Dieses Kennwort ist zu kurz; bitte ein längeres wählen",
      missing: "Hier fehlt etwas; bitte ausfüllen",
      breached: "Dieses Kennwort steht in gestohlenen Listen und wird zuerst probiert; bitte ein anderes wählen",
      breached_unreadable: "Das Kennwort kann gerade nicht geprüft werden; bitte die Administration fragen",
      organization_inactive: "Diese Organisation ist nicht aktiv; bitte die Administration fragen",
      too_many: "Zu viele Versuche; bitte später noch einmal",
      unavailable: "Das geht im Augenblick nicht; bitte gleich noch einmal versuchen",
    },
    unfit: {
      password: "Dieses Kennwort geht nicht: Es braucht 8 bis 256 Zeichen",
      full_name: "Dieser Name geht nicht: höchstens 200 Zeichen, sichtbar und in jedem Wort aus einer Schrift",
      username: "Dieser Name zum Anmelden geht nicht: höchstens 50 Zeichen, sichtbar und ohne Leerzeichen am Rand",
    },
  },
};
const words = WORDS[document.documentElement.lang];

async function post(path, body) {
  const answer = await fetch(`api/v1/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, ...body }),
  });
  const told = answer.status === 204 ? {} : await answer.json().catch(() => null);
  if (told === null) {
    throw new TypeError("what stands between answered, and not the server");
  }
  if (!answer.ok) {
    const fields = (told.errors ?? []).map((error) =>
      words.refusals[error.code] ?? words.unfit[error.field] ?? `${words.names[error.field] ?? ""} ${error.message}`.trim());
    throw new Error(fields.join("; ") || (words.refusals[told.code] ?? told.detail));
  }
  return told;
}

async function tell(work) {
  const send = form.querySelector("button");
  said.textContent = "";
  send.disabled = true;
  try {
    await work();
  } catch (error) {
    said.textContent = error instanceof TypeError ? words.away : error.message;
  } finally {
    send.disabled = false;
  }
}

function demand(least) {
  document.getElementById("least").textContent = least;
  form.elements.password.minLength = least;
}

function done(text) {
  form.hidden = true;
  intro.textContent = text;
}

const PAGES = {
  "accept-invitation": {
    async begin() {
      intro.textContent = "";
      const shown = await post("invitations/look-up", {});
      intro.textContent = words.invited(shown);
      demand(shown.password_length);
    },
    async send(given) {
      const body = { full_name: given.full_name, username: given.username || null, password: given.password };
      const made = await post("invitations/accept", body);
      done(words.made(made));
    },
  },
  "reset-password": {
    async begin() {
      intro.textContent = "";
      this.shown = await post("auth/reset-password/look-up", {});
      intro.textContent = words.choose(this.shown);
      form.elements.username.value = this.shown.username;
      demand(this.shown.password_length);
    },
    async send(given) {
      await post("auth/reset-password", { password: given.password });
      done(words.set(this.shown));
    },
  },
};
const page = PAGES[document.body.dataset.page];

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(form));
  if (given.password !== given.again) {
    said.textContent = words.differ;
    return;
  }
  if (!form.querySelector("button").disabled) {
    tell(() => page.send(given));
  }
});

tell(async () => {
  if (!token) {
    throw new Error(words.cut);
  }
  await page.begin();
  form.hidden = false;
});
