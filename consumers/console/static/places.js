// Where the page is scrolled to, and where its keys are, when what is shown changes.

let shown = location.hash;
let moved = false;
const places = new Map(); // by address: how far down its list was

history.scrollRestoration = "manual"; // the browser restores before the list is drawn

addEventListener("hashchange", () => {
  places.set(shown, scrollY);
  shown = location.hash;
  moved = true;
});

/** After another screen was drawn: a list stands where it was left, what was chosen in one at its top. */
export function keepPlace() {
  if (!moved) return;
  moved = false;
  scrollTo(0, shown.includes("/") ? 0 : (places.get(shown) ?? 0));
}

/** What has the focus, and what it lies in, from the inside out. */
export function focused() {
  const found = [];
  for (let one = document.activeElement; one && one !== document.body; one = one.parentElement) found.push(one);
  return found;
}

/** A button that is gone with its act leaves the focus to its row, its case, or the calls for help. */
export function keepFocus([had, ...around]) {
  if (!had || had.isConnected) return;
  const near = around.find((one) => one.isConnected && one.matches(".row, [tabindex]"));
  (near?.querySelector(":scope > .what") ?? near)?.focus({ preventScroll: true });
}
