// The API key of this browser tab. It lives in sessionStorage: it survives a reload, and ends with the tab.

const STORED_AS = 'splitbook:key';

// What an HTTP header can carry as one word.
export const KEY_PATTERN = '[!-~]+';

/** Return the key given in the address (`#key=...`), or else the one this tab remembers, or ''. */
export function readKey() {
  const given = takeKeyFromAddress();
  if (given) rememberKey(given);
  return given || sessionStorage.getItem(STORED_AS) || '';
}

export function rememberKey(key) {
  if (key) sessionStorage.setItem(STORED_AS, key);
  else sessionStorage.removeItem(STORED_AS);
}

// A fragment is never sent to a server, but it would stay in the history and in every copy of the address: so it goes.
function takeKeyFromAddress() {
  // Without this, a plus sign in a key would be read as a space.
  const fragment = new URLSearchParams(location.hash.slice(1).replaceAll('+', '%2B'));
  const key = fragment.get('key')?.trim() ?? '';
  if (!fragment.has('key')) return '';

  fragment.delete('key');
  const rest = fragment.toString();
  history.replaceState(history.state, '', location.pathname + location.search + (rest && `#${rest}`));
  return new RegExp(`^${KEY_PATTERN}$`).test(key) ? key : '';
}
