// Scores messages with a linear text model in the browser, in node, anywhere: two files, nothing to build.
// The format, and every step from a text to probabilities, is specified in docs/reference/text-model.md.
//
//   const model = LinearText.parse(await (await fetch("model.json")).text());
//   model.probabilities("Win a free prize!");   // { personal: 0.01, ... }
//   model.explain("Win a free prize!");         // what each word adds
import { checked, LinearTextError, TITLES } from "./linear-text-format.js";

export { LinearTextError };

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
const LONG = 48;

const isDigit = (point) => point.length === 1 && point >= "0" && point <= "9";
const sum = (values) => values.reduce((total, value) => total + value, 0);
const among = (code, ranges) => ranges.some(([first, last]) => first <= code && code <= last);

/** Return a function that keeps its answers for short keys; when it knows many, it forgets them all. */
function remembering(work) {
  const known = new Map();
  return (key) => {
    let found = known.get(key);
    if (found === undefined) {
      found = work(key);
      if (known.size >= REMEMBERED) known.clear();
      if (key.length <= LONG) known.set(key, found);
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
    .map((x) => (DIGIT.test(x) && !isDigit(x) ? "0" : x));
});

const lower = remembering((point) => {
  const small = point.toLowerCase();
  return Array.from(small).length === 1 ? small : point;
});

/** Part a text at white space: where each raw chunk begins, in code points, and its text. */
function rawChunks(text, longest) {
  const found = [];
  let chunk = null;
  let place = 0;
  for (const point of text) {
    if (place >= longest) break;
    if (SPACES.test(point)) chunk = null;
    else if (chunk) chunk.raw += point;
    else found.push((chunk = { start: place, raw: point }));
    place += 1;
  }
  return found;
}

/** Return what is known of a raw chunk: its tokens, what is counted in it, what it shows of a disguise. */
function factsOf(raw, disguises) {
  const points = [];
  const places = [];
  Array.from(raw).forEach((point, place) => {
    for (const x of fold(point)) {
      points.push(x);
      places.push(place);
    }
  });
  const tokens = tokensOf(points, places);
  const small = points.map(lower);
  const letter = small.length === 1 ? (disguises.letters.get(small[0]) ?? small[0]) : "";
  return {
    tokens,
    length: Array.from(raw).length,
    counts: countsOf(points, small, tokens),
    hidden: hiddenIn(small, disguises),
    single: SMALL.test(letter) ? letter : " ",
  };
}

/** Part a chunk into words and single symbols, lower case, with 0 for each digit. */
function tokensOf(points, places) {
  const tokens = [];
  let inside = false;
  points.forEach((point, index) => {
    const small = isDigit(point) ? "0" : lower(point);
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

/** Return the word that a chunk hides, or nothing. */
function hiddenIn(points, { letters, joiners, words }) {
  const first = points.findIndex(isOfWord);
  const trimmed = first < 0 ? [] : points.slice(first, points.findLastIndex(isOfWord) + 1);
  if (!words.size || SMALL.test(trimmed.join(""))) return "";
  const shown = trimmed.map((x) => letters.get(x) ?? x).filter((x) => !joiners.has(x)).join("");
  return words.has(shown) ? shown : "";
}

/** Return the words that a text hides: first those inside a chunk, then those that are spaced out. */
function hiddenWords(chunks, { words }) {
  if (!words.size) return [];
  const found = chunks
    .filter(({ facts }) => facts.hidden)
    .map(({ start, facts }) => ({ token: facts.hidden, start, end: start + facts.length }));
  for (const run of chunks.map(({ facts }) => facts.single).join("").matchAll(/[a-z]+/g)) {
    if (run[0].length < LEAST_RUN || !words.has(run[0])) continue;
    const last = chunks[run.index + run[0].length - 1];
    found.push({ token: run[0], start: chunks[run.index].start, end: last.start + last.facts.length });
  }
  return found;
}

// --- measures ---

function countsOf(points, small, tokens) {
  const count = (list, test) => list.reduce((total, x, at) => total + (test(x, at) ? 1 : 0), 0);
  const runs = points.join("").match(/[0-9]+/g) ?? [];
  return {
    size: points.length,
    letters: count(points, (x) => LETTER.test(x)),
    capitals: count(points, (x, at) => small[at] !== x),
    digits: count(points, isDigit),
    symbols: count(tokens, ({ token }) => !OF_WORD.test(token)),
    exclamations: count(points, (x) => x === "!"),
    questions: count(points, (x) => x === "?"),
    emoji: count(points, (x) => among(x.codePointAt(0), EMOJI)),
    number: runs.reduce((most, run) => Math.max(most, run.length), 0),
  };
}

/** Return the measures of a text by name. */
function measuresOf(chunks, disguises) {
  const total = (name) => sum(chunks.map(({ facts }) => facts.counts[name]));
  const size = total("size");
  return {
    length: Math.min(1, Math.log(1 + size) / Math.log(1001)),
    capitals: Math.min(1, total("capitals") / (total("letters") || 1)),
    digits: total("digits") / (size || 1),
    symbols: total("symbols") / (size || 1),
    exclamations: Math.min(5, total("exclamations")) / 5,
    questions: Math.min(5, total("questions")) / 5,
    emoji: Math.min(5, total("emoji")) / 5,
    number: Math.min(12, chunks.reduce((most, { facts }) => Math.max(most, facts.counts.number), 0)) / 12,
    disguises: Math.min(3, disguises) / 3,
  };
}

// --- n-grams ---

/** Return the places of the terms that are n-grams of a token's characters, as often as they occur. */
function placesInToken({ least, most, places }, token) {
  const points = [" ", ...token, " "];
  const plain = points.length === token.length + 2; // no pairs of surrogates
  const padded = ` ${token} `;
  const found = [];
  for (let n = least; n <= most; n += 1) {
    for (let from = 0; from + n <= points.length; from += 1) {
      const place = places.get(plain ? padded.slice(from, from + n) : points.slice(from, from + n).join(""));
      if (place !== undefined) found.push(place);
    }
  }
  return found;
}

/** Return each occurrence of a term: its place, the first of its tokens and how many they are. */
function occurrences(block, tokens) {
  if (block.kind === "characters") {
    return tokens.flatMap((token, first) => block.inToken(token).map((place) => ({ place, first, length: 1 })));
  }
  const found = [];
  for (let n = block.least; n <= block.most; n += 1) {
    for (let first = 0; first + n <= tokens.length; first += 1) {
      const place = block.places.get(n === 1 ? tokens[first] : tokens.slice(first, first + n).join(" "));
      if (place !== undefined) found.push({ place, first, length: n });
    }
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
    this.facts = remembering((raw) => factsOf(raw, this.disguises));
    this.blocks = told.blocks.map((block) => {
      const places = new Map(block.terms.map((term, place) => [term, place]));
      const inToken = remembering((token) => placesInToken({ ...block, places }, token));
      return { ...block, idf: real(block.idf), places, inToken };
    });
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
    const chunks = rawChunks(text, this.longest)
      .map(({ start, raw }) => ({ start, facts: this.facts(raw) }))
      .filter(({ facts }) => facts.tokens.length);
    const hidden = hiddenWords(chunks, this.disguises);
    const moved = ({ start, facts }) =>
      facts.tokens.map((one) => ({ token: one.token, start: start + one.start, end: start + one.end }));
    const spans = [...chunks.flatMap(moved), ...hidden];
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

  /** Texts are read once: whatever takes a text takes what `read` returned for it, too. */
  reading(text) {
    return typeof text === "string" ? this.read(text) : text;
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
    const scores = stage.rows.map((row, place) => stage.scale * this.decision(row, reading) + stage.offsets[place]);
    return scores.length > 1 ? scores : [0, scores[0]];
  }

  decision({ intercept, coefficients }, reading) {
    const { measures, rules } = coefficients;
    let total = intercept;
    this.blocks.forEach(({ name }, number) => {
      for (const { place, value } of reading.blocks[number]) total += coefficients[name][place] * value;
    });
    for (let at = 0; at < measures.length; at += 1) total += measures[at] * reading.measures[at];
    for (let at = 0; at < rules.length; at += 1) total += rules[at] * reading.rules[at];
    return total;
  }

  /** Return the logarithm of each class's probability, before the temperature of the signature. */
  logits(text) {
    const reading = this.reading(text);
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
    const reading = this.reading(text);
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
