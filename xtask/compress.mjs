// Compresses each file given: writes FILE.br (what browsers get) and prints "FILE raw gzip brotli" in bytes.
// Node has both compressors built in; in Rust they would be the largest part of xtask's own compilation.
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

// Which window and block pack a file best differs by file, by a tenth of a per cent; the smallest is taken. A block of 0 leaves
// it to the compressor.
const WAYS = [[constants.BROTLI_MAX_WINDOW_BITS, 0], [18, 0], [18, 16], [20, 16], [22, 18]];

for (const file of process.argv.slice(2)) {
  const raw = readFileSync(file);
  const packed = WAYS.map(([window, block]) =>
    brotliCompressSync(raw, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_LGWIN]: window,
        [constants.BROTLI_PARAM_LGBLOCK]: block,
        [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
      },
    }),
  );
  const brotli = packed.reduce((best, one) => (one.length < best.length ? one : best));
  writeFileSync(`${file}.br`, brotli);
  console.log([file, raw.length, gzipSync(raw, { level: 9 }).length, brotli.length].join("\t"));
}
