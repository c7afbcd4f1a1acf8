// localStorage under our own prefix (other GraphiQL pages share origins such as
// localhost:8000), and without request headers: GraphiQL's history would otherwise
// keep each query's bearer token on disk, whatever `shouldPersistHeaders` says.
const PREFIX = "bulkhead:";
const HISTORY = new Set(["graphiql:queries", "graphiql:favorites"]);

function mapHistory(value, headers) {
  try {
    return JSON.stringify(
      Object.fromEntries(
        Object.entries(JSON.parse(value)).map(([key, items]) => [key, items.map((item) => ({ ...item, headers }))]),
      ),
    );
  } catch {
    return null;
  }
}

/** Null where the browser forbids storage; GraphiQL then keeps nothing. */
export function createStorage(currentHeaders) {
  try {
    localStorage.getItem(PREFIX);
  } catch {
    return null;
  }
  const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  return {
    getItem(key) {
      const value = localStorage.getItem(PREFIX + key);
      // A stored query is run again with the headers of this visit.
      return value && HISTORY.has(key) ? mapHistory(value, currentHeaders) : value;
    },
    setItem(key, value) {
      const kept = HISTORY.has(key) ? mapHistory(value, undefined) : value;
      if (kept !== null) localStorage.setItem(PREFIX + key, kept);
    },
    removeItem(key) {
      localStorage.removeItem(PREFIX + key);
    },
    clear() {
      for (const key of keys()) localStorage.removeItem(key);
    },
    get length() {
      return keys().length;
    },
  };
}
