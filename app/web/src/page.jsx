import { createLocalStorage } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';

import { connect } from './connection.js';
import { ExampleMenu } from './example-menu.jsx';
import { EXAMPLES } from './examples.js';
import { KeyForm } from './key-form.jsx';
import { readKey, rememberKey } from './key.js';

// Other tools on this origin use GraphiQL too; a prefix of our own keeps their tabs out of ours.
const storage = createLocalStorage({ namespace: 'splitbook' });

export function Page() {
  const [key, setKey] = useState(readKey);
  // An answer counts for the key it was given to: a late one to an earlier key says nothing about this one.
  const [answer, setAnswer] = useState({ key: '', status: null });
  const connection = useMemo(() => connect({ key, onAnswer: (status) => setAnswer({ key, status }) }), [key]);
  useEffect(() => () => connection.close(), [connection]);

  useEffect(() => {
    // An address with another #key, pasted into the open page, does not load it anew.
    const takeKey = () => setKey(readKey());
    window.addEventListener('hashchange', takeKey);
    return () => window.removeEventListener('hashchange', takeKey);
  }, []);

  function changeKey(newKey) {
    rememberKey(newKey);
    setKey(newKey);
  }

  return (
    <>
      <header className="page-header">
        <h1>Splitbook</h1>
        <KeyForm key={key} current={key} status={answer.key === key ? answer.status : null} onUse={changeKey} />
        <nav aria-label="Documentation">
          <a href="/docs.html">How to use this API</a>
        </nav>
      </header>
      <main className="page-main">
        <GraphiQL
          fetcher={connection.fetcher}
          // null: do not ask for the schema, there is no key to ask with.
          schema={key ? undefined : null}
          schemaDescription
          defaultTabs={EXAMPLES}
          defaultTheme="light"
          isHeadersEditorEnabled={false}
          showPersistHeadersSettings={false}
          storage={storage}
        >
          <GraphiQL.Logo>
            <ExampleMenu />
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}
