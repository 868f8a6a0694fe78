// Shapes before colours: each state has its own.

import { h } from "./dom.js";

const line = { fill: "none", stroke: "currentColor" };
const round = { "stroke-linecap": "round", "stroke-linejoin": "round" };
const path = (d, attributes = {}) => h("path", { d, ...attributes });
const circle = (r, attributes = {}) => h("circle", { cx: 8, cy: 8, r, ...attributes });
const bar = (x, y, on) =>
  h("rect", { x, y, width: 2.6, height: 14 - y, rx: 0.8, opacity: on ? null : 0.3 });

const SHAPES = {
  live: [circle(7)],
  here: [circle(6)],
  in_person: [h("rect", { x: 2.5, y: 2.5, width: 11, height: 11, rx: 1.5 })],
  expected: [circle(5.5, { ...line, "stroke-width": 2, "stroke-dasharray": "3 2.75" })],
  waiting: [
    circle(6, { ...line, "stroke-width": 1.75 }),
    path("M8 4.8V8l2.2 1.6", { ...line, ...round, "stroke-width": 1.75 }),
  ],
  dropped: [path("M2 8h3.5M10.5 8H14M9.5 4.5l-3 7", { ...line, ...round, "stroke-width": 2 })],
  left: [path("M6.5 3H3v10h3.5M6.5 8H14M11 5l3 3-3 3", { ...line, ...round, "stroke-width": 1.75 })],
  excused: [path("M3 8.5 6.5 12 13 4.5", { ...line, ...round, "stroke-width": 2 })],
  unmatched: [
    circle(6, { ...line, "stroke-width": 1.75 }),
    path("M6.2 6.6a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.5-.8 1.1", { ...line, ...round, "stroke-width": 1.5 }),
    h("circle", { cx: 8, cy: 11.4, r: 0.95 }),
  ],
  pause: [path("M5.5 3.5v9M10.5 3.5v9", { ...line, ...round, "stroke-width": 2 })],
  half: [path("M8 2a6 6 0 0 0 0 12Z"), circle(5.25, { ...line, "stroke-width": 1.5 })],
  missed: [path("m4 4 8 8m0-8-8 8", { ...line, ...round, "stroke-width": 2.2 })],
  none: [path("M3.5 8h9", { ...line, ...round, "stroke-width": 2 })],
  info: [circle(4.5, { ...line, "stroke-width": 1.75 })],
  warning: [path("M8 2.2 13.8 8 8 13.8 2.2 8Z", { ...line, ...round, "stroke-width": 1.75 })],
  high: [path("M8 1.5 14.5 8 8 14.5 1.5 8Z")],
  critical: [
    path(
      "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1ZM7.1 4v5h1.8V4ZM8 10.4a1.1 1.1 0 1 0 0 2.2 1.1 1.1 0 0 0 0-2.2Z",
      { "fill-rule": "evenodd" },
    ),
  ],
  alert: [
    path("M8 1.5 15.2 14H.8ZM7.2 6v4h1.6V6Zm.8 5a1 1 0 1 0 0 2 1 1 0 0 0 0-2Z", {
      "fill-rule": "evenodd",
    }),
  ],
  more: [
    h("circle", { cx: 3, cy: 8, r: 1.5 }),
    h("circle", { cx: 8, cy: 8, r: 1.5 }),
    h("circle", { cx: 13, cy: 8, r: 1.5 }),
  ],
  theme: [
    path("M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 3v10A5 5 0 0 0 8 3Z", {
      "fill-rule": "evenodd",
    }),
  ],
  opened: [path("m4 6 4 4 4-4", { ...line, ...round, "stroke-width": 2 })],
  closed: [path("m6 4 4 4-4 4", { ...line, ...round, "stroke-width": 2 })],
  back: [path("m10 3.5-4.5 4.5 4.5 4.5", { ...line, ...round, "stroke-width": 2 })],
  good: [bar(1, 10.5, true), bar(4.8, 7.5, true), bar(8.6, 4.5, true), bar(12.4, 1.5, true)],
  fair: [bar(1, 10.5, true), bar(4.8, 7.5, true), bar(8.6, 4.5, true), bar(12.4, 1.5, false)],
  poor: [bar(1, 10.5, true), bar(4.8, 7.5, true), bar(8.6, 4.5, false), bar(12.4, 1.5, false)],
  lost: [bar(1, 10.5, true), bar(4.8, 7.5, false), bar(8.6, 4.5, false), bar(12.4, 1.5, false)],
};

export function icon(name) {
  return h(
    "svg",
    { class: "icon", viewBox: "0 0 16 16", fill: "currentColor", "aria-hidden": "true" },
    SHAPES[name] ?? SHAPES.info,
  );
}
