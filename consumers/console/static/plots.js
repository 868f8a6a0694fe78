// Paths of the two small pictures: a person's last 30 minutes, and a room's presence by minute.
// Pure; drawn by attributes alone, since the page allows no inline style.

const WIDE = 5; // units a minute
const HEIGHT = { g: 3, f: 10, p: 16, l: 18, h: 3 };
const KIND = { g: "m", f: "m", p: "p", l: "p", h: "i", a: "a", n: "a" };
const FLOOR = 22;
const ABSENT = 21;

/** Stretches of one kind: [{ kind, from, points }]. */
export function stretches(recent) {
  const found = [];
  [...recent].forEach((point, at) => {
    const kind = KIND[point] ?? "a";
    const last = found.at(-1);
    if (last?.kind === kind) last.points.push(point);
    else found.push({ kind, from: at, points: [point] });
  });
  return found;
}

/** What to draw of `recent`: [{ class, d }] in a box of 150 by 22. */
export function strip(recent) {
  return stretches(recent).flatMap(({ kind, from, points }) => {
    const x = (at) => (from + at) * WIDE;
    if (kind === "a") {
      return [{ class: "a-line", d: `M${x(0)} ${ABSENT}H${x(points.length)}` }];
    }
    let d = `M${x(0)} ${HEIGHT[points[0]]}`;
    points.forEach((point, at) => {
      if (at && HEIGHT[point] !== HEIGHT[points[at - 1]]) d += `V${HEIGHT[point]}`;
      d += `H${x(at + 1)}`;
    });
    const area = `${d}V${FLOOR}H${x(0)}Z`;
    return [
      { class: `${kind}-area`, d: area },
      { class: `${kind}-line`, d },
    ];
  });
}

/** The course of `here` (people by minute) in a box of `minutes` by 100, `most` at 10 of 100. */
export function course(here, most) {
  if (!here.length) return { edge: "", area: "" };
  const y = (people) => Math.round(1000 - (Math.min(people, most) / Math.max(1, most)) * 900) / 10;
  let edge = `M0 ${y(here[0])}`;
  here.forEach((people, at) => {
    if (at && people !== here[at - 1]) edge += `V${y(people)}`;
    edge += `H${at + 1}`;
  });
  return { edge, area: `${edge}V100H0Z` };
}

/** Where the hours (or half, quarter hours) of a session fall: at most five instants. */
export function marks(starts, ends) {
  const steps = [900_000, 1_800_000, 3_600_000, 7_200_000];
  const step = steps.find((wide) => (ends - starts) / wide <= 4) ?? 14_400_000;
  const found = [];
  for (let at = starts; at <= ends; at += step) found.push(at);
  return found;
}
