// Texts from the catalogue of the page's language, and times as its readers write them.

let catalogue = {};
let language = "en";
let plural = new Intl.PluralRules("en");

export const LANGUAGES = ["en", "es"];

export async function speak(wanted) {
  const answer = await fetch(`/static/texts/${wanted}.json`);
  use(wanted, await answer.json());
}

export function use(wanted, texts) {
  language = wanted;
  catalogue = texts;
  plural = new Intl.PluralRules(wanted);
}

export const spoken = () => language;

/** A text by its key, `{name}`s filled in; where it counts (`n`), in the right number. */
export function t(key, values = {}) {
  let text = catalogue[key] ?? key;
  if (typeof text === "object") text = text[plural.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Whether the catalogue knows this key. */
export const has = (key) => key in catalogue;

const formats = new Map();

function format(zone, options) {
  const key = `${language} ${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.DateTimeFormat(language, { timeZone: zone, ...options }));
  }
  return formats.get(key);
}

/** "19:09" where the session is held. */
export function hour(at, zone) {
  return format(zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

/** "Tue 17 Nov" */
export function day(at, zone) {
  const parts = format(zone, { weekday: "short", day: "numeric", month: "short" })
    .formatToParts(at)
    .reduce((all, { type, value }) => ({ ...all, [type]: value.replace(/\.$/, "") }), {});
  return `${parts.weekday} ${parts.day} ${parts.month}`;
}

/** The calendar's day of an instant: "2026-11-17". */
export const dayOf = (at, zone) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);

/** The first instant of a calendar's day; where clocks are put on at midnight, of its first hour. */
export function startOfDay(date, zone) {
  const noon = Date.parse(`${date}T12:00Z`);
  for (let at = noon - 26 * 3_600_000; at <= noon + 3 * 3_600_000; at += 900_000) {
    if (dayOf(at, zone) === date) return at;
  }
  return noon;
}

/** The hour of today, the day of any other day: what is about weeks is older. */
export function moment(at, now, zone) {
  return day(at, zone) === day(now, zone) ? hour(at, zone) : day(at, zone);
}

/** "44 min", "1 h 44 min" */
export function span(milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 60) return t("span.minutes", { m: minutes });
  return t("span.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** How long ago, in seconds at first: "8 s", "12 min". */
export function ago(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return seconds < 100 ? t("span.seconds", { s: seconds }) : span(milliseconds);
}

export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
