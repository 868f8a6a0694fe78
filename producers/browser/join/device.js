// What kind of phone this is, as far as it says: for the check, and for those who help.

/** `{kind, os, browser}` of the contract. */
export function device(agent = navigator.userAgent, touch = navigator.maxTouchPoints ?? 0) {
  const first = (pairs) => pairs.find(([pattern]) => pattern.test(agent))?.[1];
  const tablet = /iPad|Tablet|Android(?!.*Mobile)/.test(agent) || (/Macintosh/.test(agent) && touch > 1);
  const kind = tablet ? "tablet" : /Mobi|iPhone|Android/.test(agent) ? "phone" : "desktop";
  const os = first([[/Android/, "Android"], [/iPhone|iPad|iPod/, "iOS"], [/CrOS/, "ChromeOS"], [/Windows/, "Windows"], [/Macintosh/, touch > 1 ? "iOS" : "macOS"], [/Linux/, "Linux"]]);
  const browser = first([[/Edg/, "Edge"], [/SamsungBrowser/, "Samsung"], [/Firefox|FxiOS/, "Firefox"], [/Chrome|CriOS/, "Chrome"], [/Safari/, "Safari"]]);
  return { kind, ...(os && { os }), ...(browser && { browser }) };
}

/** `{type}` of the contract. */
export function network(connection = navigator.connection) {
  const known = ["wifi", "cellular", "ethernet"].includes(connection?.type);
  return { type: known ? connection.type : "unknown" };
}

/** Opened inside of another app (a messenger's own browser), where camera and sound often fail. */
export const insideApp = (agent = navigator.userAgent) =>
  /FBAN|FBAV|FB_IAB|Instagram|Messenger|Line\/|WhatsApp|Snapchat|TikTok|musical_ly|Twitter|; wv\)/.test(agent);

/** The address that opens this page in Chrome; only Android's apps can be told so. */
export function inChrome(address = location.href, agent = navigator.userAgent) {
  if (!/Android/.test(agent)) return null;
  const { host, pathname, search, protocol } = new URL(address);
  return `intent://${host}${pathname}${search}#Intent;scheme=${protocol.slice(0, -1)};package=com.android.chrome;end`;
}
