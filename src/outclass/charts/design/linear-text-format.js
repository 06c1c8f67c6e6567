// What a `model.json` may say, see docs/reference/text-model.md: nothing in it is believed.
const FORMAT = "outclass-linear-text";
const VERSION = 1;

/** The measures, in words. */
export const TITLES = {
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

/** A model that is not of this format. */
export class LinearTextError extends Error {}

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

/** Return what a file says, unless something in it is not as the format has it. */
export function checked(told) {
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
