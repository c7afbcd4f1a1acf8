import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import "graphiql/style.css";
import "./page.css";
import { createFetcher } from "./fetcher.js";
import { Logo } from "./logo.jsx";
import { createStorage } from "./storage.js";

// Monaco's workers are served by us, beside this script.
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const name = label === "json" || label === "graphql" ? label : "editor";
    return new Worker(new URL(`./${name}.worker.js`, import.meta.url));
  },
};

const config = JSON.parse(document.getElementById("bulkhead-config").textContent || "{}");
const headers = config.headers ? JSON.stringify(config.headers, null, 2) : undefined;
const storage = createStorage(headers);
const fetcher = createFetcher(config.endpoint || "/graphql", config.headers);

// On the first visit, and whenever the server offers another query than last time,
// open the server's query; on later visits keep the tabs the visitor left.
const query = config.query || undefined;
const isNewQuery = query && storage?.getItem("offeredQuery") !== query;
if (isNewQuery) storage?.setItem("offeredQuery", query);

createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    defaultQuery={query}
    initialQuery={isNewQuery ? query : undefined}
    initialHeaders={headers}
    defaultHeaders={headers}
    shouldPersistHeaders={false}
    isHeadersEditorEnabled
    defaultEditorToolsVisibility="headers"
    onEditHeaders={fetcher.headersEdited}
  >
    <GraphiQL.Logo>
      <Logo fetcher={fetcher} />
    </GraphiQL.Logo>
  </GraphiQL>,
);
