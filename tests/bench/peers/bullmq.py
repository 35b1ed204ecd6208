"""BullMQ: one Node process that runs a hundred jobs side by side."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.bench.environments import node_environment, version_of_node_package
from tests.bench.peers.peer import DRIVING, Counting, Peer, Variant

_APP = """\
import { Queue } from "bullmq";

const url = new URL(process.env.BENCH_REDIS);
export const connection = { host: url.hostname, port: Number(url.port), maxRetriesPerRequest: null };
export const queue = new Queue("bench", { connection });
const TEXT = "x".repeat(1000);
const argument = (kind) => (kind === "echo" ? { text: TEXT } : {});

export const one = (kind) => queue.add(kind, argument(kind));
export async function many(kind, count) {
  for (let start = 0; start < count; start += 1000) {
    const size = Math.min(1000, count - start);
    await queue.addBulk(Array.from({ length: size }, () => ({ name: kind, data: argument(kind) })));
  }
}
export const closes = () => queue.close();
"""
_WORKER = """\
import { closeSync, openSync, writeSync } from "node:fs";
import { Worker } from "bullmq";
import { connection } from "./app.mjs";

function stamp() {
  const began = process.hrtime.bigint();
  const line = openSync("fifo", "w");
  writeSync(line, `${began}\\n`);
  closeSync(line);
}
const tasks = { noop: () => {}, echo: (data) => data.text, stamp };
const worker = new Worker("bench", async (job) => tasks[job.name](job.data), { connection, concurrency: 100 });
process.on("SIGTERM", () => worker.close().then(() => process.exit(0)));
"""


class BullMq(Peer):
    """BullMQ."""

    name = "bullmq"
    variants = (Variant("one Node process, concurrency 100", ("node", "worker.mjs"), processes=False),)
    bulk = (Variant("addBulk, 1,000 at a time", ()),)

    def __init__(self) -> None:
        self._modules = Path()

    def make(self) -> str:
        folder = node_environment(self.name, ("bullmq", "ioredis"))
        self._modules = folder / "node_modules"
        return version_of_node_package(folder, "bullmq")

    def furnish(self, folder: Path) -> None:
        (folder / "node_modules").symlink_to(self._modules)
        (folder / "app.mjs").write_text(_APP)
        (folder / "worker.mjs").write_text(_WORKER)
        (folder / "drive.mjs").write_text((DRIVING / "drive.mjs").read_text())

    def program(self, name: str) -> str:
        return shutil.which(name) or name

    def driver(self) -> tuple[str, ...]:
        return self.program("node"), "drive.mjs"

    def counting(self, kind: str) -> Counting:
        return Counting((("ZCARD", "bull:bench:completed"),))
