// What a person asked for, and the truth about it. Pure; the page sends and draws.

/**
 * `reports`: [{id, kind, score?, pressed (ms), at (as the server took it) or null, report (its name
 * there, the same however often it was sent), refused, seen}]
 */
export function press(reports, id, kind, now, score) {
  return [...reports, { id, kind, score, pressed: now, at: null, refused: false, seen: false, late: false }];
}

export const unsent = (reports) => reports.filter((one) => one.at === null && !one.refused);

export const taken = (reports, id, at, report) =>
  reports.map((one) => (one.id === id ? { ...one, at, report, late: false } : one));

/** No answer in time; it stays, and is tried again. */
export const unheard = (reports, id) => reports.map((one) => (one.id === id ? { ...one, late: true } : one));

/** The server will never take it. */
export const refuse = (reports, id) => reports.map((one) => (one.id === id ? { ...one, refused: true } : one));

/** `told`: what the server knows of this person's reports: [{report, kind, at, seen}]. */
export function hear(reports, told) {
  const seen = new Set(told.filter((one) => one.seen).map((one) => one.report));
  return reports.map((one) => (seen.has(one.report) ? { ...one, seen: true } : one));
}

/** The word for where a report stands; `onDuty`: whether somebody is. */
export function standing(report, onDuty) {
  if (report.refused) return "closed";
  if (report.at === null) return report.late ? "unsent" : "sending";
  if (report.kind === "privacy") return "private_thanks";
  if (report.kind === "fatigue") return "thanks";
  if (report.seen) return "seen";
  return onDuty ? "unseen" : "nobody";
}

/** Whether the numbers to call must come first: help was asked for, and nobody has seen it. */
export const alone = (reports, onDuty) =>
  reports.some((one) => ["help", "crisis"].includes(one.kind) && ["closed", "unsent", "nobody"].includes(standing(one, onDuty)));
