// Each file of `examples/` becomes one tab, in the order of the file names; GraphiQL names a tab after its operation.

const files = import.meta.glob('../examples/*.graphql', { query: '?raw', import: 'default', eager: true });

export const EXAMPLES = Object.keys(files)
  .sort()
  .map((path) => ({
    name: path.replace(/^.*\/\d+-|\.graphql$/g, '').replaceAll('-', ' '),
    query: files[path],
  }));
