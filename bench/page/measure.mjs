// Timing: contenders take turns, round after round and each time in another order, so that whatever disturbs the machine
// disturbs all of them, and so that nobody always pays for what the same other one leaves behind.
import { mulberry32, shuffle } from "./random.mjs";
import { spread } from "./spread.mjs";

const WARM_UP_RUNS = 5;
const WARM_UP_MS = 60;

/**
 * Times contenders side by side. A contender has a `name` and `variants`, ways to write the same thing with a
 * `spelling` and a function `run` that may be asynchronous. All variants take part in every round, and the one with the
 * least median stands for its contender: a choice made beforehand would be at the mercy of what disturbs the machine.
 * A sample is the mean of as many runs as fill `sampleMs`. Gives by name: `spelling`, `samples` in milliseconds.
 */
export async function race(contenders, { rounds, sampleMs = 4 }) {
  const runners = [];
  for (const { name, variants } of contenders) {
    for (const variant of variants) runners.push(await prepare(name, variant, sampleMs));
  }
  const random = mulberry32(1);
  for (let round = 0; round < rounds; round += 1) {
    for (const runner of shuffle(runners, random)) runner.samples.push(await sample(runner));
  }
  const fastest = {};
  for (const { name, spelling, samples } of runners) {
    const median = spread(samples).median;
    if (!fastest[name] || median < fastest[name].median) fastest[name] = { spelling, samples, median };
  }
  return fastest;
}

/** Warms a variant up and finds how many runs fill a sample. */
async function prepare(name, { spelling, run }, sampleMs) {
  const runner = { name, spelling, run, isAsync: run() instanceof Promise, repetitions: 1, samples: [] };
  const times = [];
  const began = performance.now();
  while (times.length < WARM_UP_RUNS || performance.now() - began < WARM_UP_MS) times.push(await sample(runner));
  runner.repetitions = Math.max(1, Math.ceil(sampleMs / Math.min(...times)));
  return runner;
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
