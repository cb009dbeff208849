// Timing: contenders take turns, round after round and each time in another order, so that whatever disturbs the machine
// disturbs all of them, and so that nobody always pays for what the same other one leaves behind.
import { mulberry32, shuffle } from "./random.mjs";
import { spread } from "./spread.mjs";

const WARM_UP_RUNS = 5;
const WARM_UP_MS = 60;

/**
 * Times contenders side by side. A contender has a `name` and `variants`, ways to write the same thing with a
 * `spelling` and a function `run` that may be asynchronous; the fastest of them in the warm-up takes part. A sample is
 * the mean of as many runs as fill `sampleMs`. Gives by name: `spelling`, `samples` in milliseconds.
 */
export async function race(contenders, { rounds, sampleMs = 4 }) {
  const runners = [];
  for (const contender of contenders) runners.push(await prepare(contender, sampleMs));
  const random = mulberry32(1);
  for (let round = 0; round < rounds; round += 1) {
    for (const runner of shuffle(runners, random)) runner.samples.push(await sample(runner));
  }
  return Object.fromEntries(runners.map(({ name, spelling, samples }) => [name, { spelling, samples }]));
}

async function prepare({ name, variants }, sampleMs) {
  let fastest;
  for (const { spelling, run } of variants) {
    const isAsync = run() instanceof Promise;
    const runner = { name, spelling, run, isAsync, repetitions: 1, samples: [] };
    const times = [];
    const began = performance.now();
    while (times.length < WARM_UP_RUNS || performance.now() - began < WARM_UP_MS) times.push(await sample(runner));
    runner.typical = spread(times.slice(times.length >> 1)).median;
    if (!fastest || runner.typical < fastest.typical) fastest = runner;
  }
  fastest.repetitions = Math.max(1, Math.ceil(sampleMs / fastest.typical));
  return fastest;
}

/**
 * Milliseconds of one run, after one that is not timed and brings back into the caches what the contender before took
 * out of them. Runs that are not asynchronous are not slowed by waiting for them.
 */
async function sample({ run, isAsync, repetitions }) {
  if (isAsync) await run();
  else run();
  const began = performance.now();
  if (isAsync) for (let done = 0; done < repetitions; done += 1) await run();
  else for (let done = 0; done < repetitions; done += 1) run();
  return Math.max(performance.now() - began, 0.001) / repetitions;
}
