// Draws a page from a description of it, touching only what differs, so that focus, an open menu
// and a selection stay. Text is set as text; no markup is ever parsed.

const SVG = "http://www.w3.org/2000/svg";

/** `h("p", { class: "soft", onclick: f, key: 1 }, "text", h("b", {}, "more"))` */
export function h(tag, attributes = {}, ...children) {
  const { key = null, ...rest } = attributes ?? {};
  return { tag, key, attributes: rest, children: children.flat(Infinity).filter(shown) };
}

const shown = (child) => child !== null && child !== undefined && child !== false && child !== "";

/** Makes `parent`'s children those described. */
export function draw(parent, children) {
  reconcile(parent, [children].flat(Infinity).filter(shown), parent.namespaceURI);
}

function reconcile(parent, children, space) {
  const keyed = new Map();
  const free = [];
  for (const node of parent.childNodes) {
    if (node.drawnKey != null) keyed.set(node.drawnKey, node);
    else free.push(node);
  }
  let place = parent.firstChild;
  for (const child of children) {
    const node = take(child, keyed, free) ?? make(child, space);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
    update(node, child);
  }
  for (const node of [...keyed.values(), ...free]) node.remove();
}

/** A node that stands there already and can become this child. */
function take(child, keyed, free) {
  if (typeof child === "object" && child.key !== null) {
    const node = keyed.get(child.key);
    if (node?.localName !== child.tag) return null;
    keyed.delete(child.key);
    return node;
  }
  const name = typeof child === "object" ? child.tag : "#text";
  const at = free.findIndex((node) => (node.localName ?? node.nodeName) === name);
  return at < 0 ? null : free.splice(at, 1)[0];
}

function make(child, space) {
  if (typeof child !== "object") return document.createTextNode("");
  const node = document.createElementNS(child.tag === "svg" ? SVG : space, child.tag);
  node.drawnKey = child.key;
  return node;
}

function update(node, child) {
  if (typeof child !== "object") {
    if (node.data !== String(child)) node.data = String(child);
    return;
  }
  attributes(node, child.attributes);
  reconcile(node, child.children, node.namespaceURI);
}

function attributes(node, wanted) {
  const held = node.drawn ?? {};
  for (const name of Object.keys(held)) {
    if (!(name in wanted)) set(node, name, null);
  }
  for (const [name, value] of Object.entries(wanted)) {
    if (held[name] !== value) set(node, name, value);
  }
  node.drawn = wanted;
}

function set(node, name, value) {
  if (name.startsWith("on")) node[name] = value;
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? "" : String(value));
}
