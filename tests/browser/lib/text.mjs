// What may stand on a screen: no left-over English word, and dates in one form only (2026-11-23 09:12).

const ALLOWED_WORDS = new Set([
  // names of formats, techniques and units that Chinese text keeps
  'CSV', 'XLSX', 'JSON', 'API', 'APP', 'OpenAPI', 'ID', 'GPS', 'CTI', 'PDF', 'JPG', 'JPEG', 'PNG', 'WebP', 'EXIF', 'IP', 'TOTP', 'OTP',
  'DNA', 'UTF', 'UUID', 'GBK', 'HTTP', 'HTTPS', 'SQLite', 'PostgreSQL', 'MiB', 'MB', 'KB', 'GB', 'SM', 'AES', 'SHA',
  // keys, as printed on them
  'Ctrl', 'Alt', 'Shift', 'Enter', 'Esc', 'Tab', 'Home', 'End', 'PgUp', 'PgDn',
  // initials given as the example of a place search
  'jcz',
  // the product's own name
  'tonghu', 'Tonghu',
]);

// Account names of the demo: data, not wording.
const ACCOUNTS = new Set([
  'operator', 'operator2', 'lead', 'city', 'county', 'county2', 'township', 'township2', 'village', 'village2', 'police',
  'education', 'health', 'civil', 'hospital', 'school', 'sysadmin', 'secadmin', 'auditor',
]);

// Codes and numbers: L1, RT02, DL07, MR4, F9, V04, TH-140622-20261123-0001, SZ12345-20261123-000017.
const CODE = /^[A-Z]{1,6}\d*(-?\d+)+[A-Z]?$/;
const WORD = /[A-Za-z][A-Za-z0-9_'’-]*/g;

function isAllowed(word, alsoAllowed) {
  if (word.length === 1) return true; // the X that ends an id number, a blood group, an option's letter
  return ALLOWED_WORDS.has(word) || ACCOUNTS.has(word) || CODE.test(word) || alsoAllowed.includes(word);
}

/** The English words in `text` that nothing allows, each once, in order of appearance. */
export function leftOverEnglish(text, alsoAllowed = []) {
  const words = (text.match(WORD) ?? []).map((word) => word.replace(/['’_-]+$/, ''));
  return [...new Set(words.filter((word) => !isAllowed(word, alsoAllowed)))];
}

const BAD_DATES = [
  /\d{4}-\d{2}-\d{2}T\d{2}[0-9:.]*(Z|[+-]\d{2}:?\d{2})?/g, // ISO 8601 with T
  /\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|UTC|GMT)\b/g, // a zone's name
  /\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?\s?[+-]\d{2}:\d{2}/g, // an offset
  /\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{2}:\d{2}(\.\d+)?/g, // with seconds
  /\b\d{4}-(\d-\d{1,2}|\d{1,2}-\d)\b/g, // not padded
  /\b\d{4}\/\d{1,2}\/\d{1,2}\b/g, // with slashes
  /\d{4}-\d{2}-\d{2} \d:\d{2}/g, // the hour not padded
];

/** The dates in `text` that are not of the form 2026-11-23 or 2026-11-23 09:12. */
export function badDates(text) {
  return [...new Set(BAD_DATES.flatMap((form) => text.match(form) ?? []))];
}
