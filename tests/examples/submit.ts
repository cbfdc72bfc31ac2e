// Submits a job, follows it and downloads what it made, with fetch and EventSource: in a browser as it is,
// but for the files; here by Node 23.6 or newer: `node --experimental-eventsource submit.ts 'a red kite'`.
// GALLEY_API and GALLEY_KEY say where and who; files land in the current folder.
import { createHash, randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { argv, env } from "node:process";

interface Asset { id: string; step: string; sha256: string; media_type: string }
interface Job { id: string; state: string; terminal: boolean; assets: Asset[] }
interface Event { n: number; type: string; step?: string }
interface Problem { title: string; detail: string; next: string; errors: { pointer?: string; detail: string }[] }

const api = env.GALLEY_API!;
const key = env.GALLEY_KEY!;

/** One request. A refusal is a problem document: it says what was wrong, where, and what to do. */
async function call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(api + path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body ? { "content-type": "application/json" } : {}), ...headers },
    body: body ? JSON.stringify(body) : undefined,
  });
  if (answer.ok) return await answer.json() as T;
  const problem = await answer.json() as Problem;
  const places = problem.errors.map((place) => `\n  ${place.pointer ?? ""}: ${place.detail}`).join("");
  throw new Error(`${problem.title}: ${problem.detail}${places}\n${problem.next}`);
}

/** Every event until the end. A page needs no more than this token: it reads this one job, for a quarter of an hour. */
async function follow(job: Job, seen: (event: Event) => void): Promise<void> {
  const { token } = await call<{ token: string }>("POST", `/v1/jobs/${job.id}/token`);
  return new Promise((done, failed) => {
    const source = new EventSource(`${api}/v1/jobs/${job.id}/events?token=${token}`);
    source.onmessage = (message) => seen(JSON.parse(message.data) as Event);
    // It comes again by itself, from the last event it saw, until the API says that there is no more (204).
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      call<Job>("GET", `/v1/jobs/${job.id}`).then((now) => now.terminal ? done() : failed(new Error("the log is closed")), failed);
    };
  });
}

/** An asset's `url` is good for some minutes and needs no key; its hash is on record. */
async function download(asset: Asset): Promise<string> {
  const { url } = await call<{ url: string }>("GET", `/v1/assets/${asset.id}`);
  const content = Buffer.from(await (await fetch(url)).arrayBuffer());
  if (createHash("sha256").update(content).digest("hex") !== asset.sha256) throw new Error(`${asset.id} is damaged`);
  const path = `${asset.id}.${asset.media_type.split("/")[1]}`;
  await writeFile(path, content);
  return path;
}

// The key makes it safe to repeat: however often this is sent, it is one job.
const request = { pipeline: "hero-image", inputs: { prompt: argv[2] ?? "a red kite over hills" } };
const submitted = await call<Job>("POST", "/v1/jobs", request, { "idempotency-key": randomUUID() });
console.log("submitted", submitted.id);
// Between two answers nothing is open, and Node would take that for the end of the program.
const awake = setInterval(() => {}, 1000);
await follow(submitted, (event) => console.log(" ", event.type, event.step ?? ""));
clearInterval(awake);
const job = await call<Job>("GET", `/v1/jobs/${submitted.id}`);
for (const asset of job.assets.filter((asset) => asset.step === "ladder")) console.log("downloaded", await download(asset));
console.log(job.state);
process.exitCode = job.state === "succeeded" ? 0 : 1;
