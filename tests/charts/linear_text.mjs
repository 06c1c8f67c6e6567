// Compares the scorer in JavaScript with golden vectors, in node: node linear_text.mjs SCORER VECTORS
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [scorer, vectors] = process.argv.slice(2);
const { LinearText } = await import(pathToFileURL(scorer));
const told = JSON.parse(readFileSync(vectors, "utf8"));
const models = Object.entries(told.models).map(([name, model]) => [name, LinearText.parse(JSON.stringify(model))]);
const known = new Map(models);
const found = told.vectors.map(({ model, text }) => ({
  probabilities: Object.values(known.get(model).probabilities(text, told.temperature)),
  scores: known.get(model).explain(text).stages.map(({ score }) => score),
  spans: known.get(model).explain(text).stages.map(({ spans }) => spans.map(({ value }) => value)),
}));
console.log(JSON.stringify(found));
