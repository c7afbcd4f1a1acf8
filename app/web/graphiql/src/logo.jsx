import { useGraphiQLActions } from "@graphiql/react";
import { useEffect } from "react";

/** The page's name; it also loads the schema once a refused visitor's token is accepted. */
export function Logo({ fetcher }) {
  const { introspect } = useGraphiQLActions();
  useEffect(() => fetcher.setOnAccepted(() => introspect()), [fetcher, introspect]);
  return <span className="bulkhead-logo">Bulkhead</span>;
}
