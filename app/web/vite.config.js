import { defineConfig } from 'vite';

// Dependencies mark files for React servers with "use client"; in a bundle for browsers the mark means nothing.
function passOnLog(level, log, handle) {
  if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
}

export default defineConfig({
  base: '/',
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    target: 'es2022',
    // The wheel passes the bundled packages on, so their licences travel with it.
    license: { fileName: 'licenses.md' },
    // Monaco is one large module; it is loaded after the page, from this machine.
    chunkSizeWarningLimit: 3000,
    rolldownOptions: { input: ['index.html', 'docs.html'], onLog: passOnLog },
  },
  worker: { format: 'es' },
  // `npm run dev` shows changes at once and speaks to a Splitbook that is already running.
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8000', ws: true } } },
});
