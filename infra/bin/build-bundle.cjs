"use strict";
// Child process of bundle.cjs: esbuild's plugins are asynchronous, its callers are not.
const fs = require("node:fs");
const path = require("node:path");
const { build } = require("esbuild");

/** Gives our own sources their real __dirname, so that scripts and manifests beside them are found. */
const realDirname = (clone) => ({
  name: "real-dirname",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
      if (file.includes(`${path.sep}node_modules${path.sep}`) || !file.startsWith(clone)) return undefined;
      const source = fs.readFileSync(file, "utf8");
      if (!/\b__dirname\b/.test(source)) return undefined;
      return { contents: `const __dirname=${JSON.stringify(path.dirname(file))};${source}`, loader: "ts" };
    });
  },
});

/** The SDK loads the TypeScript compiler for functions that are sent elsewhere; most programs send none. */
const compilerOnDemand = {
  name: "compiler-on-demand",
  setup({ onLoad }) {
    onLoad({ filter: /@pulumi[\\/]pulumi[\\/]typescript-shim\.js$/ }, () => ({
      contents: 'module.exports=new Proxy({},{get:(_,key)=>require("typescript")[key]});',
      loader: "js",
    }));
  },
};

async function main({ clone, entry, external, outfile }) {
  const { metafile } = await build({
    absWorkingDir: clone,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    metafile: true,
    minifyWhitespace: true,
    keepNames: true,
    loader: { ".node": "empty" },
    logLevel: "error",
    // Optional parts that are probed for at run time and absent here.
    external: ["cpu-features", "*/sshcrypto.node", "ts-node", "typescript", ...external],
    define: { "import.meta.url": "__bundleUrl" },
    banner: { js: 'const __bundleUrl=require("node:url").pathToFileURL(__filename).href;' },
    plugins: [realDirname(clone), compilerOnDemand],
  });
  process.stdout.write(JSON.stringify(Object.keys(metafile.inputs)));
}

main(JSON.parse(fs.readFileSync(0, "utf8"))).catch(() => {
  process.exitCode = 1;
});
