// What a person does goes by HTTP; what came of it comes back through the hub. Each act has a key
// under which its button shows "Not sent yet" or what went wrong.

const AGAIN = 3_000;
const PATIENCE = 5_000; // without an answer for so long, it reads "Not sent yet"

export function acting({ csrf, changed, signedOut }) {
  const under = new Map(); // key -> { state: "sending" | "unsent" | "refused", code }

  async function post(path, body) {
    const answer = await fetch(path, {
      method: "POST",
      keepalive: true, // it goes through even when the page is left just then
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf() },
      body: JSON.stringify(body ?? {}),
    });
    const told = await answer.json().catch(() => ({}));
    return { ok: answer.ok, status: answer.status, told };
  }

  function stand(key, state) {
    under.set(key, { state });
    changed();
  }

  /** Sends once; a device that is offline keeps it and tries again until it is through. */
  async function act(key, path, body) {
    if (["sending", "unsent"].includes(under.get(key)?.state)) return null;
    stand(key, "sending");
    for (;;) {
      let answer;
      const late = setTimeout(() => stand(key, "unsent"), PATIENCE);
      try {
        answer = await post(path, body).finally(() => clearTimeout(late));
      } catch {
        stand(key, "unsent");
        await new Promise((done) => setTimeout(done, AGAIN));
        continue;
      }
      if (answer.status === 401) signedOut();
      if (answer.ok) under.delete(key);
      else under.set(key, { state: "refused", code: answer.told.error ?? String(answer.status) });
      changed();
      return answer;
    }
  }

  const state = (key) => under.get(key) ?? null;
  const forget = (key) => under.delete(key) && changed();
  return { act, post, state, forget };
}
