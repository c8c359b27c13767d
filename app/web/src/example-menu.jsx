import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';

import { EXAMPLES } from './examples.js';

/** Opens an example in a new tab, for whoever has closed or changed the first ones. */
export function ExampleMenu() {
  const { addTab } = useGraphiQLActions();
  const queryEditor = useGraphiQL((state) => state.queryEditor);

  function open(event) {
    const example = EXAMPLES[event.target.value];
    addTab();
    queryEditor.setValue(example.query);
  }

  return (
    <select className="example-menu" aria-label="Open an example" value="" onChange={open} disabled={!queryEditor}>
      <option value="" disabled>
        Examples
      </option>
      {EXAMPLES.map((example, index) => (
        <option key={example.name} value={index}>
          {example.name}
        </option>
      ))}
    </select>
  );
}
