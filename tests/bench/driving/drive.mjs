// As drive.py, for a peer that runs in Node, beside its app.mjs.
import { constants, openSync, readSync } from "node:fs";
import * as app from "./app.mjs";

const WARM = 50;
const REST = 20; // milliseconds
const now = () => Number(process.hrtime.bigint()) / 1e9;

async function fill(kind, count) {
  await app.many(kind, Number(count));
  return { count: Number(count) };
}

async function one(kind, seconds) {
  for (let i = 0; i < WARM; i++) await app.one(kind);
  const began = now();
  let count = 0;
  for (; now() - began < Number(seconds); count += 50) for (let i = 0; i < 50; i++) await app.one(kind);
  return { rate: count / (now() - began) };
}

async function bulk(kind, seconds, size) {
  await app.many(kind, WARM);
  const began = now();
  let count = 0;
  for (; now() - began < Number(seconds); count += Number(size)) await app.many(kind, Number(size));
  return { rate: count / (now() - began) };
}

async function pickups(count) {
  const line = openSync("fifo", constants.O_RDWR);
  const read = Buffer.alloc(64);
  const found = [];
  for (let i = 0; i < Number(count) + 10; i++) {
    const sent = process.hrtime.bigint();
    await app.one("stamp");
    const began = BigInt(read.toString("ascii", 0, readSync(line, read)).trim());
    if (i >= 10) found.push(Number(began - sent) / 1000);
    await new Promise((done) => setTimeout(done, REST));
  }
  return { microseconds: found };
}

const [what, ...words] = process.argv.slice(2);
console.log(JSON.stringify(await { fill, one, bulk, pickups }[what](...words)));
await app.closes();
process.exit(0);
