// Scores messages with a linear text model in the browser, in node, anywhere: no other file, nothing to build.
// The format, and every step from a text to probabilities, is specified in docs/reference/text-model.md.
//
//   const model = LinearText.parse(await (await fetch("model.json")).text());
//   model.probabilities("Win a free prize!");   // { personal: 0.01, ... }
//   model.explain("Win a free prize!");         // what each word adds

const FORMAT = "outclass-linear-text";
const VERSION = 1;
const SPACES = /[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;
const IGNORED = [
  [0x0000, 0x0008], [0x000e, 0x001b], [0x007f, 0x0084], [0x0086, 0x009f], [0x00ad, 0x00ad], [0x034f, 0x034f],
  [0x061c, 0x061c], [0x115f, 0x1160], [0x17b4, 0x17b5], [0x180b, 0x180f], [0x200b, 0x200f], [0x202a, 0x202e],
  [0x2060, 0x206f], [0x3164, 0x3164], [0xfe00, 0xfe0f], [0xfeff, 0xfeff], [0xffa0, 0xffa0], [0xfff9, 0xfffb],
  [0x1f3fb, 0x1f3ff], [0xe0000, 0xe0fff],
];
const EMOJI = [[0x2600, 0x27bf], [0x2b00, 0x2bff], [0x1f000, 0x1faff]];
const ACCENTS = [[0x0300, 0x036f]];
const OF_WORD = /^[\p{L}\p{M}\p{N}]/u;
const LETTER = /^\p{L}/u;
const DIGIT = /^\p{Nd}$/u;
const SMALL = /^[a-z]+$/;
const LEAST_RUN = 3;
const REMEMBERED = 8192;
const TITLES = {
  length: "length of the message",
  capitals: "share of capitals",
  digits: "share of digits",
  symbols: "share of punctuation",
  exclamations: "exclamation marks",
  questions: "question marks",
  emoji: "emoji",
  number: "longest number",
  disguises: "words in disguise",
};

const sum = (values) => values.reduce((total, value) => total + value, 0);
const among = (code, ranges) => ranges.some(([first, last]) => first <= code && code <= last);

/** Return a function that keeps its answers; when it knows many, it forgets them all. */
function remembering(work) {
  const known = new Map();
  return (key) => {
    let found = known.get(key);
    if (found === undefined) {
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, (found = work(key)));
    }
    return found;
  };
}

// --- from a text to tokens ---

const isOfWord = remembering((point) => OF_WORD.test(point));

/** Return the code points that one code point becomes; case and ASCII digits stay. */
const fold = remembering((point) => {
  if (among(point.codePointAt(0), IGNORED)) return [];
  return Array.from(point.normalize("NFKD"))
    .filter((x) => !among(x.codePointAt(0), IGNORED) && !SPACES.test(x) && !among(x.codePointAt(0), ACCENTS))
    .map((x) => (DIGIT.test(x) ? (x >= "0" && x <= "9" ? x : "0") : x));
});

const lower = remembering((point) => {
  const small = point.toLowerCase();
  return Array.from(small).length === 1 ? small : point;
});

/** Return the chunks of a text: folded code points, where each came from, and the tokens they make. */
function chunksOf(text, longest) {
  const chunks = [];
  let chunk = null;
  let place = 0;
  for (const point of text) {
    if (place >= longest) break;
    if (SPACES.test(point)) chunk = null;
    else {
      if (!chunk) chunks.push((chunk = { start: place, end: place, points: [], places: [] }));
      chunk.end = place + 1;
      for (const x of fold(point)) {
        chunk.points.push(x);
        chunk.places.push(place);
      }
    }
    place += 1;
  }
  const full = chunks.filter((one) => one.points.length > 0);
  for (const one of full) one.tokens = tokensOf(one);
  return full;
}

/** Part a chunk into words and single symbols, lower case, with 0 for each digit. */
function tokensOf({ points, places }) {
  const tokens = [];
  let inside = false;
  points.forEach((point, index) => {
    const small = point >= "0" && point <= "9" ? "0" : lower(point);
    const ofWord = isOfWord(small);
    if (ofWord && inside) {
      const last = tokens[tokens.length - 1];
      last.token += small;
      last.end = places[index] + 1;
    } else tokens.push({ token: small, start: places[index], end: places[index] + 1 });
    inside = ofWord;
  });
  return tokens;
}

