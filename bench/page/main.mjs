// What the driver calls in the page. Everything measured runs here, in one page of one browser.
import { measureDecoding } from "./decode.mjs";
import { measureFilters } from "./filters.mjs";

globalThis.coupletBench = { filters: measureFilters, decode: measureDecoding };
