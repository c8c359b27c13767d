import { createRoot } from 'react-dom/client';

import './workers.js';
import '@graphiql/react/style.css';
import '@graphiql/react/font/fira-code.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './page.css';
import { Page } from './page.jsx';

createRoot(document.getElementById('page')).render(<Page />);
