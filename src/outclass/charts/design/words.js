// An answer in words; the form without script says the same, see drawing.py of the pages.
export const percent = (share) => {
  const value = 100 * share;
  if (value > 99.9 && value < 100) return "> 99.9 %";
  if (value > 0 && value < 0.1) return "< 0.1 %";
  return `${value.toFixed(1)} %`;
};

const MANY = 4;

const either = (names) => {
  if (names.length > MANY) return `${names.slice(0, MANY - 1).join(", ")} or another`;
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names[names.length - 1]}`;
};

/** Say in plain words what an answer means. */
export function words(answer) {
  if (answer.reason === "empty" || answer.answer === null) return "Nothing is drawn yet.";
  if (answer.reason === "outlier") {
    return `No answer: this does not look like one digit. The nearest would be ${answer.answer}.`;
  }
  if (answer.abstained) return `No answer: too close to call. It may be ${either(answer.prediction_set)}.`;
  if (answer.prediction_set.length > 1) return `It may also be ${either(answer.prediction_set.slice(1))}.`;
  return "Nothing else is likely.";
}

/** Split whole dollars by largest remainder, as the models do in the game. */
export function allocate(probabilities, stake = 100) {
  const rows = Object.entries(probabilities).map(([name, share], place) => {
    const exact = share * stake;
    return { name, place, dollars: Math.floor(exact + 1e-9), rest: exact - Math.floor(exact + 1e-9) };
  });
  const over = stake - rows.reduce((sum, row) => sum + row.dollars, 0);
  [...rows].sort((a, b) => b.rest - a.rest || a.place - b.place).slice(0, over).forEach((row) => (row.dollars += 1));
  return rows.filter((row) => row.dollars > 0).sort((a, b) => b.dollars - a.dollars || a.place - b.place);
}

/** Say what the model would bet in a round, the three largest amounts. */
export const bet = (probabilities) => {
  const rows = allocate(probabilities).map((row) => `$${row.dollars} on ${row.name}`);
  return `Its bet: ${rows.slice(0, 3).join(", ")}${rows.length > 3 ? ", ..." : ""}`;
};
