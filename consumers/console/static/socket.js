// The hub's socket: reconnects by itself, and goes on where it was.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 5_000;
export const SIGNED_OUT = 4401;

/**
 * `resume()` gives the page's first words each time; `heard(message)` takes what comes;
 * `signedOut()` is called when the session has ended. Returns `{ say, close, reopen }`.
 */
export function connect(address, { resume, heard, signedOut }) {
  let socket = null;
  let wait = FIRST_WAIT;
  let timer = null;
  let wanted = true;

  function open() {
    clearTimeout(timer);
    wanted = true;
    socket = new WebSocket(address);
    socket.addEventListener("open", () => socket.send(JSON.stringify(resume())));
    socket.addEventListener("message", (frame) => {
      wait = FIRST_WAIT;
      heard(JSON.parse(frame.data));
    });
    socket.addEventListener("close", (closing) => {
      if (closing.code === SIGNED_OUT) return signedOut();
      if (!wanted) return;
      timer = setTimeout(open, wait * (0.75 + Math.random() / 2));
      wait = Math.min(LONGEST_WAIT, wait * 2);
    });
  }

  function say(message) {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  function close() {
    wanted = false;
    clearTimeout(timer);
    socket.close();
  }

  addEventListener("online", () => {
    if (wanted && socket.readyState === WebSocket.CLOSED) open();
  });
  open();
  return { say, close, reopen: open };
}
