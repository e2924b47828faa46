// Reads embedded-jwt.tsv: tokens made here, as jose and jsonwebtoken verify them.

import assert from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as jose from "jose";
import jwt from "jsonwebtoken";

const NOW = 1_800_000_000; // the time of the test

const lines = readFileSync(new URL("embedded-jwt.tsv", import.meta.url), "utf8").split("\n");
const rows = lines.filter((line) => line && !line.startsWith("#")).map((line) => line.split("\t"));
assert(rows.length > 0);
for (const [name, algorithm, encoded, text, claims] of rows) {
  const secret = Buffer.from(encoded, "base64url");
  // A payload that travels apart is put back first.
  const token = text.replace("..", `.${Buffer.from(claims).toString("base64url")}.`);
  const options = { algorithms: [algorithm], currentDate: new Date(NOW * 1000) };
  const { payload } = await jose.jwtVerify(token, secret, options);
  assert.deepStrictEqual(payload, JSON.parse(claims), `${name}: jose`);
  const read = jwt.verify(token, secret, { algorithms: [algorithm], clockTimestamp: NOW });
  assert.deepStrictEqual(read, JSON.parse(claims), `${name}: jsonwebtoken`);
}
for (const name of ["jose", "jsonwebtoken"]) {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`);
  console.log(`${name} ${version}: ${rows.length} tokens read`);
}
