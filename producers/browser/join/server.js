// The page's own requests. No answer within five seconds is none.

const PATIENCE = 5_000;
const base = document.body.dataset.base;

/** The answer, or an error with its `status` (0: none came). */
export async function ask(what, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(`${base}/${what}`, { ...options, signal: stop.signal, cache: "no-store" });
    if (!answer.ok) throw failed(answer.status);
    return await answer.json();
  } catch (error) {
    throw error.status === undefined ? failed(0) : error;
  } finally {
    clearTimeout(timer);
  }
}

const failed = (status) => Object.assign(new Error(`status ${status}`), { status });

export const refused = (error) => error.status >= 400 && error.status < 500 && ![408, 429].includes(error.status);

/** An id of this page's own, also where `randomUUID` is missing. */
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");
