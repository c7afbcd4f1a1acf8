// One JSON POST per operation; no subscriptions, no incremental delivery.
export function createFetcher(endpoint, configHeaders) {
  let edited = false;
  let wasRefused = false; // the last introspection answered 401
  let onAccepted = () => {};

  async function fetcher(params, options) {
    const isIntrospection = params.operationName === "IntrospectionQuery";
    // GraphiQL introspects before its header editor exists, hence without the
    // headers that editor is about to show. Once it was edited, it alone decides.
    const headers = options?.headers ?? (edited ? undefined : configHeaders);
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/graphql-response+json, application/json",
        ...headers,
      },
      body: JSON.stringify(params),
    });
    const text = await response.text();
    let result;
    try {
      result = JSON.parse(text);
    } catch {
      result = { errors: [{ message: `HTTP ${response.status} ${response.statusText}`.trim() + (text ? `: ${text.slice(0, 500)}` : "") }] };
    }
    if (isIntrospection) {
      wasRefused = response.status === 401;
      // Without a `data` key GraphiQL would ask a second time.
      if (result && typeof result === "object" && !("data" in result)) result.data = undefined;
    } else if (wasRefused && response.ok) {
      wasRefused = false;
      onAccepted();
    }
    return result;
  }

  fetcher.headersEdited = () => {
    edited = true;
  };
  // Called when an operation is accepted after introspection was refused.
  fetcher.setOnAccepted = (callback) => {
    onAccepted = callback;
  };
  return fetcher;
}
