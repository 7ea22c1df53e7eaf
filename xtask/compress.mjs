// Compresses each file given: writes FILE.br (what browsers get) and prints "FILE raw gzip brotli" in bytes.
// Node has both compressors built in; in Rust they would be the largest part of xtask's own compilation.
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

for (const file of process.argv.slice(2)) {
  const raw = readFileSync(file);
  const brotli = brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
  writeFileSync(`${file}.br`, brotli);
  console.log([file, raw.length, gzipSync(raw, { level: 9 }).length, brotli.length].join("\t"));
}
