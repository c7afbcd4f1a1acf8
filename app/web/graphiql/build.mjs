// Builds the GraphiQL page's assets into ../static/graphiql (fixed names, no source maps).
import { build } from "esbuild";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "../static/graphiql");

const trims = {
  name: "trims",
  setup({ onLoad }) {
    // graphiql/style.css already holds Monaco's CSS and icon font; Monaco's modules
    // import the same sheets again, one by one. Take them once.
    onLoad({ filter: /[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: "", loader: "css" }));
    // What this module of graphql is in production; esbuild does not drop its other half.
    onLoad({ filter: /[\\/]graphql[\\/]jsutils[\\/]instanceOf\.m?js$/ }, () => ({
      contents: "export const instanceOf = (value, constructor) => value instanceof constructor;",
    }));
  },
};

const common = {
  absWorkingDir: here,
  outdir: out,
  bundle: true,
  minify: true,
  metafile: true,
  target: "es2022",
  legalComments: "none", // collected in LICENSES.txt instead
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [trims],
  logLevel: "warning",
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await cp(path.join(here, "src/index.html"), path.join(out, "index.html"));

const results = await Promise.all([
  build({
    ...common,
    entryPoints: { graphiql: "src/main.jsx" },
    format: "esm",
    jsx: "automatic",
  }),
  build({
    ...common,
    entryPoints: {
      "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
      "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
      "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    },
    format: "iife",
  }),
]);

// LICENSES.txt: the licence of every package that went into the bundles, each text once.
const dirs = new Set();
for (const { metafile } of results) {
  for (const output of Object.values(metafile.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(output.inputs)) {
      const dir = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
      if (dir && bytesInOutput) dirs.add(dir);
    }
  }
}
const names = new Map(); // licence text -> names of its packages
for (const dir of [...dirs].sort()) {
  const { name, version, license } = JSON.parse(await readFile(path.join(here, dir, "package.json"), "utf8"));
  const file = (await readdir(path.join(here, dir))).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? await readFile(path.join(here, dir, file), "utf8") : `Licence: ${license}`;
  const key = text.replaceAll("\r\n", "\n").trim();
  names.set(key, (names.get(key) ?? new Set()).add(`${name} ${version}`));
}
const sections = [...names].map(([text, of]) => `${[...of].join(", ")}\n\n${text}\n`);
for (const notices of ["src/notices.txt", "node_modules/monaco-editor/ThirdPartyNotices.txt"]) {
  sections.push((await readFile(path.join(here, notices), "utf8")).replaceAll("\r\n", "\n").trim() + "\n");
}
await writeFile(path.join(out, "LICENSES.txt"), sections.join(`\n${"-".repeat(72)}\n\n`));

// The page must work with no internet. Its scripts and styles name other hosts only in
// messages and namespaces; a host that is not listed here wants a look before it is let in.
const known = /^(www\.w3\.org|json-schema\.org|github\.com|code\.visualstudio\.com|microsoft\.com|commonmark\.org|en\.wikipedia\.org|prettier\.io|react\.dev)$/;
let total = 0;
for (const file of (await readdir(out)).sort()) {
  const body = await readFile(path.join(out, file), "utf8");
  const problems = [...body.matchAll(/https?:\/\/([\w-]+(?:\.[\w-]+)+)/g)].map((m) => m[1]).filter((host) => file !== "LICENSES.txt" && !known.test(host));
  if (body.includes(here)) problems.push("a path of this machine");
  if (body.includes("sourceMappingURL=")) problems.push("a source map");
  for (const problem of new Set(problems)) {
    process.exitCode = 1;
    console.error(`${file}: names ${problem}`);
  }
  total += Buffer.byteLength(body);
  console.log(`${String(Buffer.byteLength(body)).padStart(9)}  ${file}`);
}
console.log(`${String(total).padStart(9)}  total`);
