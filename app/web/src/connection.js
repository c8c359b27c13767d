// How GraphiQL speaks to the server that served this page: queries, mutations and introspection by POST, subscriptions
// by graphql-transport-ws, both at /graphql and both with the key of the page.

import { getOperationAST, parse } from 'graphql';
import { createClient } from 'graphql-ws';

import { listMessages } from './message-list.js';

const ENDPOINT = '/graphql';

/**
 * Return `{ fetcher, close }` for one key.
 *
 * `onAnswer(status)` hears the HTTP status of each answer.
 */
export function connect({ key, onAnswer }) {
  const authorization = `Bearer ${key}`;
  const socket = createClient({
    url: () => `${location.origin.replace(/^http/, 'ws')}${ENDPOINT}`,
    connectionParams: { Authorization: authorization },
    // A silent retry would start the stream over and show events twice or leave some out: the reader decides.
    retryAttempts: 0,
  });

  function fetcher(request) {
    if (!key) return refuseWithoutKey();
    return isSubscription(request) ? listMessages(socket.iterate(request)) : post(request, { authorization, onAnswer });
  }

  return { fetcher, close: () => socket.dispose() };
}

async function refuseWithoutKey() {
  return { errors: [{ message: 'No API key yet: enter one at the top of this page.' }] };
}

function isSubscription({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === 'subscription';
  } catch {
    return false; // A syntax error: the server's answer says where.
  }
}

async function post(request, { authorization, onAnswer }) {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      authorization,
    },
    body: JSON.stringify(request),
  });
  onAnswer(response.status);
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `The server answered with status ${response.status} and no JSON.` }] };
  }
}
