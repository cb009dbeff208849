// Checksums that both sides of a comparison compute: order matters, 32 bits.

/** Adds a value. */
export function addToChecksum(sum, value) {
  return (Math.imul(sum, 31) + value) >>> 0;
}

/** Of whole numbers in their order. */
export function checksumOf(values) {
  let sum = 0;
  for (const value of values) sum = addToChecksum(sum, value);
  return sum;
}

/** Of a text, by its UTF-16 units. */
export function checksumOfText(text) {
  let sum = 0;
  for (let unit = 0; unit < text.length; unit += 1) sum = addToChecksum(sum, text.charCodeAt(unit));
  return sum;
}

/** Fails the benchmark when two sides answer differently: their times must not be compared. */
export function expectSame(what, expected, found) {
  if (expected !== found) throw new Error(`${what}: expected ${expected}, found ${found}`);
}
