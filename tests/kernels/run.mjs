// Runs the comparison of tests/kernels as wasm: `node run.mjs couplet-kernel-check.wasm`. The module must have vector
// instructions in it, so that a build without them cannot pass unseen.
import { readFile } from "node:fs/promises";

const bytes = await readFile(process.argv[2]);
const module = await WebAssembly.compile(bytes);
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) {
    throw new Error(`the program asks for ${imports.map((wanted) => wanted.name).join(", ")}`);
}
// The prefix of vector instructions, followed by `i8x16.bitmask` and by `i8x16.swizzle`.
for (const opcode of [0x64, 0x0e]) {
    if (!bytes.includes(Buffer.from([0xfd, opcode]))) {
        throw new Error("the program has no vector instructions: was it built with simd128?");
    }
}
const instance = await WebAssembly.instantiate(module, {});
const code = instance.exports.main(0, 0);
console.log(`kernel tests: ${code === 0 ? 1 : 0} passed, ${code === 0 ? 0 : 1} failed`);
if (code !== 0) {
    console.error(`comparison ${code} of tests/kernels/src/lib.rs found a difference`);
}
process.exitCode = code === 0 ? 0 : 1;
