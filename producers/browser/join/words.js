// Both languages, carried by the page itself, so that it can change its language without a network.

const WORDS = JSON.parse(document.getElementById("words").textContent);
const KEPT = "language";

let language = document.documentElement.lang;

export const spoken = () => language;

/** The text of that name; `{places}` filled. */
export function t(name, places = {}) {
  return WORDS[language][name].replace(/\{(\w+)\}/g, (_, place) => places[place]);
}

/** A language chosen earlier on this phone. */
export function chosen() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // storage may be closed to us
  }
}

/** Puts the whole page into a language; `keep` it for the next time. */
export function speak(wanted, keep = false) {
  if (!(wanted in WORDS)) return;
  language = wanted;
  document.documentElement.lang = wanted;
  document.title = t("title");
  for (const place of document.querySelectorAll("[data-t]")) place.textContent = t(place.dataset.t);
  for (const link of document.querySelectorAll("[data-language]")) {
    if (link.dataset.language === wanted) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (!keep) return;
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    // then it is asked for again
  }
}

export function time(ms) {
  return new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }).format(ms);
}

export function day(ms) {
  return new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" }).format(ms);
}
