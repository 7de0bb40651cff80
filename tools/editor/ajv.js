// Check a schema of draft 7, and documents with it, for the test of internal/config.
//
//     node ajv.js SCHEMA <DOCUMENTS
//
// DOCUMENTS is a JSON object of documents by name. Prints a JSON object of those that the
// schema refuses, each with ajv's errors.
'use strict';

const Ajv = require('ajv');
const fs = require('fs');

const schema = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const documents = JSON.parse(fs.readFileSync(0, 'utf8'));

// `strict` sets strictSchema, strictNumbers, strictTypes, strictTuples and strictRequired.
const ajv = new Ajv({ strict: true, allErrors: true });
if (!ajv.validateSchema(schema)) {
  throw new Error(`not a schema: ${ajv.errorsText()}`);
}
const validate = ajv.compile(schema);

const refused = {};
for (const [name, document] of Object.entries(documents)) {
  if (!validate(document)) {
    refused[name] = ajv.errorsText(validate.errors);
  }
}
console.log(JSON.stringify(refused));
