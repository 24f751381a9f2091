// A judge of JSON values by the schemas of the published OpenAPI document: the part of them that the document uses.
import { readFileSync } from 'node:fs';

const document = JSON.parse(readFileSync(new URL('../contract/openapi.json', import.meta.url), 'utf8'));
export const contract = document;

const KNOWN = new Set(['$ref', 'type', 'description', 'format', 'pattern', 'enum', 'minLength', 'maxLength', 'minimum', 'maximum', 'default',
  'properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems']);

export function resolve(node) {
  if (!node?.$ref) return node;
  return resolve(node.$ref.split('/').slice(1).reduce((found, name) => found[name], document));
}

export function named(name) {
  return document.components.schemas[name];
}

// Returns [{ pointer, text }], empty when the value fits. The texts are Persian, for a person.
export function judge(value, schemaOrRef, pointer = '') {
  const schema = resolve(schemaOrRef);
  for (const word of Object.keys(schema)) if (!KNOWN.has(word)) throw new Error(`the judge does not know ${word}`);
  const wrong = (text) => [{ pointer: pointer || '/', text }];
  switch (schema.type) {
    case 'object': return judgeObject(value, schema, pointer, wrong);
    case 'array': return judgeArray(value, schema, pointer, wrong);
    case 'string': return judgeString(value, schema, wrong);
    case 'integer':
      if (!Number.isSafeInteger(value)) return wrong('باید عدد صحیح باشد.');
      if (value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity)) return wrong('عدد خارج از محدوده مجاز است.');
      return [];
    default: throw new Error(`the judge does not know the type ${schema.type}`);
  }
}

function judgeObject(value, schema, pointer, wrong) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return wrong('باید یک شیء باشد.');
  const found = [];
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) found.push({ pointer: `${pointer}/${escape(name)}`, text: 'این عضو الزامی است.' });
  }
  for (const [name, member] of Object.entries(value)) {
    const place = `${pointer}/${escape(name)}`;
    if (schema.properties && Object.hasOwn(schema.properties, name)) found.push(...judge(member, schema.properties[name], place));
    else if (schema.additionalProperties === false) found.push({ pointer: place, text: 'این عضو در قرارداد نیست.' });
  }
  return found;
}

function judgeArray(value, schema, pointer, wrong) {
  if (!Array.isArray(value)) return wrong('باید یک آرایه باشد.');
  if (value.length < (schema.minItems ?? 0) || value.length > (schema.maxItems ?? Infinity)) return wrong('تعداد اعضا خارج از محدوده مجاز است.');
  return value.flatMap((item, index) => judge(item, schema.items, `${pointer}/${index}`));
}

function judgeString(value, schema, wrong) {
  if (typeof value !== 'string') return wrong('باید متن باشد.');
  const length = [...value].length;
  if (length < (schema.minLength ?? 0)) return wrong('متن کوتاه‌تر از حد مجاز است.');
  if (length > (schema.maxLength ?? Infinity)) return wrong('متن بلندتر از حد مجاز است.');
  if (schema.enum && !schema.enum.includes(value)) return wrong('مقدار در فهرست مجاز نیست.');
  if (schema.pattern && !new RegExp(schema.pattern, 'u').test(value)) return wrong('قالب مقدار درست نیست.');
  if (schema.format === 'date-time' && !isMoment(value)) return wrong('تاریخ و زمان معتبر نیست.');
  if (schema.format === 'byte' && Buffer.from(value, 'base64').toString('base64') !== value) return wrong('محتوا base64 معتبر نیست.');
  return [];
}

// Date.parse takes 31 February for 3 March; the day must come out as it went in.
function isMoment(text) {
  const [, day, time, offset] = /^(\d{4}-\d{2}-\d{2})T([\d:]{8})[^+-]*([+-].*)$/.exec(text) ?? [];
  if (!day || Number.isNaN(Date.parse(`${day}T${time}${offset}`))) return false;
  const noon = new Date(`${day}T12:00:00Z`);
  return noon.toISOString().startsWith(day) && !time.startsWith('24');
}

function escape(name) {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