/** Return the words that a text hides: first those inside a chunk, then those that are spaced out. */
function hiddenWords(chunks, { letters, joiners, words }) {
  if (!words.size) return [];
  const found = [];
  for (const { points, start, end } of chunks) {
    const word = hiddenInChunk(points.map(lower), letters, joiners);
    if (words.has(word)) found.push({ token: word, start, end });
  }
  const single = chunks.map(({ points }) => {
    const small = points.length === 1 ? lower(points[0]) : "";
    const letter = letters.get(small) ?? small;
    return SMALL.test(letter) ? letter : " ";
  });
  for (const run of single.join("").matchAll(/[a-z]+/g)) {
    if (run[0].length < LEAST_RUN || !words.has(run[0])) continue;
    const last = chunks[run.index + run[0].length - 1];
    found.push({ token: run[0], start: chunks[run.index].start, end: last.end });
  }
  return found;
}

function hiddenInChunk(points, letters, joiners) {
  const first = points.findIndex(isOfWord);
  const trimmed = first < 0 ? [] : points.slice(first, points.findLastIndex(isOfWord) + 1);
  if (SMALL.test(trimmed.join(""))) return "";
  return trimmed.map((x) => letters.get(x) ?? x).filter((x) => !joiners.has(x)).join("");
}

// --- measures ---

/** Return the measures of a text by name. */
function measuresOf(chunks, disguises) {
  const points = chunks.flatMap((chunk) => chunk.points);
  const size = points.length;
  const count = (test) => points.reduce((total, x) => total + (test(x) ? 1 : 0), 0);
  const digit = (x) => x >= "0" && x <= "9" && x.length === 1;
  const runs = chunks.flatMap((chunk) => chunk.points.join("").match(/[0-9]+/g) ?? []);
  const longest = runs.reduce((most, run) => Math.max(most, run.length), 0);
  const symbols = sum(chunks.map((chunk) => chunk.tokens.filter(({ token }) => !OF_WORD.test(token)).length));
  return {
    length: Math.min(1, Math.log(1 + size) / Math.log(1001)),
    capitals: Math.min(1, count((x) => lower(x) !== x) / (count((x) => LETTER.test(x)) || 1)),
    digits: count(digit) / (size || 1),
    symbols: symbols / (size || 1),
    exclamations: Math.min(5, count((x) => x === "!")) / 5,
    questions: Math.min(5, count((x) => x === "?")) / 5,
    emoji: Math.min(5, count((x) => among(x.codePointAt(0), EMOJI))) / 5,
    number: Math.min(12, longest) / 12,
    disguises: Math.min(3, disguises) / 3,
  };
}

// --- n-grams ---

/** Return each occurrence of a term: its place, the first of its tokens and how many they are. */
function occurrences(block, tokens) {
  const found = [];
  const keep = (term, first, length) => {
    const place = block.places.get(term);
    if (place !== undefined) found.push({ place, first, length });
  };
  for (let n = block.least; n <= block.most; n += 1) {
    if (block.kind === "words") {
      for (let at = 0; at + n <= tokens.length; at += 1) keep(tokens.slice(at, at + n).join(" "), at, n);
      continue;
    }
    tokens.forEach((token, at) => {
      const padded = [" ", ...token, " "];
      for (let from = 0; from + n <= padded.length; from += 1) keep(padded.slice(from, from + n).join(""), at, 1);
    });
  }
  return found;
}

/** Return the occurrences of a block's terms, each with its part of the feature. */
function featuresOf(block, tokens) {
  const found = occurrences(block, tokens);
  const norm = Math.sqrt(sum(found.map(({ place }) => block.idf[place] ** 2))) || 1;
  return found.map((one) => ({ ...one, value: block.idf[one.place] / norm }));
}

function fits(condition, token) {
  if (condition.words) return condition.words.has(token);
  if (condition.starts) return condition.starts.some((start) => token.startsWith(start));
  const [least, most] = condition.digits;
  return token.length >= least && token.length <= most && /^0+$/.test(token);
}

// --- the model ---

/** A model that is not of this format. */
export class LinearTextError extends Error {}

export class LinearText {
  /** Read the text of a `model.json`; throws `LinearTextError` where it is none. */
  static parse(text) {
    return new LinearText(checked(JSON.parse(text)));
  }

  constructor(told) {
    const unit = 10 ** told.decimals;
    const real = (numbers) => numbers.map((n) => n / unit);
    this.classes = told.classes;
    this.longest = told.longest;
    this.measures = told.measures;
    this.rules = told.rules;
    this.disguises = {
      letters: new Map(Object.entries(told.disguises.letters)),
      joiners: new Set(told.disguises.joiners),
      words: new Set(told.disguises.words),
    };
    this.blocks = told.blocks.map((block) => ({
      ...block,
      idf: real(block.idf),
      places: new Map(block.terms.map((term, place) => [term, place])),
    }));
    this.conditions = Object.entries(told.conditions).map(([name, one]) => [
      name,
      one.words ? { words: new Set(one.words) } : one,
    ]);
    this.stages = told.stages.map((stage) => ({
      ...stage,
      rows: stage.rows.map(({ intercept, coefficients }) => ({
        intercept,
        coefficients: Object.fromEntries(Object.entries(coefficients).map(([name, list]) => [name, real(list)])),
      })),
    }));
  }

