// Monaco asks for its language workers by label. Importing them here lets Vite bundle each into a file of our own;
// GraphiQL's ready-made set-up module does the same, but fails under `vite dev`.
import EditorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker';
import JsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker';
import GraphqlWorker from 'monaco-graphql/esm/graphql.worker.js?worker';

const WORKERS = { json: JsonWorker, graphql: GraphqlWorker };

globalThis.MonacoEnvironment = {
  getWorker(_moduleId, label) {
    const Worker = WORKERS[label] ?? EditorWorker;
    return new Worker();
  },
};
