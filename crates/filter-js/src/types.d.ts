/** Type of a field in Business Central. */
export type FieldType =
  | "text" | "code" | "integer" | "bigInteger" | "decimal" | "boolean" | "option" | "date" | "dateTime" | "time"
  | "duration" | "guid";

/** A member of an option or enum field. */
export interface OptionMember {
  ordinal: number;
  name: string;
  /** What people call it; read in filters like the name, and used in sentences. */
  caption?: string;
}

/** The field that a filter is for. */
export interface Field {
  type: FieldType;
  /** Longest value of a text or code in characters. */
  maxLength?: number;
  /** Members of an option. */
  options?: OptionMember[];
  /** What a sentence calls the field. */
  caption?: string;
  /** What OData calls the field. */
  property?: string;
  /** Dataverse ignores case in every text; Business Central, the default, does not without `@`. */
  system?: "businessCentral" | "dataverse";
}

/** A filter for a field; conditions of several fields hold together. */
export interface Condition {
  field: Field;
  filter: string;
}

/** What filters may depend on from outside. */
export interface Settings {
  /** What `now` and `today` stand for, as ISO 8601; the machine's clock if it is missing. */
  now?: string;
  /** Where days begin, in minutes east of UTC; 0 if it is missing. */
  utcOffsetMinutes?: number;
  /** `YYYY-MM-DD`; today if it is missing. */
  workDate?: string;
  /** What `%me` stands for. */
  userId?: string;
  /** What `%company` stands for. */
  company?: string;
  /** How a region writes dates; without it only ISO dates are read. */
  dateOrder?: "DMY" | "MDY" | "YMD";
}

/** A value of a field: texts, numbers or numerals, `Date` or ISO texts, ordinals of options, ids as texts. */
export type Value = string | number | bigint | boolean | Date | null | undefined;

/** A value in a filter. Places count UTF-16 units, as JavaScript strings do. */
export interface FilterValue {
  text: string;
  quoted: boolean;
  start: number;
  end: number;
}

/** The tree of a filter. */
export type FilterTree =
  | { kind: "any" | "all"; parts: FilterTree[] }
  | { kind: "value"; value: FilterValue; start: number; end: number }
  | { kind: "comparison"; operator: "=" | "<>" | "<" | "<=" | ">" | ">="; value: FilterValue; start: number; end: number }
  | { kind: "interval"; from: FilterValue | null; to: FilterValue | null; start: number; end: number };

/** Why a value passes or does not: every term of the filter from left to right. */
export interface Explanation {
  passes: boolean;
  terms: { start: number; end: number; passed: boolean }[];
}

/** What is thrown. */
export interface FilterError extends Error {
  name: "FilterError";
  /** `filter.missing-value`, `odata.pattern`, or `argument` when an argument is of the wrong kind. */
  code: string;
  /** Where in the filter, in UTF-16 units; missing when an argument is of the wrong kind. */
  start?: number;
  end?: number;
  /** Which condition, from 0, where several were given. */
  condition?: number;
}

/** Reads a filter into its tree; `null` for an empty filter. Throws `FilterError`. */
export function parse(filter: string): FilterTree | null;
/** Says whether a value passes, and which terms of the filter it passes. Throws `FilterError`. */
export function explain(filter: string, field: Field, value: Value, settings?: Settings): Explanation;
/** Says of each value whether it passes. Throws `FilterError`. */
export function evaluate(filter: string, field: Field, values: Value[], settings?: Settings): boolean[];
/** Writes conditions as an OData expression, empty where every record passes. Throws `FilterError`. */
export function toOData(conditions: Condition[], settings?: Settings): string;
/** Says in English or French what conditions let pass. Throws `FilterError`. */
export function toSentence(conditions: Condition[], language: "en" | "fr", settings?: Settings): string;