  /** Return the text as the model sees it: tokens, features of blocks, measures, rules that hold. */
  read(text) {
    const chunks = chunksOf(text, this.longest);
    const hidden = hiddenWords(chunks, this.disguises);
    const spans = [...chunks.flatMap((chunk) => chunk.tokens), ...hidden];
    const tokens = spans.map(({ token }) => token);
    const different = [...new Set(tokens)];
    const holds = new Set(
      this.conditions.filter(([, one]) => different.some((token) => fits(one, token))).map(([name]) => name),
    );
    const measures = measuresOf(chunks, hidden.length);
    return {
      empty: chunks.length === 0,
      spans,
      blocks: this.blocks.map((block) => featuresOf(block, tokens)),
      measures: this.measures.map((name) => measures[name]),
      rules: this.rules.map(({ all, none }) => Number(all.every((x) => holds.has(x)) && !none.some((x) => holds.has(x)))),
    };
  }

  /** Return what adds to the decision of a row. */
  parts(row, reading) {
    const tokens = new Array(reading.spans.length).fill(0);
    this.blocks.forEach((block, number) => {
      const coefficients = row.coefficients[block.name];
      for (const { place, first, length, value } of reading.blocks[number]) {
        for (let at = first; at < first + length; at += 1) tokens[at] += (coefficients[place] * value) / length;
      }
    });
    const { measures, rules } = row.coefficients;
    return {
      base: row.intercept,
      tokens,
      measures: measures.map((coefficient, place) => coefficient * reading.measures[place]),
      rules: rules.map((coefficient, place) => coefficient * reading.rules[place]),
    };
  }

  /** Return the calibrated scores of a stage's groups. */
  scores(stage, reading) {
    const scores = stage.rows.map((row, place) => {
      const { base, tokens, measures, rules } = this.parts(row, reading);
      return stage.scale * (base + sum(tokens) + sum(measures) + sum(rules)) + stage.offsets[place];
    });
    return scores.length > 1 ? scores : [0, scores[0]];
  }

  /** Return the logarithm of each class's probability, before the temperature of the signature. */
  logits(text) {
    return this.logitsOf(this.read(text));
  }

  logitsOf(reading) {
    const shares = this.stages.map((stage) => logSoftmax(this.scores(stage, reading)));
    return this.classes.map((name) =>
      sum(this.stages.map(({ groups }, place) => shares[place][groups.findIndex((group) => group.includes(name))] ?? 0)),
    );
  }

  /** Return the probability of each class by its name. */
  probabilities(text, temperature = 1) {
    const logits = logSoftmax(this.logits(text).map((logit) => logit / temperature));
    return Object.fromEntries(this.classes.map((name, place) => [name, Math.exp(logits[place])]));
  }

  /** Return what each token, measure and rule adds to the score of each stage; offsets count code points. */
  explain(text) {
    const reading = this.read(text);
    return { stages: this.stages.flatMap((stage) => this.explainStage(stage, reading)) };
  }

  explainStage(stage, reading) {
    const rows = stage.rows.map((row) => this.parts(row, reading));
    const others = rows.length - 1;
    const groups = others ? stage.groups.map((_, place) => place) : [1];
    return groups.map((group) => {
      const shares = rows.map((_, row) => (others && row !== group ? -1 / others : 1));
      const mixed = (value) => sum(rows.map((row, place) => stage.scale * shares[place] * value(row)));
      const base = mixed((row) => row.base) + sum(stage.offsets.map((offset, place) => shares[place] * offset));
      const spans = reading.spans.map((span, at) => ({ ...span, value: mixed((row) => row.tokens[at]) }));
      const measures = this.measures.map((name, at) => ({
        name,
        title: TITLES[name],
        value: mixed((row) => row.measures[at]),
      }));
      const rules = this.rules
        .map(({ name, title }, at) => ({ name, title, value: mixed((row) => row.rules[at]) }))
        .filter((_, at) => reading.rules[at]);
      const score = base + sum([...spans, ...measures, ...rules].map(({ value }) => value));
      return { name: stage.name, group: stage.groups[group], score, base, spans, measures, rules };
    });
  }
}

function logSoftmax(scores) {
  const largest = Math.max(...scores);
  const total = largest + Math.log(sum(scores.map((score) => Math.exp(score - largest))));
  return scores.map((score) => score - total);
}

