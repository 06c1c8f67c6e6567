// The words that decided, marked in a message; the pages of the game do the same, see marks.py.

const STEPS = [0.1, 0.4, 1];
const SHOWN = 12;

export const strength = (value) => STEPS.filter((step) => Math.abs(value) >= step).length;
export const signed = (value) => (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(1);

/** Return what speaks for a class: spans by place and others by title, all decisions on the way to it added up. */
export function reasonsFor(model, explanation, name) {
  const spans = new Map();
  const others = new Map();
  for (const stage of explanation.stages) {
    const sign = signOf(model, stage, name);
    if (!sign) continue;
    for (const { start, end, token, value } of stage.spans) {
      const key = `${start} ${end} ${token}`;
      spans.set(key, { start, end, token, value: sign * value + (spans.get(key)?.value ?? 0) });
    }
    for (const { title, value } of [...stage.measures, ...stage.rules]) {
      others.set(title, { title, value: sign * value + (others.get(title)?.value ?? 0) });
    }
  }
  return { spans: [...spans.values()], others: [...others.values()] };
}

/** Of two groups one speaks, and for a class of the other its numbers count below 0. */
function signOf(model, stage, name) {
  if (stage.group.includes(name)) return 1;
  const { groups, rows } = model.stages.find((one) => one.name === stage.name);
  return rows.length === 1 && groups.flat().includes(name) ? -1 : 0;
}

/** Return the weightiest reasons; a word that comes twice counts once, added up. */
export function weightiest({ spans, others }) {
  const words = new Map();
  for (const { token, value } of spans) {
    words.set(token, { title: token, isWord: true, value: value + (words.get(token)?.value ?? 0) });
  }
  return [...words.values(), ...others]
    .filter(({ value }) => strength(value))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, SHOWN);
}

/** Return spans in order, overlapping ones as one with the sum of their values. */
function merged(spans) {
  const found = [];
  for (const { start, end, value } of [...spans].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const last = found[found.length - 1];
    if (last && start < last.end) Object.assign(last, { end: Math.max(last.end, end), value: last.value + value });
    else found.push({ start, end, value });
  }
  return found;
}

/** Return the message as nodes, its words marked. */
export function markedNodes(text, spans) {
  const points = Array.from(text);
  const piece = (start, end) => points.slice(start, end).join("");
  const nodes = [];
  let done = 0;
  for (const { start, end, value } of merged(spans)) {
    if (!strength(value)) continue;
    nodes.push(piece(done, start), mark(piece(start, end), value));
    done = end;
  }
  return [...nodes, piece(done, points.length)];
}

function mark(text, value) {
  const node = document.createElement("mark");
  node.className = `word word--${value > 0 ? "for" : "against"} word--${strength(value)}`;
  const number = document.createElement("sup");
  number.className = "word__value";
  number.textContent = signed(value);
  const word = document.createElement("span");
  word.className = "word__text";
  word.append(text);
  node.append(word, number);
  return node;
}
