import { useState } from 'react';

import { KEY_PATTERN } from './key.js';

/** The field for the API key: nothing is sent until the form is. */
export function KeyForm({ current, status, onUse }) {
  const [isShown, setShown] = useState(false);

  function submit(event) {
    event.preventDefault();
    onUse(new FormData(event.currentTarget).get('key').trim());
  }

  return (
    <form className="key-form" onSubmit={submit}>
      <label htmlFor="api-key">API key</label>
      <input
        id="api-key"
        name="key"
        // Not a password field: the browser would offer to keep the key, which should end with this tab.
        type="text"
        className={isShown ? 'shown' : 'veiled'}
        defaultValue={current}
        pattern={`\\s*${KEY_PATTERN}\\s*`}
        title="An API key is one word of plain letters, digits and signs"
        placeholder="Paste the key that make run prints"
        autoComplete="off"
        spellCheck="false"
        aria-describedby="key-state"
        autoFocus={!current}
      />
      <button type="button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? 'Hide' : 'Show'}
      </button>
      <button type="submit" className="primary">
        Use key
      </button>
      <output id="key-state" data-state={keyState(current, status)}>
        {KEY_STATES[keyState(current, status)]}
      </output>
    </form>
  );
}

const KEY_STATES = {
  missing: 'No key yet',
  unknown: 'Key not tried yet',
  refused: 'Key refused',
  accepted: 'Key accepted',
};

function keyState(current, status) {
  if (!current) return 'missing';
  if (status === null) return 'unknown';
  return status === 401 || status === 403 ? 'refused' : 'accepted';
}