// --- nothing that a file says is believed ---

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string" && value.length > 0;
const isWhole = (value, least, most) => Number.isInteger(value) && value >= least && value <= most;
const areNames = (value) => Array.isArray(value) && value.every(isText) && new Set(value).size === value.length;
const areWholes = (value, count) => Array.isArray(value) && value.length === count && value.every(Number.isSafeInteger);

function need(right, what) {
  if (!right) throw new LinearTextError(`this is no model of the format ${FORMAT} ${VERSION}: ${what}`);
}

function only(value, keys, where) {
  need(isObject(value) && Object.keys(value).sort().join() === [...keys].sort().join(), `keys of ${where}`);
}

function checked(told) {
  need(isObject(told) && told.format === FORMAT && told.version === VERSION, "another format or version");
  only(told, ["format", "version", "classes", "decimals", "longest", "disguises", "blocks", "measures", "conditions",
    "rules", "stages"], "the file");
  need(areNames(told.classes) && isWhole(told.classes.length, 2, 100), "classes");
  need(isWhole(told.decimals, 0, 9) && isWhole(told.longest, 1, 1_000_000), "decimals, longest");
  need(areNames(told.measures) && told.measures.every((name) => Object.hasOwn(TITLES, name)), "measures");
  need([told.blocks, told.rules, told.stages].every(Array.isArray) && isObject(told.conditions), "lists");
  checkDisguises(told.disguises);
  told.blocks.forEach(checkBlock);
  Object.values(told.conditions).forEach(checkCondition);
  for (const rule of told.rules) {
    only(rule, ["name", "title", "all", "none"], "a rule");
    const known = (list) => areNames(list) && list.every((name) => Object.hasOwn(told.conditions, name));
    need(isText(rule.name) && isText(rule.title) && known(rule.all) && rule.all.length && known(rule.none), "a rule");
  }
  const widths = { measures: told.measures.length, rules: told.rules.length };
  for (const { name, terms } of told.blocks) {
    need(!Object.hasOwn(widths, name), "two blocks of one name");
    widths[name] = terms.length;
  }
  told.stages.forEach((stage) => checkStage(stage, widths));
  checkTree(told);
  return told;
}

function checkDisguises(told) {
  only(told, ["letters", "joiners", "words"], "disguises");
  const pairs = isObject(told.letters) ? Object.entries(told.letters) : [["", ""]];
  need(pairs.every(([key, x]) => Array.from(key).length === 1 && /^[a-z]$/.test(x)), "disguises.letters");
  need(typeof told.joiners === "string" && areNames(told.words), "disguises");
}

function checkBlock(block) {
  only(block, ["name", "kind", "least", "most", "terms", "idf"], "a block");
  need(isText(block.name) && ["words", "characters"].includes(block.kind), "the kind of a block");
  need(isWhole(block.least, 1, 8) && isWhole(block.most, block.least, 8), "a block");
  need(areNames(block.terms) && areWholes(block.idf, block.terms.length), "terms and idf");
}

function checkCondition(told) {
  const [[key, value], ...more] = isObject(told) && Object.keys(told).length ? Object.entries(told) : [["", null]];
  const isRange = key === "digits" && Array.isArray(value) && value.length === 2 && isWhole(value[0], 1, 100);
  need(more.length === 0 && (isRange ? isWhole(value[1], value[0], 100) : /^(words|starts)$/.test(key) && areNames(value)), "a condition");
}

function checkStage(stage, widths) {
  only(stage, ["name", "groups", "rows", "scale", "offsets"], "a stage");
  need(Array.isArray(stage.groups) && stage.groups.length > 1 && stage.groups.every((x) => areNames(x) && x.length), "groups");
  const count = stage.groups.length === 2 ? 1 : stage.groups.length;
  const finite = (list) => Array.isArray(list) && list.length === count && list.every(Number.isFinite);
  need(finite(stage.offsets) && Number.isFinite(stage.scale) && stage.scale > 0, "scale and offsets");
  need(Array.isArray(stage.rows) && stage.rows.length === count, "rows");
  for (const row of stage.rows) {
    only(row, ["intercept", "coefficients"], "a row");
    only(row.coefficients, Object.keys(widths), "coefficients");
    need(Number.isFinite(row.intercept), "an intercept");
    need(Object.entries(widths).every(([name, width]) => areWholes(row.coefficients[name], width)), "coefficients");
  }
}

function checkTree({ classes, stages }) {
  const key = (names) => [...names].sort().join("\n");
  const open = new Set([key(classes)]);
  for (const { groups } of stages) {
    const parted = groups.flat();
    need(new Set(parted).size === parted.length && open.delete(key(parted)), "a stage parts no open group");
    groups.filter((group) => group.length > 1).forEach((group) => open.add(key(group)));
  }
  need(open.size === 0, "a group that no stage parts");
}
