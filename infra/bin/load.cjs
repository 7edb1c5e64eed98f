"use strict";
const fs = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");
const vm = require("node:vm");

/**
 * Requires a bundle with V8's compiled code kept beside it: parsing megabytes of JavaScript is most of the
 * start-up time of a short program. A missing or rejected code cache costs only time.
 */
function load(file) {
  const cacheFile = `${file}.${process.version}-${process.arch}.v8`;
  const source = fs.readFileSync(file, "utf8");
  let cachedData;
  try {
    cachedData = fs.readFileSync(cacheFile);
  } catch {}
  const script = new vm.Script(`(function(exports,require,module,__filename,__dirname){${source}\n})`, {
    filename: file,
    cachedData,
    importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {}, filename: file, id: file };
  const require = createRequire(path.join(__dirname, "bundle.cjs"));
  require.main = module;
  script.runInThisContext().call(module.exports, module.exports, require, module, file, path.dirname(file));
  if (!cachedData || script.cachedDataRejected) {
    // At exit the functions that were really used are compiled too.
    process.once("exit", () => {
      try {
        const temporary = `${cacheFile}.${process.pid}.tmp`;
        fs.writeFileSync(temporary, script.createCachedData());
        fs.renameSync(temporary, cacheFile);
      } catch {}
    });
  }
  return module.exports;
}

module.exports = { load };
